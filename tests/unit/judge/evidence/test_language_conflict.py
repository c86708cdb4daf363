import pytest

from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_judge.evidence.language_conflict import language_conflict
from assay_judge.evidence.turn import Turn

TEXTS = {
    "en": "I would like to know what we can do when the weather is bad, and where we should go.",
    "de": "Ich möchte gerne wissen, was wir bei Regen machen können und wohin wir gehen sollten.",
    "es": "Me gustaría saber qué podemos hacer cuando hace mal tiempo y adónde deberíamos ir.",
    "fr": "Je voudrais savoir ce que nous pouvons faire quand il pleut et où nous devrions aller.",
    "ja": "天気が悪いときに何をすればよいか、そしてどこへ行けばよいか知りたいです。",
    "pt": "Eu gostaria de saber o que podemos fazer quando chove e para onde devemos ir com você.",
    "ar": "أود أن أعرف ماذا يمكننا أن نفعل عندما يكون الطقس سيئا وإلى أين يجب أن نذهب.",
    "cs": "Chtěl bych vědět, co můžeme dělat, když je špatné počasí, a kam bychom měli jít.",
    "it": "Vorrei sapere che cosa possiamo fare quando il tempo è brutto e dove dovremmo andare.",
    "ko": "날씨가 나쁠 때 무엇을 할 수 있는지, 어디로 가야 하는지 알고 싶습니다.",
    "nl": "Ik zou graag willen weten wat we kunnen doen als het regent en waar we heen moeten.",
    "zh": "我想知道天气不好的时候我们可以做什么，还有应该去哪里。",
}
LANGUAGES = tuple(TEXTS)


def conflict(*texts: str, language: str | None = None) -> float:
    roles = ("user", "assistant") * len(texts)
    messages = tuple(Message(r, t) for r, t in zip(roles, texts, strict=False))
    view = View(Sample(messages, language=language))
    index = len(messages) - 1
    return language_conflict(Turn(view, index, texts[-1], texts[-2], is_last=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_language_is_no_conflict(language: str) -> None:
    assert conflict(TEXTS[language], TEXTS[language]) == 0


@pytest.mark.parametrize("asked", LANGUAGES)
@pytest.mark.parametrize("answered", ["en", "zh", "es"])
def test_another_language_is_a_conflict(asked: str, answered: str) -> None:
    if asked != answered:
        assert conflict(TEXTS[asked], TEXTS[answered]) >= 0.7


@pytest.mark.parametrize(
    "question",
    [
        f"Translate this: {TEXTS['de']}",
        f"Bitte antworte auf Englisch. {TEXTS['de']}",
        f"請用英文回答。{TEXTS['zh']}",
        f"Was bedeutet das? {TEXTS['de']}\n{TEXTS['en']}",
    ],
)
def test_what_the_question_explains_is_no_conflict(question: str) -> None:
    assert conflict(question, TEXTS["en"]) == 0


def test_a_language_named_in_an_earlier_turn_explains_the_answer() -> None:
    first = "Please always answer in French."
    assert conflict(first, "Bien sûr, avec plaisir.", TEXTS["en"], TEXTS["fr"]) == 0


def test_the_declared_language_explains_the_answer() -> None:
    assert conflict(TEXTS["de"], TEXTS["en"], language="en") == 0


@pytest.mark.parametrize(
    "answer",
    [
        "SELECT name FROM customers WHERE city = 'Berlin' AND age > 30",
        "def add(a, b):\n    return a + b",
        "The Rolling Stones",
        "42",
        "",
    ],
)
def test_code_names_and_numbers_are_no_conflict(answer: str) -> None:
    assert conflict(TEXTS["de"], answer) == 0
