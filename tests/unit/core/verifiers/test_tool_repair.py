import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import JsonValue
from assay.verifiers.tool_repair import MAX_CHARS, repair_arguments


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'city': \"Rome\"}", {"city": "Rome"}),
        ("{'ok': True, 'none': None, 'no': False}", {"ok": True, "none": None, "no": False}),
        ("{'say': 'it\\'s \"fine\"'}", {"say": 'it\'s "fine"'}),
        ("{'pair': (1, 2), 'list': [1, 2,],}", {"pair": [1, 2], "list": [1, 2]}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        ("{'name': 'True story'}", {"name": "True story"}),
        ('{"a": 1}', {"a": 1}),
    ],
)
def test_what_stands_for_an_object_becomes_json(text: str, value: JsonValue) -> None:
    repaired = repair_arguments(text)
    assert repaired is not None
    assert json.loads(repaired) == value


@pytest.mark.parametrize(
    "text", ["{'city': 'Ro", '{"a": 1', "{a: 1}", "[1, 2]", "5", "", "{'a': b}", "{'a': '\\x41'}"]
)
def test_what_is_cut_off_or_ambiguous_is_not_guessed(text: str) -> None:
    assert repair_arguments(text) is None


@pytest.mark.parametrize("text", ["'" * 200_000, "'a'" * 100_000, "{" * MAX_CHARS, "'\\" * 5_000])
def test_hostile_text_is_refused_at_once(text: str) -> None:
    assert repair_arguments(text) is None


plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)


@given(st.dictionaries(st.text(max_size=5), plain | st.lists(plain, max_size=3), max_size=4))
def test_json_is_kept_as_it_is(value: dict[str, JsonValue]) -> None:
    repaired = repair_arguments(json.dumps(value))
    assert repaired is not None
    assert json.loads(repaired) == value
