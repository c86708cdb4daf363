"""JSON and no more."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.strict_json import (
    MAX_BYTES,
    StrictValueError,
    depth_of,
    read_json,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 2}', "twice"),
        ('{"x": {"a": 1, "\\u0061": 2}}', "twice"),
        ("[NaN]", "finite"),
        ("[-Infinity]", "finite"),
        ("[1e999]", "finite"),
        ('{"a": 1} {"b": 2}', "parse"),
        ('{"a": 1} is the answer', "parse"),
        ('{"a": 1,}', "parse"),
        ("{'a': 1}", "parse"),
        ('{"a": 1} // why', "parse"),
        ("", "parse"),
        ("1" * 5000, "parse"),
        ('"\\ud800"', "surrogate"),
        ('"\ud800"', "surrogate"),
        ("[" * 65 + "]" * 65, "deeply"),
        ("[" * 100_000, "deeply"),
        ('{"a":' * 40_000, "deeply"),
        ('"' + "x" * MAX_BYTES + '"', "long"),
        ('"' + "\u4e2d" * (MAX_BYTES // 3) + '"', "long"),
    ],
)
def test_what_is_not_json_is_refused(text: str, reason: str) -> None:
    with pytest.raises(StrictValueError, match=reason):
        read_json(text)


def test_brackets_in_strings_are_not_nesting() -> None:
    text = json.dumps({"a": "[" * 200, "b": '\\"[{', "c": "\\"})
    assert read_json(text) == json.loads(text)


def test_sixty_four_levels_are_read() -> None:
    assert depth_of(read_json("[" * 64 + "]" * 64)) == 64


@given(VALUES)
def test_every_value_is_read_as_it_was_written(value: object) -> None:
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value, ensure_ascii=False, indent=1)) == value


@pytest.mark.parametrize(
    "text", ["[]" * 120_000, '"' * 200_000, '\\"' * 120_000, "[[]," * 60_000, "[" + "[],]" * 60_000]
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    with pytest.raises(StrictValueError):
        read_json(text)
    assert time.process_time() - started < 2
