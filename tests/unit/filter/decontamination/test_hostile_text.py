"""Hostile texts of a megabyte take about a second, whatever the index holds."""

import time

import pytest
from tests.unit.filter.decontamination.conftest import QUESTIONS, MakeIndex, says

from assay_filter.decontamination.index import EvalIndex

SIZE = 1_000_000
LIGHTHOUSE = QUESTIONS["en"]
FAMILY = [
    f"not ( true ) and {'not ' * (n % 7)}( false ) or ( {'true and ' * (n % 11)} false ) is {n}"
    for n in range(300)
]
TEXTS = {
    "one word": "the ",
    "one gram": "a lighthouse keeper climbs 217 ",
    "one question": LIGHTHOUSE,
    "a family's words": "not ( true ) and ( false ) or not ",
    "a family": " ".join(FAMILY[:40]),
    "a fragment and a gap": " ".join(LIGHTHOUSE.split()[:6]) + " x" * 14 + " ",
    "combining marks": "\u0301",
    "letter and mark": "a\u0301",
    "operators": "* ",
    "stars": "*",
    "blanks": " ",
    "apostrophes": "a'",
    "long expansion": "\ufdfa",
    "ideographs": "灯塔",
    "half characters": "\ud800",
    "invisible": "a\u200b",
}


@pytest.fixture(scope="module")
def index(make_index: MakeIndex) -> EvalIndex:
    long = " ".join(f"word{n} stands at place {n}" for n in range(3000))
    index = make_index([*QUESTIONS.values(), *FAMILY, "ha " * 5000, long])
    index.find(says(LIGHTHOUSE))
    return index


@pytest.mark.parametrize("name", list(TEXTS))
def test_a_megabyte_takes_about_a_second(index: EvalIndex, name: str) -> None:
    text = (TEXTS[name] * (SIZE // len(TEXTS[name]) + 1))[:SIZE]
    begun = time.process_time()
    found = index.find(says(text))
    assert time.process_time() - begun < 3
    assert len(found) <= index.settings.max_hits


def test_question_in_a_megabyte_of_its_own_words_is_found(index: EvalIndex) -> None:
    noise = " ".join(sorted(LIGHTHOUSE.split())) + " "
    half = noise * (SIZE // 2 // len(noise))
    found = index.find(says(half + LIGHTHOUSE + " " + half))
    assert found[0].item_id == "0"
    assert found[0].spans[0].start == len(half)
