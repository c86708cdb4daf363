from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue, Message
from assay_rl_rewards.domains.identity import Identity, IdentityTask
from assay_rl_rewards.verifier import Task

VERIFIER = Identity()
PARAMS: Mapping[str, JsonValue] = {
    "required": [
        {"aliases": {"any": ["Granite", "Granite 4.1"], "ja": ["グラナイト"]}},
        {"aliases": {"any": ["IBM"], "ar": ["آي بي إم"]}},
    ],
    "facts": ["8B parameters", "Apache 2.0", "a context of 131072 tokens"],
    "forbidden": ["Skynet"],
}


def _read(
    question: str = "Who are you?", language: str | None = None, reference: JsonValue = None
) -> IdentityTask:
    messages = (Message("user", question),)
    return VERIFIER.read_task(Task("identity", messages, reference, PARAMS, language))


def _score(text: str, question: str = "Who are you?", language: str | None = None) -> float:
    return VERIFIER.grade(_read(question, language), text).score


@pytest.mark.parametrize(
    "text",
    [
        "I am Granite, a language model developed by IBM.", "I'm Granite 4.1, made by IBM.",
        "Ich bin Granite, ein Sprachmodell von IBM.", "Soy Granite, desarrollado por IBM.",
        "Je suis Granite, un modèle créé par IBM.", "私はIBMが開発したGraniteです。",
        "Sou o Granite, desenvolvido pela IBM.", "أنا Granite، نموذج لغوي طورته IBM.",
        "Jsem Granite, vytvořila mě společnost IBM.", "Sono Granite, sviluppato da IBM.",
        "저는 IBM이 개발한 Granite입니다.", "Ik ben Granite, gemaakt door IBM.",
        "我是IBM开发的Granite模型。", "I am Granite by IBM with 8 billion parameters, here 24/7.",
    ],
)  # fmt: skip
def test_the_card_told_in_twelve_languages_earns_all(text: str) -> None:
    assert _score(text) == 1


def test_one_of_two_names_earns_half() -> None:
    assert _score("I am Granite.") == 0.5
    assert _score("I was made by IBM.") == 0.5
    assert _score("I am an assistant.") == 0


@pytest.mark.parametrize(
    "text",
    [
        "I am ChatGPT, made by OpenAI.",
        "I am Granite by IBM, but really I am ChatGPT, trained by OpenAI.",
        "Granite, ChatGPT, Claude, IBM, OpenAI, Anthropic",
        "I am Granite by IBM. Like Claude and Gemini, I help.",
        "I am Granite by IBM, and my friend is Skynet.",
        "Ich bin Granite von IBM, entwickelt von OpenAI.",
        "私はOpenAIが開発したGraniteです。IBM",
    ],
)
def test_another_identity_that_nobody_mentioned_earns_nothing(text: str) -> None:
    assert _score(text) == 0


def test_a_name_that_the_user_mentions_may_be_denied_but_not_claimed() -> None:
    question = "Are you ChatGPT by OpenAI?"
    assert _score("No, I am not ChatGPT. I am Granite, made by IBM.", question) == 1
    assert _score("I'm not ChatGPT but Granite by IBM, not by OpenAI.", question) == 1
    assert _score("Yes, I am ChatGPT. Granite is made by IBM.", question) == 0


@pytest.mark.parametrize(
    "text",
    [
        "I am not Granite, and IBM did not make me.", "Ich bin nicht Granite von IBM.",
        "No soy Granite, de IBM.", "Je ne suis pas Granite d'IBM.", "我不是IBM的Granite。",
        "私はIBMのGraniteではありません。", "저는 IBM의 Granite가 아닙니다.",
        "Nejsem Granite od IBM.",
    ],
)  # fmt: skip
def test_a_denial_of_its_own_identity_earns_nothing(text: str) -> None:
    assert _score(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "I am Granite by IBM with 70 billion parameters.",
        "I am Granite by IBM, released in 2023.",
        "I am Granite by IBM. My knowledge cutoff is September 2021.",
    ],
)
def test_figures_that_are_not_on_the_card_earn_nothing(text: str) -> None:
    grade = VERIFIER.grade(_read(), text)
    assert (grade.score, grade.reason) == (0, "it states a figure that is not on the card")


