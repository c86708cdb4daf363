"""The form of a rewrite, and what of an answer counts as one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.grammar import shortest_sentence, smallest_json

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Usage
from assay_judge.backend.contract import Generation
from assay_judge.repair.form import least_tokens, parse_rewrite, rewrite_shape


def written(text: str, finish_reason: str = "stop") -> Generation:
    return Generation(text, finish_reason, (), Usage())


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_back_as_it_was_meant(text: str) -> None:
    for is_ascii in (True, False):
        answer = json.dumps({"response": text}, ensure_ascii=is_ascii, separators=(",", ":"))
        if text.strip():
            assert parse_rewrite(written(answer)) == text
        else:
            with pytest.raises(JudgeBackendError):
                parse_rewrite(written(answer))


@pytest.mark.parametrize(
    "text",
    [
        'Here it is:\n```json\n{"response":"Mended."}\n```\nAnything else?',
        'The set {1, 2} aside: {"response": "Mended."}',
        '{\n  "response":\n"Mended."}{"response":"Another."}',
    ],
)
def test_the_first_object_is_the_answer_whatever_stands_around_it(text: str) -> None:
    assert parse_rewrite(written(text)) == "Mended."


def test_line_breaks_that_a_plain_server_leaves_in_a_string_are_line_breaks() -> None:
    assert parse_rewrite(written('{"response":"One.\nTwo."}')) == "One.\nTwo."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mended.",
        '"Mended."',
        '["Mended."]',
        '{"response":"Men',
        '{"response":""}',
        '{"response":" \\n\\t"}',
        '{"response":7}',
        '{"response":null}',
        '{"answer":"Mended."}',
        '{"response":"Mended.","note":"x"}',
        '{"response":"a","response":"b"}',
        '{"response":"half \\ud83d"}',
        '{"x":' * 5000,
        '{"response":"' + "x" * 200_000 + '"}',
    ],
)
def test_anything_else_is_malformed_and_hardly_repeated(text: str) -> None:
    with pytest.raises(JudgeBackendError) as raised:
        parse_rewrite(written(text))
    assert raised.value.code == "malformed"
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("reason", ["length", "repetition", "unknown", "content_filter"])
def test_a_text_that_did_not_end_by_itself_is_no_rewrite(reason: str) -> None:
    with pytest.raises(JudgeBackendError, match=reason) as raised:
        parse_rewrite(written('{"response":"Mended."}', reason))
    assert raised.value.code == "malformed"


def test_grammar_and_schema_hold_a_server_to_the_form() -> None:
    shape = rewrite_shape("Anything.")
    assert parse_rewrite(written(shortest_sentence(shape.grammar)))
    assert set(json.loads(smallest_json(dict(shape.json_schema)))) == {"response"}


def test_the_form_is_the_same_for_all_texts_but_for_its_length() -> None:
    short, long = rewrite_shape("x"), rewrite_shape("x" * 10_000)
    assert (short.grammar, short.json_schema) == (long.grammar, long.json_schema)
    assert long.max_tokens == short.max_tokens + 9_999


@pytest.mark.parametrize("text", ["", "Some words of English.", "\u6f22\u5b57" * 40, "\ud800"])
def test_what_is_asked_for_is_never_less_than_what_is_needed(text: str) -> None:
    assert 0 < least_tokens(text) <= rewrite_shape(text).max_tokens
