"""Splitting a list of samples into two runs, the second set against the first."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.indexed_runs import IndexedRuns, Text, sample_of

from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import dedup_text
from assay_filter.dedup.settings import DedupSettings
from assay_filter.dedup.verify import Limits, compare, make_table

ANSWERS = [
    "The keeper lit the lamp at dusk, and the ships found their way home before the storm came.",
    "Yeast feeds on the sugar of the dough and fills it with gas, and so the bread will rise.",
    "A comet is a ball of ice and dust, and its tail always points away from the warm sun.",
    "Copper conducts heat well, which is why good pans are made of it and why cables are too.",
]
CHANGES = ["", " indeed", " as people say", " in the end", " and that is all there is to say of it"]
many_runs = itertools.count()

exact = st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=8)
near = st.lists(
    st.tuples(st.sampled_from(ANSWERS), st.sampled_from(CHANGES), st.integers(0, 60)).map(
        lambda made: made[0][: made[2]] + made[1] + made[0][made[2] :]
    ),
    min_size=1,
    max_size=8,
)
lenient = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def texts_of(answers: list[str]) -> list[Text]:
    return [("Tell me something that I do not know yet, in one sentence.", a) for a in answers]


@lenient
@given(exact, st.integers(0, 8))
def test_exact_copies_leave_the_same_set(runs: IndexedRuns, answers: list[str], cut: int) -> None:
    texts = texts_of(answers)
    whole = runs.run(f"whole{next(many_runs)}", texts, None)
    name = f"first{next(many_runs)}"
    first = runs.run(name, texts[:cut], None)
    second = runs.run(f"second{next(many_runs)}", texts[cut:], [name])
    split = {texts[i] for i in first.survivors} | {texts[cut + i] for i in second.survivors}
    assert split == {texts[i] for i in whole.survivors}
    assert len(first.survivors) + len(second.survivors) == len(whole.survivors)


@lenient
@given(near, st.integers(0, 8))
def test_near_copies_leave_with_a_verified_partner(
    runs: IndexedRuns, answers: list[str], cut: int
) -> None:
    texts = texts_of(answers)
    name = f"first{next(many_runs)}"
    first = runs.run(name, texts[:cut], None)
    second = runs.run(f"second{next(many_runs)}", texts[cut:], [name])
    for ordinal, link in second.links.items():
        assert link.partner is not None and link.partner.run_id == name
        assert link.partner.ordinal in first.survivors
        mine, other = texts[cut + ordinal], texts[link.partner.ordinal]
        if link.method == "near":
            found = similarity(runs.folder, mine, other)
            assert found == (link.context_similarity, link.response_similarity)
            assert min(found) >= 800
        else:
            assert link.method == "exact" and mine == other
    assert_nothing_was_missed(runs, texts, cut, first.survivors, second.survivors)


def assert_nothing_was_missed(
    runs: IndexedRuns, texts: list[Text], cut: int, first: list[int], second: list[int]
) -> None:
    """No pair of survivors across the runs is so similar that all bands together could miss it."""
    for i, j in itertools.product(first, second):
        context, response = similarity(runs.folder, texts[i], texts[cut + j])
        assert min(context, response) < 950


def similarity(folder: Path, mine: Text, other: Text) -> tuple[int, int]:
    """Context and response similarity by the texts themselves, whatever the level."""
    chosen = DedupSettings()
    path = folder / "pair.features"
    found = compute_features([dedup_text(sample_of(text)) for text in (mine, other)], chosen)
    found.save(path)
    texts = Corpus([path], chosen).texts(np.arange(2), np.zeros(2, np.int16), np.ones(2, np.bool_))
    return compare(texts, 0, 1, Limits(1, 1 << 40), make_table(texts))


@pytest.mark.parametrize("num_blocks", [1, 2, 5])
def test_chunks_do_not_matter(runs: IndexedRuns, num_blocks: int) -> None:
    texts = texts_of([a + c for c in CHANGES for a in ANSWERS])
    runs.run("one", texts[:8], None)
    found = runs.run("two", texts[8:], ["one"], num_blocks=num_blocks)
    assert found.links == runs.run("three", texts[8:], ["one"]).links
    assert len(found.links) > 5
