from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Document, JsonObject, Message, Sample, SampleType, Tool, ToolCall
from assay_judge.cache.keys import judgement_key, sample_body

SAMPLE = Sample(
    (Message("user", "Where?"), Message("assistant", None, (ToolCall("c1", "find", '{"a":1}'),))),
    tools=(Tool("find", "Finds.", {"type": "object"}),),
    documents=(Document("d1", "Title", "Text"),),
    type=SampleType.RAG,
    language="en",
    metadata={"instruction_id_list": ["length"]},
    id="row-1",
    source="here",
)
CHANGES: tuple[dict[str, Any], ...] = (
    {"messages": (Message("user", "Where??"), *SAMPLE.messages[1:])},
    {"messages": (Message("system", "Where?"), *SAMPLE.messages[1:])},
    {"messages": (SAMPLE.messages[0], Message("assistant", ""))},
    {"tools": ()},
    {"documents": (Document("d1", "Title", "Other"),)},
    {"documents": (Document("d1", "TitleText", ""),)},
    {"type": SampleType.MATH},
    {"language": None},
    {"metadata": {}},
)
fields = st.tuples(st.binary(), st.integers(0, 1000), st.text(), st.none() | st.text())


def _key(body: bytes, turn: int, version: str, fingerprint: str | None) -> str:
    return judgement_key(
        sample_body=body,
        turn=turn,
        version=version.encode("utf-8", "replace").decode(),
        fingerprint=fingerprint and fingerprint.encode("utf-8", "replace").decode(),
    )


@given(fields, fields)
def test_keys_are_equal_only_if_all_fields_are(
    one: tuple[bytes, int, str, str | None], other: tuple[bytes, int, str, str | None]
) -> None:
    assert (_key(*one) == _key(*other)) == (one == other)
    assert _key(*one) == _key(*one)


@given(st.binary(max_size=8), st.binary(max_size=8))
def test_bytes_cannot_move_from_one_field_to_the_next(head: bytes, tail: bytes) -> None:
    whole = _key(head + tail, 1, "", None)
    assert (whole == _key(head, 1, tail.hex(), None)) == (tail == b"")


def test_no_fingerprint_is_not_an_empty_one() -> None:
    assert _key(b"x", 0, "1", None) != _key(b"x", 0, "1", "")


def test_the_body_covers_everything_that_a_judge_may_read() -> None:
    bodies = {sample_body(replace(SAMPLE, **change)) for change in CHANGES}
    assert len(bodies | {sample_body(SAMPLE)}) == len(CHANGES) + 1


def test_the_body_leaves_out_what_only_names_the_row() -> None:
    assert sample_body(replace(SAMPLE, id="row-2", source=None)) == sample_body(SAMPLE)


def test_the_order_of_metadata_does_not_matter() -> None:
    one: JsonObject = {"a": 1, "b": {"c": 2, "d": 3}}
    other: JsonObject = {"b": {"d": 3, "c": 2}, "a": 1}
    assert sample_body(replace(SAMPLE, metadata=one)) == sample_body(
        replace(SAMPLE, metadata=other)
    )


def test_text_that_utf8_cannot_say_has_a_body_of_its_own() -> None:
    bodies = {
        sample_body(Sample((Message("assistant", text),))) for text in ("\ud800", "\udfff", "?")
    }
    large = {sample_body(replace(SAMPLE, metadata={"n": n})) for n in (2**70, 2**70 + 1)}
    assert len(bodies) == 3
    assert len(large) == 2
