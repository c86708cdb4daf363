"""Tasks of form: reading them, the two modes, and texts that earn nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import Message
from assay_rl_rewards.domains.instruction_following import InstructionFollowing
from assay_rl_rewards.tasks.checking import check_task
from assay_rl_rewards.verifier import Grade, Task

VERIFIER = InstructionFollowing()
QUESTION = "Tell me of the harbour without commas and in at most ten words."
NO_COMMA = {"id": "punctuation:no_comma"}
TEN_WORDS = {
    "id": "length_constraints:number_words",
    "kwargs": {"num_words": 10, "relation": "at most"},
}


def make_task(*constraints: Any, **params: Any) -> Task:
    turns = (Message(role="user", content=QUESTION),)
    given_params = {"constraints": list(constraints), **params}
    return Task("instruction_following", turns, params=given_params)


def grade(text: str, *constraints: Any, **params: Any) -> Grade:
    return VERIFIER.grade(VERIFIER.read_task(make_task(*constraints, **params)), text)


def test_all_constraints_must_be_met() -> None:
    found = grade("The old harbour lies quiet today.", NO_COMMA, TEN_WORDS)
    assert found.score == 1
    assert found.reason == "2 of 2 constraints met"
    found = grade("The old harbour, quiet today.", NO_COMMA, TEN_WORDS)
    assert found.score == 0
    assert found.parts["constraint.0"] == 0
    assert found.parts["constraint.1"] == 1
    assert found.parts["fraction"] == 0.5


def test_a_task_may_pay_the_share_that_is_met() -> None:
    assert grade("The old harbour, quiet now.", NO_COMMA, TEN_WORDS, mode="fraction").score == 0.5


def test_the_loose_variant_is_a_part_and_no_score() -> None:
    constraint = {"id": "startend:end_checker", "kwargs": {"end_phrase": "That is it."}}
    found = grade("The harbour is old. That is it.\nAnything else?", constraint)
    assert found.score == 0
    assert found.parts["loose"] == 1
    assert grade("The harbour is old.\nAnything else?", constraint).parts["loose"] == 0


def test_an_empty_list_of_constraints_is_no_task() -> None:
    with pytest.raises(InvalidTaskError, match="constraints"):
        VERIFIER.read_task(make_task())


@pytest.mark.parametrize(
    "constraint",
    [
        {"id": "keywords:existence"},
        {"id": "keywords:existence", "kwargs": {"keywords": []}},
        {"id": "keywords:existence", "kwargs": {"keywords": [" "]}},
        {"id": "keywords:frequency", "kwargs": {"keyword": "sea", "frequency": 2}},
        {"id": "length_constraints:number_words", "kwargs": {"num_words": 5, "relation": "about"}},
        {"id": "language:response_language", "kwargs": {"language": "sw"}},
        {"id": "unheard:of"},
        {"id": "punctuation:no_comma", "kwargs": {"more": 1}},
        {"id": "punctuation:no_comma", "more": {}},
        "punctuation:no_comma",
    ],
)
def test_a_constraint_that_cannot_be_checked_is_refused(constraint: Any) -> None:
    with pytest.raises(InvalidTaskError):
        VERIFIER.read_task(make_task(constraint))


def test_published_keys_without_a_value_do_not_count() -> None:
    constraint = {"id": "punctuation:no_comma", "kwargs": {"num_words": None, "keywords": None}}
    assert grade("The old harbour lies quiet.", constraint).score == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the answer says too little"),
        ("<answer>A</answer>", "the answer says too little"),
        ("boat " * 9, "the answer says too little"),
        ("one two three " * 30, "the answer is a loop"),
        ("I do not know the answer to that.", "the answer abstains"),
        (QUESTION, "the answer is the question"),
        (f"Answer: {QUESTION}", "the answer is the question"),
        ("word " * 20_000, "answer_too_long"),
    ],
)
def test_a_text_without_content_earns_nothing(text: str, reason: str) -> None:
    for mode in ("all", "fraction"):
        found = grade(text, NO_COMMA, mode=mode)
        assert (found.score, found.reason) == (0, reason)


def test_a_task_may_ask_for_less_or_more_words() -> None:
    assert grade("23", NO_COMMA, min_words=1).score == 1
    assert grade("The old harbour lies quiet.", NO_COMMA, min_words=6).score == 0


def test_a_constraint_that_gives_the_answer_takes_a_short_one() -> None:
    assert grade("My answer is no.", {"id": "detectable_format:constrained_response"}).score == 1
    assert grade('{"a": 1}', {"id": "detectable_format:json_format"}).score == 1
    copy = {"id": "copy:copy", "kwargs": {"prompt_to_repeat": QUESTION}}
    assert grade(QUESTION, copy).score == 1


def test_a_lone_surrogate_breaks_nothing() -> None:
    assert grade("The old \ud800 harbour lies quiet.", NO_COMMA).score == 1


@pytest.mark.parametrize(
    "constraint",
    [
        NO_COMMA,
        TEN_WORDS,
        {
            "id": "length_constraints:number_words",
            "kwargs": {"num_words": 9, "relation": "at least"},
        },
        {"id": "keywords:existence", "kwargs": {"keywords": ["sea", "pier"]}},
        {"id": "keywords:forbidden_words", "kwargs": {"forbidden_words": ["sea"]}},
        {"id": "detectable_format:json_format"},
        {"id": "detectable_format:title"},
        {"id": "combination:two_responses"},
        {"id": "startend:quotation"},
        {"id": "change_case:english_lowercase"},
        {"id": "language:response_language", "kwargs": {"language": "de"}},
    ],
)
def test_no_cheap_answer_wins_a_task(constraint: Any) -> None:
    check = check_task(VERIFIER, make_task(constraint))
    assert check.faults == ()
    assert not check.constants


def test_decoys_are_given_where_each_must_lose() -> None:
    quotation, title = {"id": "startend:quotation"}, {"id": "detectable_format:title"}
    read = VERIFIER.read_task(make_task(quotation, title))
    assert [decoy.text for decoy in VERIFIER.list_decoys(read)] == ['""', "<<x>>"]
    read = VERIFIER.read_task(make_task(quotation, title, mode="fraction"))
    assert VERIFIER.list_decoys(read) == ()
    assert VERIFIER.render_gold(read) is None


@given(st.text(max_size=200))
def test_grades_are_the_same_twice_and_bounded(text: str) -> None:
    first = grade(text, NO_COMMA, TEN_WORDS, mode="fraction")
    assert first == grade(text, NO_COMMA, TEN_WORDS, mode="fraction")
    assert 0 <= first.score <= 1
    assert first.parts["loose"] in (0, 1)


@pytest.mark.parametrize("answer", ["Sure! {0}", "{0} {0}", "Okay here: {1}"])
def test_the_question_said_back_within_an_answer_earns_nothing(answer: str) -> None:
    question = "Write a short poem about the sea at night, and use the word lantern in it."
    constraint = {"id": "keywords:existence", "kwargs": {"keywords": ["lantern"]}}
    messages = (Message("user", question),)
    params: Any = {"constraints": [constraint]}
    task = VERIFIER.read_task(Task("instruction_following", messages, None, params))
    found = VERIFIER.grade(task, answer.format(question, question.upper()))
    assert (found.score, found.reason) == (0, "the answer is the question")


def test_a_request_to_be_repeated_is_no_part_of_the_echo() -> None:
    repeat = "Write a short poem about the sea at night, and give it no title."
    question = f"{repeat}\nFirst repeat the request above word for word, then answer it."
    kwargs = {"prompt_to_repeat": repeat}
    constraint = {"id": "combination:repeat_prompt", "kwargs": kwargs}
    messages = (Message("user", question),)
    params: Any = {"constraints": [constraint]}
    task = VERIFIER.read_task(Task("instruction_following", messages, None, params))
    assert VERIFIER.grade(task, f"{repeat}\nDark water, one lamp.").score == 1
    assert VERIFIER.grade(task, repeat).score == 0
    assert VERIFIER.grade(task, f"{repeat}\n{question}").score == 0


def test_most_of_the_question_said_back_earns_nothing() -> None:
    most = QUESTION.rpartition(" ")[0]
    found = grade(most, NO_COMMA)
    assert (found.score, found.reason) == (0, "the answer is the question")