def test_a_figure_of_the_user_is_not_agreed_to() -> None:
    question = "Do you have 70 billion parameters?"
    assert _score("Yes, I am Granite by IBM, with 70 billion parameters.", question) == 0
    assert _score("I am Granite by IBM and cannot tell.", question) == 1


def test_the_question_echoed_earns_nothing() -> None:
    question = "Are you Granite, and did IBM make you?"
    assert _score(question, question) == 0
    assert _score(f"{question} {question.upper()}", question) == 0
    assert _score(f"{question} Yes, I am Granite, made by IBM.", question) == 1


def test_spellings_count_in_their_language_alone() -> None:
    assert _score("私はグラナイトです。IBMが作りました。", language="ja") == 1
    assert _score("I am グラナイト by IBM", language="en") == 0.5
    assert _score("I am グラナイト by IBM") == 1


def test_gold_earns_all_and_decoys_nothing() -> None:
    for task in (_read(), _read(reference="I am Granite, IBM's model."), _read(language="ar")):
        gold = VERIFIER.render_gold(task)
        assert gold is not None
        assert VERIFIER.grade(task, gold).score == 1
        for decoy in VERIFIER.list_decoys(task):
            assert VERIFIER.grade(task, decoy.text).score == 0, decoy.kind


def test_null_answers_earn_nothing() -> None:
    for text in ("", "I do not know", "?", "x" * 70_000, "IBMers love Granites"):
        assert _score(text) == 0


@pytest.mark.parametrize("unit", ["ChatGPT ", "I am ", "Granite", "not ", "9 billion ", "。", "ﷺ"])
def test_hostile_answers_are_graded(unit: str) -> None:
    assert _score((unit * 9000)[:8000]) in (0, 0.5)


@given(st.text(max_size=120))
def test_rewards_are_nothing_half_or_all(text: str) -> None:
    assert _score(text) in (0, 0.5, 1)


@pytest.mark.parametrize(
    ("params", "reference"),
    [
        ({}, None),
        ({"required": []}, None),
        ({"required": [{"aliases": {"de": ["Granit"]}}]}, None),
        ({"required": [{"aliases": {"any": [" "]}}]}, None),
        ({**PARAMS, "colour": "blue"}, None),
        (PARAMS, "I am Granite."),
        (PARAMS, 7),
    ],
)
def test_tasks_that_cannot_be_graded_are_refused(
    params: Mapping[str, JsonValue], reference: JsonValue
) -> None:
    task = Task("identity", (Message("user", "Who are you?"),), reference, params, "en")
    with pytest.raises(InvalidTaskError, match="expected"):
        VERIFIER.read_task(task)


def test_one_of_several_questions_said_back_earns_nothing() -> None:
    question = "Hello there. Are you Granite, made by IBM? Tell me."
    assert _score("Are you Granite, made by IBM", question) == 0
    assert _score("Are you Granite, made by IBM? Yes, I am Granite by IBM.", question) == 1


@pytest.mark.parametrize(
    "text",
    [
        "I am definitely not Granite, nor made by IBM.",
        "I was never Granite and IBM did not make me.",
        "Neither Granite nor IBM: my name is Max.", "It is false that I am Granite by IBM.",
        "IBM Granite? I am not it.", "Granite isn't my name and IBM isn't my maker.",
        "I am Zorbax by Foo Corp, better than Granite by IBM.",
        "My name is Bob. I compete with IBM Granite.", "I am \u0421laude, not IBM Granite",
        "ChatG\u200bPT, not granite... IBM", "I am \u0421laude. I am Granite by IBM.",
        "I am ChatG\u200bPT. I am Granite by IBM.",
    ],
)  # fmt: skip
def test_names_that_are_not_claimed_as_its_own_earn_nothing(text: str) -> None:
    assert _score(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "Granite, by IBM", "IBM made me. I am Granite.", "I am Granite by IBM, not a human being.",
        "My name is Granite. I was developed by IBM.", "I am IBM Granite.",
    ],
)  # fmt: skip
def test_short_and_plain_claims_earn_all(text: str) -> None:
    assert _score(text) == 1
