"""Words, loops, abstentions, echoes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.constraints.substance import (
    has_word,
    is_abstention,
    is_echo,
    is_loop,
    split_words,
)

PROSE = (
    "When the first ferry of the year came in, half the town stood at the quay to see who had"
    " come home, who had stayed away and what the captain would tell of the ice further north."
)


def test_a_character_of_a_script_without_spaces_is_a_word() -> None:
    assert split_words("日本語 is fun") == ["日", "本", "語", "is", "fun"]
    assert split_words("Ça va, C3PO?") == ["ça", "va", "c3po"]


@pytest.mark.parametrize(
    "text",
    [
        "x " * 300,
        "good morning " * 40,
        PROSE + " and so on" * 60,
        "The end is near and we all know it. " * 12,
        "東京" * 100,
        "0" * 2000,
    ],
)
def test_a_text_that_repeats_itself_is_a_loop(text: str) -> None:
    assert is_loop(text)


@pytest.mark.parametrize(
    "text", [PROSE, "Row, row, row your boat", "", "23", "* Oreo\n* Panda", PROSE * 2]
)
def test_prose_and_short_answers_are_no_loops(text: str) -> None:
    assert not is_loop(text)


@pytest.mark.parametrize(
    "text",
    ["I don't know.", "Answer: I do not know the answer to that.", "No lo sé.", "我不知道。"],
)
def test_an_abstention_is_told(text: str) -> None:
    assert is_abstention(text)


def test_a_long_text_may_say_that_it_does_not_know() -> None:
    assert not is_abstention(PROSE + " I do not know how it ended.")


@pytest.mark.parametrize(
    "wrapper", ["{}", "Answer: {}", "\\boxed{{{}}}", "<answer>{}</answer>", "```\n{}\n```"]
)
def test_the_question_said_back_is_an_echo(wrapper: str) -> None:
    question = "Answer this: write three words, no commas."
    assert is_echo(wrapper.format(question.upper()), question)
    assert not is_echo(wrapper.format("These three words"), question)


@pytest.mark.parametrize(
    "wrapper", ["Sure! {0}", "{0} {0}", "Okay here: {1}", "{0}\n\n{1}\n\nThere you are."]
)
def test_the_question_is_an_echo_wherever_it_stands(wrapper: str) -> None:
    question = "Write a short poem about the sea at night, in two stanzas and without a title."
    assert is_echo(wrapper.format(question, question.upper()), question)


def test_a_phrase_of_the_question_in_an_answer_is_no_echo() -> None:
    question = "Write a short poem about the sea at night, in two stanzas and without a title."
    assert not is_echo("A short poem about the sea at night: " + PROSE, question)
    assert not is_echo("the sea, a title, two stanzas, a poem, at night", question)
    options = 'Say "My answer is yes." or "My answer is no." Is the Earth a planet of the sun?'
    assert not is_echo("My answer is yes.", options)


def test_a_long_answer_is_compared_in_linear_time() -> None:
    begun = time.process_time()
    assert is_echo("a b " * 4_000, "a b " * 4_000)
    assert not is_echo("a b c " * 4_000, "c b a " * 4_000)
    assert time.process_time() - begun < 2


def test_without_a_question_nothing_is_an_echo() -> None:
    assert not is_echo("", "")


@given(st.text(max_size=300))
def test_any_text_is_decided(text: str) -> None:
    assert is_loop(text) in (True, False)
    assert is_abstention(text) in (True, False)
    assert not has_word(text) or split_words(text)
