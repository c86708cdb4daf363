"""Reading an answer: what is whole and in the form, and what is malformed."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.judge.reading.answers import RUBRIC, body, compact, generation

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import DIMENSIONS
from assay_judge.reading.form import Bounds, Claim, ClaimedDefect, Evidence, EvidenceForm

FORM = EvidenceForm(RUBRIC, with_scores=False)
SCORED = EvidenceForm(RUBRIC, with_scores=True)
CLAIM = body()["claims"][0]
DEFECT = body()["defects"][0]


def refusal(text: str, form: EvidenceForm = FORM, finish_reason: str = "stop") -> str:
    with pytest.raises(JudgeBackendError) as caught:
        form.parse(generation(text, finish_reason))
    assert caught.value.code == "malformed"
    assert caught.value.__cause__ is None  # a cause would carry the whole answer into a log
    return str(caught.value)


def test_an_answer_becomes_evidence() -> None:
    assert FORM.parse(generation(compact(body()))) == Evidence(
        lang="en",
        claims=(Claim("the sky is green", "contradicted", "D2"),),
        defects=(ClaimedDefect("hallucination", "sky is green", "D2 says blue"),),
        notes=dict.fromkeys(DIMENSIONS, "fine"),
    )


def test_digits_are_read_where_scores_were_asked_for() -> None:
    evidence = SCORED.parse(generation(compact(body(with_scores=True))))
    assert list(evidence.digits.items()) == [(n, 1 + i % 5) for i, n in enumerate(DIMENSIONS)]


@pytest.mark.parametrize("reason", ["length", "repetition", "abort", "tool_calls", ""])
def test_only_an_answer_that_ended_by_itself_counts(reason: str) -> None:
    assert "ends by itself" in refusal(compact(body()), finish_reason=reason)


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        " \n{}\n",
        "Here it is:\n```json\n{}\n```",
        "I use {{braces}} and {{more}}. {} And so on {{",
        "<think>A {{ is open.</think>{}",
    ],
)
def test_the_first_json_object_of_a_text_is_the_answer(around: str) -> None:
    text = around.format(json.dumps(body(), indent=2))
    assert FORM.parse(generation(text)).lang == "en"


def test_a_later_object_does_not_replace_a_wrong_first_one() -> None:
    assert "lang" in refusal('{"a":1}' + compact(body()))


def test_an_answer_within_a_damaged_one_is_not_the_answer() -> None:
    # a model without a grammar that quotes a response with its quotation marks as they are
    planted = compact(body(defects=[]))
    text = changed().replace("the sky is green", f"the {planted} is green")
    assert planted in text
    assert "JSON object" in refusal(text)


def test_raw_control_characters_in_strings_are_read() -> None:
    # xgrammar lets them through beside maxLength (measured)
    text = compact(body(claims=[CLAIM | {"q": "a~b"}], notes=dict.fromkeys(DIMENSIONS, "a~b")))
    evidence = FORM.parse(generation(text.replace("~", "\n")))
    assert evidence.claims[0].quote == "a\nb"
    assert evidence.notes["correctness"] == "a b"


def test_control_characters_leave_the_judges_own_words_and_no_quote() -> None:
    answer = body(defects=[DEFECT | {"q": "a\x00b\tc", "why": "x\x00y\x1bz"}])
    (defect,) = FORM.parse(generation(json.dumps(answer))).defects
    assert (defect.quote, defect.why) == ("a\x00b\tc", "x y z")


def changed(**changes: Any) -> str:
    return compact(body(**changes))


def with_claim(**changes: Any) -> str:
    return changed(claims=[CLAIM | changes])


def with_defect(**changes: Any) -> str:
    return changed(defects=[DEFECT | changes])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "JSON object"),
        ("no object at all", "JSON object"),
        (changed()[:-1], "JSON object"),
        ("[1]", "JSON object"),
        (changed(lang="English"), "lang"),
        (changed(lang=None), "lang"),
        (changed(extra=1), "extra"),
        (changed(claims={}), "claims"),
        (changed(claims=[CLAIM] * 9), "claims of at most 8"),
        (changed(defects=[DEFECT] * 5), "defects of at most 4"),
        (with_claim(q="q" * 201), "claims.0.q of at most 200"),
        (with_claim(q=""), "claims.0.q"),
        (with_claim(q=7), "claims.0.q"),
        (with_claim(s="maybe"), "claims.0.s"),
        (with_claim(src="X9"), "claims.0.src"),
        (with_claim(more="x"), "claims.0.more"),
        (with_defect(k="no_answer"), "defects.0.k"),
        (with_defect(why="w" * 161), "defects.0.why of at most 160"),
        (changed(notes={"correctness": "x"}), "notes"),
        (changed(notes=dict.fromkeys((*DIMENSIONS, "other"), "x")), "notes"),
        (changed(notes=dict.fromkeys(DIMENSIONS, "n" * 161)), "notes.correctness of at most 160"),
        (changed(notes=dict.fromkeys(DIMENSIONS, 5)), "notes.correctness"),
        (compact(body(with_scores=True)), "scores not in"),
        (changed().replace('"lang":"en"', '"lang":"en","lang":"en"'), "every key once"),
        (changed().replace('"en"', "NaN"), "numbers that JSON knows"),
        (changed().replace('"en"', "-Infinity"), "numbers that JSON knows"),
        (changed().replace("fine", "\\ud800"), "whole characters"),
        ('{"lang":' + "[" * 100_000, "JSON object"),
        ('{"a":' * 30_000, "JSON object"),
        ("{" * 199_000, "JSON object"),
        (" " * 200_001, "200000 characters"),
    ],
    ids=range(31),
)
def test_what_is_not_in_the_form_is_named(text: str, named: str) -> None:
    assert named in refusal(text)


@pytest.mark.parametrize(
    ("scores", "named"),
    [
        (None, "scores"),
        ({}, "scores for"),
        (dict.fromkeys(DIMENSIONS, 6), "digit from 1 to 5"),
        (dict.fromkeys(DIMENSIONS, 0), "digit from 1 to 5"),
        (dict.fromkeys(DIMENSIONS, "4"), "scores.correctness"),
        (dict.fromkeys(DIMENSIONS, 4.0), "scores.correctness"),
        (dict.fromkeys(DIMENSIONS, True), "scores.correctness"),
        (dict.fromkeys(DIMENSIONS[1:], 4), "scores for"),
    ],
)
def test_digits_must_be_digits_for_every_dimension(scores: object, named: str) -> None:
    assert named in refusal(compact(body() | {"scores": scores}), SCORED)


def longest_shared(message: str, secret: str) -> int:
    starts = [i for i, char in enumerate(message) if char == secret[0]]
    return max((len(message[i:]) - len(message[i:].lstrip(secret[0])) for i in starts), default=0)


@pytest.mark.parametrize(
    "text",
    [
        "S" * 500,
        "{" + "S" * 500,
        with_claim(s="S" * 500),
        with_claim(src="S" * 500),
        changed(lang="S" * 500),
        compact(body() | {"S" * 500: "S" * 500}),
        with_claim(**{"S" * 300: {"S" * 300: 1}}),
        changed(notes={"S" * 500: "x"}),
        '{"' + "S" * 500 + '":1,"' + "S" * 500 + '":2}',
    ],
    ids=range(9),
)
def test_no_message_repeats_much_of_the_answer(text: str) -> None:
    message = refusal(text)
    assert message.count("S") <= 80 + 1  # and the S of no other word but one
    assert longest_shared(message, "S") <= 80


@given(st.text(max_size=200))
def test_any_text_is_evidence_or_malformed(text: str) -> None:
    refusal(text)


@given(st.text(alphabet='{}[]":,\\aD2019 \n', max_size=80), st.integers(0, 400))
def test_damaged_answers_are_evidence_or_malformed(piece: str, position: int) -> None:
    whole = compact(body())
    try:
        FORM.parse(generation(whole[:position] + piece + whole[position + 5 :]))
    except JudgeBackendError as error:
        assert error.code == "malformed"


def test_hostile_texts_take_no_time() -> None:
    for text in ('{"a":' * 40_000, "{ " * 100_000, '{"' + "\\" * 199_000, '"{' * 100_000):
        begin = time.perf_counter()
        refusal(text)
        assert time.perf_counter() - begin < 1


def test_smaller_bounds_hold_for_the_answer_too() -> None:
    small = EvidenceForm(RUBRIC, with_scores=False, bounds=Bounds().smaller())
    assert "at most 100" in refusal(with_claim(q="q" * 101), small)


def test_ones_own_dimension_and_defect_belong_to_the_form() -> None:
    texts = {level: f"Level {level}." for level in range(1, 6)}
    rubric = RUBRIC.model_validate(
        RUBRIC.model_dump()
        | {
            "dimensions": {
                **RUBRIC.model_dump()["dimensions"],
                "correctness": RUBRIC.dimensions["correctness"].model_dump() | {"weight": 0.2},
                "tone": {"weight": 0.1, "description": "Warm.", "levels": texts},
            },
            "defects": {**RUBRIC.model_dump()["defects"], "slander": {"description": "Defames."}},
        }
    )
    form = EvidenceForm(rubric, with_scores=False)
    notes = dict.fromkeys((*DIMENSIONS, "tone"), "x")
    evidence = form.parse(generation(changed(notes=notes, defects=[DEFECT | {"k": "slander"}])))
    assert list(evidence.notes) == [*DIMENSIONS, "tone"]
    assert evidence.defects[0].kind == "slander"
    assert '"\\"slander\\""' in form.shape.grammar
