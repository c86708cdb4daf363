from collections.abc import Mapping

import pytest

from assay_rl_rewards.plans.colouring import check_colouring

RIGHT = {"a": "red", "b": "blue", "c": "red"}


def _fault(colours: Mapping[str, str]) -> str | None:
    return check_colouring(
        colours,
        nodes=("a", "b", "c"),
        edges=(("a", "b"), ("b", "c")),
        palette=("red", "blue"),
        fixed={"a": "red"},
    )


def test_a_colouring_is_right() -> None:
    assert _fault(RIGHT) is None


@pytest.mark.parametrize(
    "change",
    [
        {"b": "red"},
        {"b": "green"},
        {"a": "blue", "b": "red", "c": "blue"},
        {"d": "red"},
    ],
)
def test_each_rule_of_a_colouring_is_checked(change: Mapping[str, str]) -> None:
    assert _fault({**RIGHT, **change}) is not None


def test_a_node_without_a_colour_is_wrong() -> None:
    assert _fault({"a": "red", "b": "blue"}) is not None
