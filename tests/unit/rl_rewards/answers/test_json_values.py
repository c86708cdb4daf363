"""Equality of values, and pointers."""

from typing import Any

import pytest

from assay_rl_rewards.answers.json_values import PointerError, is_equal, resolve_pointer


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (None, False, False),
        ("1", 1, False),
        ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}, True),
        ([1, 2], [2, 1], False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([], {}, False),
        ([True], [1], False),
    ],
)
def test_values_are_equal_by_type_and_value(left: Any, right: Any, equal: bool) -> None:
    assert is_equal(left, right) is equal
    assert is_equal(right, left) is equal


@pytest.mark.parametrize(
    ("pointer", "found"),
    [("", {"a/b": [{"~": 7}], "": 1}), ("/a~1b/0/~0", 7), ("/", 1), ("/a~1b", [{"~": 7}])],
)
def test_a_pointer_leads_somewhere(pointer: str, found: Any) -> None:
    assert resolve_pointer({"a/b": [{"~": 7}], "": 1}, pointer) == found


@pytest.mark.parametrize("pointer", ["/x", "/a/2", "/a/-1", "/a/01", "/a/-", "/a/\u0661", "/a/0/b"])
def test_a_pointer_may_lead_nowhere(pointer: str) -> None:
    with pytest.raises(PointerError):
        resolve_pointer({"a": [0, 1]}, pointer)


def test_a_pointer_begins_with_a_slash() -> None:
    with pytest.raises(ValueError, match="begins"):
        resolve_pointer({"a": 1}, "a")
