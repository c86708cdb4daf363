"""The conditions of a reward change with each thing that may change it, and with nothing else."""

import sqlite3
from importlib.metadata import version

import pytest

from assay_rl_rewards.routes import conditions
from assay_rl_rewards.routes.conditions import Conditions


def test_equal_conditions_have_one_digest() -> None:
    assert Conditions().digest() == Conditions().digest()


@pytest.mark.parametrize(
    "other",
    [
        Conditions(deadline_seconds=4.0),
        Conditions(memory_bytes=1 << 29),
        Conditions(max_response_chars=1024),
    ],
)
def test_each_limit_is_in_the_digest(other: Conditions) -> None:
    assert other.digest() != Conditions().digest()


@pytest.mark.parametrize("name", ["READING", "MAX_FINAL_CHARS"])
def test_reading_rules_are_in_the_digest(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Conditions().digest()
    monkeypatch.setattr(conditions, name, 99)
    assert Conditions().digest() != before


@pytest.mark.parametrize("name", ["sympy", "math-verify", "lingua-language-detector"])
def test_a_new_release_of_a_library_is_in_the_digest(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Conditions().digest()
    monkeypatch.setattr(conditions, "version", lambda n: "99" if n == name else version(n))
    assert Conditions().digest() != before


def test_the_release_of_sqlite_is_in_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Conditions().digest()
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.0.0")
    assert Conditions().digest() != before
