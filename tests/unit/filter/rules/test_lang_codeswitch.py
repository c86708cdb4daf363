import pytest

from assay.domain.action import Action, Flag
from assay.domain.sample import Document, Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.lang_codeswitch import LangCodeswitch, LangCodeswitchSettings


def check(user: str, answer: str, **fields: object) -> list[Action]:
    sample = Sample((Message("user", user), Message("assistant", answer)), **fields)  # type: ignore[arg-type]
    return list(LangCodeswitch(LangCodeswitchSettings()).check(View(sample)))


@pytest.mark.parametrize(
    ("user", "answer", "script"),
    [
        (
            "How do I bake bread?",
            "Mix the flour with water and 然后放入烤箱烘烤 for an hour.",
            "han",
        ),
        (
            "Wie backe ich Brot?",
            "Mische das Mehl mit Wasser und 然后放入烤箱 für eine Stunde.",
            "han",
        ),
        (
            "¿Cómo hago pan?",
            "Mezcla la harina con agua y потом поставь в печь una hora.",
            "cyrillic",
        ),
        (
            "Comment faire du pain ?",
            "Mélangez la farine 그리고 오븐에 넣고 pendant une heure.",
            "hangul",
        ),
        ("Como faço pão?", "Misture a farinha com água ثم ضعه في الفرن por uma hora.", "arabic"),
        (
            "Come faccio il pane?",
            "Mescola la farina con acqua そしてオーブンにいれて per un'ora.",
            "kana",
        ),
        ("Hoe bak ik brood?", "Meng het meel met water แล้วนำเข้าเตาอบ een uur lang.", "thai"),
        (
            "Jak upéct chleba?",
            "Smíchejte mouku s vodou и поставьте в духовку na hodinu.",
            "cyrillic",
        ),
        (
            "パンの焼き方は？",
            "小麦粉と水をよくまぜてから потом поставь в печь 一時間ほど焼いてください。",
            "cyrillic",
        ),
        ("빵은 어떻게 굽나요?", "밀가루와 물을 섞고 ثم ضعه في الفرن 한 시간 굽습니다.", "arabic"),
        (
            "怎么烤面包？",
            "把面粉和水混合，然后 오븐에 넣고 구워요 烤一个小时左右就可以。",
            "hangul",
        ),
        ("كيف أخبز الخبز؟", "اخلط الطحين مع الماء 然后放入烤箱 لمدة ساعة.", "han"),
    ],
)
def test_a_stray_run_of_a_foreign_script_is_flagged(user: str, answer: str, script: str) -> None:
    (action,) = check(user, answer)
    assert isinstance(action, Flag)
    assert action.caps
    assert script in action.reason
    assert action.place is not None
    assert answer[action.place.start :].startswith(action.place.quote)


@pytest.mark.parametrize(
    ("user", "answer"),
    [
        ("Who was Mao?", "Mao Zedong (毛泽东) was the leader of China until he died in 1976."),
        ("How do I say hello in Japanese?", "You say こんにちは to greet people during the day."),
        ("Translate 'I love you'.", "It is 我爱你 when you write it with characters."),
        ("What does 你好 mean?", "The greeting 你好 means hello and is used 每天 by everyone."),
        ("What is pi?", "The number π, also Σ and Ω, are Greek letters used in mathematics."),
        (
            "Dockerとは何ですか。",
            "Docker is an open platform、つまりコンテナを動かすための仕組みです。",
        ),
        (
            "怎么用 Git？",
            "先运行 git clone https://example.com/repo.git 然后提交 pull request 即可。",
        ),
        ("Write a greeting", "Here it is:\n```\n你好，世界，大家好\n```\nUse it as you like."),
        ("Name a film", 'The film "千と千尋の神隠し" won an award and is loved by many people.'),
        ("日本の首都は？", "日本の首都は東京都です。漢字とひらがなとカタカナを使います。"),
        ("한국의 수도는?", "한국의 수도는 서울(首爾)이며 大韓民國 헌법에 따른 것입니다."),
    ],
)
def test_explained_or_ordinary_mixtures_pass(user: str, answer: str) -> None:
    assert check(user, answer) == []


def test_a_document_explains_its_script() -> None:
    answer = "Mix the flour with water and 然后放入烤箱烘烤 for an hour."
    documents = (Document("d", "", "食谱"),)
    assert check("How do I bake bread?", answer, documents=documents) == []


def test_few_letters_are_no_slip() -> None:
    assert check("How do I bake bread?", "Mix the flour 然后 with water.") == []


def test_a_small_share_is_no_slip() -> None:
    answer = "Mix the flour with water. " * 40 + "然后放入烤箱"
    assert check("How do I bake bread?", answer) == []


def test_caps_can_be_switched_off() -> None:
    rule = LangCodeswitch(LangCodeswitchSettings(caps=False))
    sample = Sample(
        (Message("user", "Bread?"), Message("assistant", "Mix the flour and 然后放入烤箱烘烤 it."))
    )
    (action,) = rule.check(View(sample))
    assert isinstance(action, Flag)
    assert not action.caps
