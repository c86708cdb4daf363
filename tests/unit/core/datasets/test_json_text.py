import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.datasets.json_text import (
    MAX_DEPTH,
    JsonTextError,
    dump_json,
    parse_embedded,
    parse_json,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_what_was_written_is_read_back(value: object) -> None:
    assert parse_json(dump_json(value)) == value


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**30, 10**300])
def test_integers_beyond_64_bits_stay_exact(number: int) -> None:
    text = b'{"n":%d}' % number
    value = parse_json(text)
    assert value == {"n": number}
    assert dump_json(value) == text


def test_keys_are_sorted_on_request_in_both_ways_of_writing() -> None:
    value = {"b": 1, "a": {"d": "é", "c": None}}
    assert dump_json(value, sort_keys=True) == '{"a":{"c":null,"d":"é"},"b":1}'.encode()
    value["b"] = 2**70
    assert dump_json(value, sort_keys=True).startswith('{"a":{"c":null,"d":"é"},"b":'.encode())
    assert dump_json(value).startswith(b'{"b":')


@pytest.mark.parametrize(
    ("text", "rule", "found"),
    [
        (b"", "input.invalid_json", "column 1"),
        (b'{"a": 1', "input.invalid_json", "column 8: unexpected end of data; the row was cut"),
        (b'{"a": 1} {"b": 2}', "input.invalid_json", "write one object a line"),
        (b"{'a': 1}", "input.invalid_json", "column 2"),
        (b'{"a": NaN}', "input.invalid_json", "column 7: NaN, which JSON has not; write null"),
        (b"[-Infinity]", "input.invalid_json", "Infinity, which JSON has not"),
        (b"[1e999]", "input.invalid_json", "beyond double precision"),
        (b'["\\ud83d"]', "input.invalid_json", "half a character"),
        (b'["a\tb"]', "input.invalid_json", "escape it"),
        (b"\xef\xbb\xbf{}", "input.invalid_json", "remove the bytes EF BB BF"),
        ('{"a": "é"}'.encode("latin-1"), "input.not_utf8", "byte 0xe9 at byte 8; convert"),
        (b'["\xed\xa0\x80"]', "input.not_utf8", "byte 0xed at byte 3"),
        (b"\xff\xfe{\x00}\x00", "input.not_utf8", "byte 0xff at byte 1"),
        (b"[" * 100_000, "input.too_deep", "128 levels"),
        (b"[" * 129 + b"]" * 129, "input.too_deep", "128 levels"),
        (b'{"a":' * 400 + b"1" + b"}" * 400, "input.too_deep", "flatten"),
    ],
)
def test_bad_texts_say_what_was_found_and_what_to_do(text: bytes, rule: str, found: str) -> None:
    with pytest.raises(JsonTextError) as caught:
        parse_json(text)
    assert caught.value.rule == rule
    assert caught.value.reason.startswith("expected ")
    assert found in caught.value.reason


def test_the_deepest_allowed_nesting_passes_and_can_be_written_inside_a_row() -> None:
    text = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    value = parse_json(text)
    assert dump_json({"metadata": {"x": value}}) == b'{"metadata":{"x":' + text + b"}}"
    assert parse_json(b"[" + b"[]," * 5000 + b"[]]") == [[]] * 5001


@pytest.mark.parametrize("value", [float("nan"), 2**70 * float("inf"), "\ud800", {"a": object()}])
def test_what_json_cannot_say_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError):
        dump_json([value, 2**70])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('[{"a": 1}]', [{"a": 1}]),
        (' {"a": 1}', {"a": 1}),
        ("[broken", "[broken"),
        ("12", "12"),
        ("\ud800", "\ud800"),
        (None, None),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_embedded_json_is_parsed_only_where_it_is_an_array_or_object(
    value: object, expected: object
) -> None:
    assert parse_embedded(value) == expected  # type: ignore[arg-type]


def test_hostile_megabytes_are_linear() -> None:
    for text in (b"[" * (1 << 20), b"9" * (1 << 20), b'"' + b"\\" * (1 << 20), b"{" * (1 << 20)):
        with pytest.raises(JsonTextError):
            parse_json(text)
    assert parse_json(b'"' + b"[{" * (1 << 19) + b'"') == json.loads('"' + "[{" * (1 << 19) + '"')
