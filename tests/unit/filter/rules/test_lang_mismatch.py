import pytest

from assay.domain.action import Action, Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.lang_mismatch import LangMismatch, LangMismatchSettings

ENGLISH = (
    "The capital of the country lies in the north, and most of the people who live there "
    "work in the"
    " harbour or in one of the many small factories around it."
)
ANSWERS = {
    "en": ENGLISH,
    "de": "Die Hauptstadt des Landes liegt im Norden, und die meisten Menschen, die dort "
    "wohnen, arbeiten"
    " im Hafen oder in einer der vielen kleinen Fabriken.",
    "es": "La capital del país está en el norte, y la mayoría de las personas que viven allí "
    "trabajan en"
    " el puerto o en una de las muchas fábricas pequeñas.",
    "fr": "La capitale du pays se trouve dans le nord, et la plupart des gens qui y vivent "
    "travaillent"
    " dans le port ou dans une des petites usines.",
    "pt": "A capital do país fica no norte, e a maioria das pessoas que vivem ali trabalha "
    "no porto ou em"
    " uma das muitas fábricas pequenas que existem.",
    "it": "La capitale del paese si trova nel nord, e la maggior parte delle persone che ci "
    "vivono lavora"
    " nel porto o in una delle tante piccole fabbriche.",
    "nl": "De hoofdstad van het land ligt in het noorden, en de meeste mensen die daar wonen "
    "werken in de"
    " haven of in een van de vele kleine fabrieken.",
    "cs": "Hlavní město země leží na severu a většina lidí, kteří tam žijí, pracuje v "
    "přístavu nebo v"
    " jedné z mnoha malých továren, které jsou v okolí města.",
    "ja": "その国の首都は北部にあり、"
    "そこに住む人々の多くは港や周辺の小さな工場で働いています。町はとても静かです。",
    "ko": "그 나라의 수도는 북쪽에 있으며 그곳에 사는 사람들 대부분은 항구나 주변의 작은 "
    "공장에서 일합니다.",
    "zh": "这个国家的首都位于北部，住在那里的大多数人在港口或者周围的小工厂工作，城市非常安静。",
    "ar": "تقع عاصمة البلاد في الشمال، ويعمل معظم السكان الذين يعيشون هناك في الميناء أو في "
    "المصانع الصغيرة.",
}
QUESTIONS = {
    "en": "Where does the capital lie, and what do the people there do for a living?",
    "de": "Wo liegt die Hauptstadt, und wovon leben die Menschen dort eigentlich?",
    "es": "¿Dónde está la capital y de qué vive la gente que trabaja allí?",
    "fr": "Où se trouve la capitale et de quoi vivent les gens qui y habitent ?",
    "pt": "Onde fica a capital e de que vivem as pessoas que moram lá?",
    "it": "Dove si trova la capitale e di che cosa vivono le persone del posto?",
    "nl": "Waar ligt de hoofdstad en waar leven de mensen daar eigenlijk van?",
    "cs": "Kde leží hlavní město a čím se živí lidé, kteří tam bydlí?",
    "ja": "首都はどこにあり、そこの人々は何をして暮らしていますか。",
    "ko": "수도는 어디에 있으며 그곳 사람들은 무엇을 하며 살아갑니까?",
    "zh": "首都在哪里？那里的人们靠什么生活？",
    "ar": "أين تقع العاصمة، ومن أي شيء يعيش الناس هناك؟",
}


def check(*turns: str, system: str | None = None, **fields: object) -> list[Action]:
    roles = ("user", "assistant") * len(turns)
    messages = [Message(role, text) for role, text in zip(roles, turns, strict=False)]
    if system is not None:
        messages.insert(0, Message("system", system))
    sample = Sample(tuple(messages), **fields)  # type: ignore[arg-type]
    return list(LangMismatch(LangMismatchSettings()).check(View(sample)))


@pytest.mark.parametrize("language", sorted(QUESTIONS))
def test_an_answer_in_the_language_of_the_question_passes(language: str) -> None:
    assert check(QUESTIONS[language], ANSWERS[language]) == []


@pytest.mark.parametrize("language", sorted(set(QUESTIONS) - {"en"}))
def test_a_long_english_answer_to_another_language_drops(language: str) -> None:
    (action,) = check(QUESTIONS[language], ENGLISH)
    assert isinstance(action, Drop)
    assert repr(language) in action.reason
    assert "'en'" in action.reason


@pytest.mark.parametrize("language", sorted(set(ANSWERS) - {"en"}))
def test_an_english_question_answered_in_another_language_drops(language: str) -> None:
    (action,) = check(QUESTIONS["en"], ANSWERS[language])
    assert isinstance(action, Drop)


def test_a_short_answer_is_flagged_only() -> None:
    (action,) = check(QUESTIONS["de"], "It is in the north of the country.")
    assert isinstance(action, Flag)
    assert action.caps


