"""Running statistics by language: exact enough, bounded, and named by primary language."""

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay_rl_rewards.reward_model.statistics import (
    MAX_LANGUAGES,
    UNKNOWN_LANGUAGE,
    LanguageStatistics,
    Running,
    primary_language,
)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
@settings(max_examples=50)
def test_running_spread_is_that_of_all_values(values: list[float]) -> None:
    running = Running()
    for value in values:
        running.add(value)
    spread = running.spread()
    assert spread["count"] == len(values)
    assert math.isclose(spread["mean"], statistics.fmean(values), rel_tol=1e-9, abs_tol=1e-6)
    assert math.isclose(spread["std"], statistics.pstdev(values), rel_tol=1e-6, abs_tol=1e-3)


def test_small_spread_around_a_large_mean_is_not_lost() -> None:
    running = Running()
    for value in (1e9 + 1, 1e9 + 2, 1e9 + 3):
        running.add(value)
    assert math.isclose(running.spread()["std"], math.sqrt(2 / 3), rel_tol=1e-6)


def test_logits_are_counted_by_language() -> None:
    found = LanguageStatistics()
    for language, raw in (("de", 1.0), ("de-AT", 3.0), ("en", -1.0), (None, 5.0)):
        found.add(language, raw)
    assert found.as_dict() == {
        "de": {"count": 2, "mean": 2.0, "std": 1.0},
        "en": {"count": 1, "mean": -1.0, "std": 0.0},
        UNKNOWN_LANGUAGE: {"count": 1, "mean": 5.0, "std": 0.0},
    }


def test_made_up_languages_take_no_memory_without_end() -> None:
    found = LanguageStatistics()
    names = [f"{a}{b}" for a in "abcdefghijklm" for b in "abcdefghijklm"]
    for name in names:
        found.add(name, 1.0)
    assert len(found.as_dict()) <= MAX_LANGUAGES + 1
    assert sum(spread["count"] for spread in found.as_dict().values()) == len(names)


@pytest.mark.parametrize(
    ("tag", "name"),
    [("pt-BR", "pt"), ("PT_br", "pt"), (" de ", "de"), ("yue", "yue"), (None, "und"), ("", "und"),
     ("english", "und"), ("1a", "und"), ("\u0434\u0435", "und"), ("x" * 10_000, "und")],
)  # fmt: skip
def test_tag_is_read_for_its_language(tag: str | None, name: str) -> None:
    assert primary_language(tag) == name
