from collections.abc import Iterable

import pytest

from assay_rl_rewards.answers import time_words
from assay_rl_rewards.answers.time_words import MONTHS, UNITS, WEEKDAYS, fold_time


def _clashes(lines: Iterable[tuple[object, str]]) -> list[str]:
    meaning: dict[str, object] = {}
    return [
        name
        for value, names in lines
        for name in map(fold_time, names.split())
        if meaning.setdefault(name, value) != value
    ]


def test_one_word_has_one_meaning_in_its_table() -> None:
    assert _clashes(enumerate(time_words._MONTHS)) == []
    assert _clashes(enumerate(time_words._WEEKDAYS)) == []
    assert _clashes(time_words._UNITS.items()) == []


@pytest.mark.parametrize(
    ("months", "number"),
    [
        ("January Januar enero janvier janeiro leden gennaio januari يناير", 1),
        ("August agosto août srpen augustus أغسطس", 8),
        ("October Oktober octubre octobre outubro říjen ottobre oktober أكتوبر", 10),
    ],
)
def test_months_of_the_languages_that_name_them(months: str, number: int) -> None:
    assert {MONTHS.get(fold_time(name)) for name in months.split()} == {number}


def test_every_day_of_the_week_is_named_in_twelve_languages() -> None:
    names = {number: [n for n, v in WEEKDAYS.items() if v == number] for number in range(7)}
    assert all(len(known) >= 12 for known in names.values())


def test_units_cover_the_scripts() -> None:
    assert {UNITS[fold_time(word)] for word in ("Tage", "días", "أيام", "天", "일", "dní")} == {
        "day"
    }


def test_folding_takes_case_accents_and_scripts_away() -> None:
    assert fold_time("ÚNOR ٢٠٢٤ ２") == "unor 2024 2"
