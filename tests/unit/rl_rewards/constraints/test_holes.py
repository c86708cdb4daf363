"""What careless checks of the published instructions let pass, each shut here."""

import time
from typing import Any

import pytest

from assay_rl_rewards.constraints.table import CONSTRAINTS
from assay_rl_rewards.domains.instruction_following import InstructionFollowing
from assay_rl_rewards.verifier import Task


def is_met(id: str, text: str, **kwargs: Any) -> bool:
    constraint = CONSTRAINTS[id]
    return bool(constraint.check(text, constraint.kwargs.model_validate(kwargs)))


@pytest.mark.parametrize(
    "text", ["1", '"x"', "[NaN]", "null", "{}", "[]", '{"a":1,"a":2}', "[1] x"]
)
def test_json_is_an_object_or_array_that_says_something(text: str) -> None:
    assert not is_met("detectable_format:json_format", text)


@pytest.mark.parametrize("text", ["12345", "\U0001f600", "ok", "http://example.org", "..."])
def test_a_language_that_cannot_be_told_is_not_the_wanted_one(text: str) -> None:
    assert not is_met("language:response_language", text, language="en")
    assert not is_met("language:response_language", text, language="es")
    assert not is_met("change_case:english_lowercase", text)


def test_a_short_spanish_sentence_is_not_another_language() -> None:
    text = "No me gusta la lluvia de noche."
    assert is_met("language:response_language", text, language="es")
    assert not is_met("language:response_language", text, language="pt")


def test_empty_quotation_marks_hold_nothing() -> None:
    assert not is_met("startend:quotation", '""')
    assert not is_met("startend:quotation", '" . "')


def test_empty_brackets_are_no_placeholders() -> None:
    assert not is_met("detectable_content:number_placeholders", "[][][]", num_placeholders=3)
    assert not is_met("detectable_content:number_placeholders", "[ ][.]", num_placeholders=1)


def test_a_json_array_over_lines_is_no_placeholder() -> None:
    text = 'x: [\n "one"\n]'
    assert not is_met("detectable_content:number_placeholders", text, num_placeholders=1)


@pytest.mark.parametrize(
    "text", ["a******b", "******\nOne answer.\n******", "One.\n**********", "It is. ****** it is!"]
)
def test_two_responses_are_two_different_ones(text: str) -> None:
    assert not is_met("combination:two_responses", text)


def test_a_title_of_one_letter_is_none() -> None:
    assert not is_met("detectable_format:title", "<<x>>\nText follows.")


@pytest.mark.parametrize("keyword", ["a.*t|", "C++", "(", "[", "\\", "$5", "?"])
def test_a_keyword_is_text_and_no_pattern(keyword: str) -> None:
    assert not is_met("keywords:existence", "Cats chase about these days.", keywords=[keyword])
    text = f"They wrote {keyword} on the old wall."
    assert is_met("keywords:existence", text, keywords=[keyword])


def test_a_keyword_inside_a_longer_word_does_not_count() -> None:
    kwargs = {"keyword": "rob", "frequency": 1, "relation": "at least"}
    assert not is_met("keywords:frequency", "The robbers robbed a bank.", **kwargs)


def test_a_text_of_keywords_alone_says_nothing() -> None:
    assert not is_met("keywords:existence", "sea pier", keywords=["sea", "pier"])
    kwargs = {"keyword": "sea", "frequency": 3, "relation": "at least"}
    assert not is_met("keywords:frequency", "sea sea sea sea", **kwargs)


def test_all_options_at_once_choose_none() -> None:
    text = "My answer is yes. My answer is no. My answer is maybe."
    assert not is_met("detectable_format:constrained_response", text)


def test_an_option_inside_a_longer_one_is_not_chosen_too() -> None:
    assert is_met("detectable_format:constrained_response", "no way", options=["no", "no way"])


def test_a_repeated_request_needs_an_answer() -> None:
    request = "Write a song about a dog."
    assert not is_met("combination:repeat_prompt", request, prompt_to_repeat=request)