@pytest.mark.parametrize(
    "answer", ["Paris.", "42", "Oslo, Bergen, Trondheim", "Microsoft Corporation", "OK", "- 3\n- 4"]
)
def test_answers_too_short_to_tell_pass(answer: str) -> None:
    assert check(QUESTIONS["de"], answer) == []


@pytest.mark.parametrize("question", ["?", "2 + 2", "OpenAI", "hi", "Sokrates", "🙂"])
def test_questions_too_short_to_tell_pass(question: str) -> None:
    assert check(question, ANSWERS["fr"]) == []


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Please write the whole answer to my question in French, thank you.", "fr"),
        ("Antworte mir bitte auf Englisch: Wo liegt die Hauptstadt?", "en"),
        ("Responde en inglés a esta pregunta, por favor: ¿dónde está la capital?", "en"),
        ("Réponds-moi en allemand, s'il te plaît : où se trouve la capitale ?", "de"),
        ("Escreva a resposta em espanhol, por favor, para os meus alunos.", "es"),
        ("Scrivi la risposta in inglese, per favore, per i miei studenti.", "en"),
        ("Schrijf het antwoord in het Engels, alsjeblieft, voor de mensen daar.", "en"),
        ("Napiš mi to prosím anglicky, protože to potřebuji pro kolegy.", "en"),
        ("英語で答えてください。首都はどこにありますか。", "en"),
        ("영어로 대답해 주세요. 수도는 어디에 있습니까?", "en"),
        ("请用英文写一篇关于首都的短文。", "en"),
        ("أجب باللغة الإنجليزية من فضلك: أين تقع العاصمة؟", "en"),
    ],
)
def test_a_language_asked_for_by_name_passes(question: str, language: str) -> None:
    assert check(question, ANSWERS[language]) == []


@pytest.mark.parametrize(
    "question",
    [
        "Translate the following sentence for me: the capital lies in the north of the country.",
        "Could you give me the translation of what I wrote to you in the letter of yesterday?",
    ],
)
def test_a_translation_passes(question: str) -> None:
    assert check(question, ANSWERS["es"]) == []


def test_a_quoted_passage_in_the_answers_language_passes() -> None:
    question = f"Bitte verbessere den folgenden Text für mich:\n\n{ENGLISH}"
    assert check(question, ANSWERS["en"]) == []


def test_a_mixed_chinese_request_with_an_english_passage_passes() -> None:
    question = (
        "帮我润色一下这段话：the capital of the country lies in the north and most "
        "people work there"
    )
    assert check(question, ENGLISH) == []


def test_a_language_agreed_on_earlier_passes() -> None:
    turns = (
        "From now on, please answer all of my questions in German so that I can practise it.",
        "Gerne, ab jetzt antworte ich dir auf Deutsch, damit du die Sprache üben kannst.",
        QUESTIONS["en"],
        ANSWERS["de"],
    )
    assert check(*turns) == []


def test_a_system_prompt_may_name_the_language() -> None:
    assert check(QUESTIONS["en"], ANSWERS["fr"], system="Always reply in French.") == []


def test_a_declared_language_passes() -> None:
    assert check(QUESTIONS["en"], ANSWERS["fr"], language="fr") == []
    assert check(QUESTIONS["en"], ANSWERS["fr"], metadata={"target_language": "fr"}) == []


@pytest.mark.parametrize(
    "answer",
    [
        "```python\nfor name in all_the_names:\n    print(name)\n```",
        "SELECT name FROM people WHERE age > 30 AND city IN (SELECT id FROM cities)",
        "def add(first, second):\n    return first + second",
        "import os\nfrom pathlib import Path\nfor path in Path('.').iterdir():\n    print(path)",
    ],
)
def test_code_answers_pass(answer: str) -> None:
    assert check("Schreibe mir bitte ein Programm, das die Namen ausgibt.", answer) == []


def test_english_terms_in_a_japanese_answer_pass() -> None:
    answer = (
        "まずGitHubでリポジトリをforkし、git cloneコマンドを実行してから、pull "
        "requestを作成してください。"
    )
    assert check("GitHubの使い方を教えてください。", answer) == []


def test_every_answer_of_a_conversation_is_compared_with_its_own_question() -> None:
    actions = check(QUESTIONS["de"], ANSWERS["de"], "Und wie viele Menschen wohnen dort?", ENGLISH)
    assert len(actions) == 1
    assert "message 3" in actions[0].reason  # type: ignore[union-attr]


def test_a_bare_list_of_foreign_words_is_flagged() -> None:
    question = "Nenne mir bitte einige Adjektive, mit denen man eine Stimme beschreiben kann."
    (action,) = check(question, "pleasant, gentle, soothing, melodious, vibrant, resonant, calming")
    assert isinstance(action, Flag)


def test_thresholds_come_from_the_settings() -> None:
    settings = LangMismatchSettings(drop_letters=10_000)
    view = View(Sample((Message("user", QUESTIONS["de"]), Message("assistant", ENGLISH))))
    (action,) = LangMismatch(settings).check(view)
    assert isinstance(action, Flag)