def test_a_closing_phrase_closes_something() -> None:
    assert not is_met("startend:end_checker", "The end.", end_phrase="The end.")


def test_a_postscript_says_something() -> None:
    assert not is_met(
        "detectable_content:postscript", "All is said. P.S.", postscript_marker="P.S."
    )
    assert not is_met("detectable_content:postscript", "maps.", postscript_marker="P.S.")


def test_empty_bullets_sections_and_highlights_do_not_count() -> None:
    assert not is_met("detectable_format:number_bullet_lists", "* .\n* .", num_bullets=2)
    assert not is_met("detectable_format:number_highlighted_sections", "*.* **", num_highlights=1)
    sections = {"section_spliter": "Part", "num_sections": 2}
    assert not is_met("detectable_format:multiple_sections", "Part 1 Part 2", **sections)
    assert not is_met("detectable_format:multiple_sections", "Part 1 ab Part 1 ab", **sections)


def test_a_section_word_is_text_and_no_pattern() -> None:
    kwargs = {"section_spliter": "(a+)+$", "num_sections": 1}
    assert not is_met("detectable_format:multiple_sections", "aaaa 1 text", **kwargs)


def test_paragraphs_of_one_letter_do_not_count() -> None:
    assert not is_met("length_constraints:number_paragraphs", "a***b", num_paragraphs=2)


def test_the_number_of_a_list_item_is_no_sentence() -> None:
    text = "1. Take it home today.\n2. Leave it there."
    kwargs = {"num_sentences": 3, "relation": "at least"}
    assert not is_met("length_constraints:number_sentences", text, **kwargs)


def test_no_check_is_slow_on_any_text() -> None:
    hostile = (
        "[" * 30_000,
        "*a" * 15_000,
        "<<" * 15_000,
        "a b " * 8_000,
        '"' * 30_000,
        ". " * 15_000,
    )
    started = time.process_time()
    for text in hostile:
        for id in ("detectable_format:title", "detectable_format:number_highlighted_sections"):
            is_met(id, text, **({"num_highlights": 99} if id.endswith("sections") else {}))
        is_met("length_constraints:number_sentences", text, num_sentences=3, relation="less than")
        is_met("copy:repeat_phrase", text, phrase="a b a b", small_n=3)
        is_met("detectable_format:bigram_wrapping", text)
    assert time.process_time() - started < 5


def test_filling_with_one_word_meets_no_word_count_in_a_task() -> None:
    task = Task(
        "instruction_following",
        (),
        params={
            "constraints": [
                {
                    "id": "length_constraints:number_words",
                    "kwargs": {"num_words": 300, "relation": "at least"},
                }
            ]
        },
    )
    verifier = InstructionFollowing()
    assert verifier.grade(verifier.read_task(task), "x " * 301).score == 0


def test_a_parameter_of_zero_is_kept() -> None:
    kwargs = {"keyword": "sea", "frequency": 0, "relation": "at most"}
    assert is_met("keywords:frequency", "The lake is calm today.", **kwargs)
    assert not is_met("keywords:frequency", "The sea is calm today.", **kwargs)


def test_an_empty_paragraph_is_not_counted_as_the_nth() -> None:
    text = "First of all.\n\n\n\nWeekend plans follow."
    kwargs = {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "weekend"}
    assert is_met("length_constraints:nth_paragraph_first_word", text, **kwargs)


def test_a_letter_may_be_any_character_as_published() -> None:
    kwargs = {"letter": "#", "let_frequency": 4, "let_relation": "at least"}
    assert is_met("keywords:letter_frequency", "#one #two #three #four", **kwargs)
    assert not is_met("keywords:letter_frequency", "#one #two #three four", **kwargs)


def test_the_same_text_gets_the_same_verdict_again() -> None:
    texts = ("No me gusta", "ok", "La nave va sul mare con dolcezza.")
    first = [is_met("language:response_language", text, language="it") for text in texts]
    assert all(
        first == [is_met("language:response_language", text, language="it") for text in texts]
        for _ in range(5)
    )
