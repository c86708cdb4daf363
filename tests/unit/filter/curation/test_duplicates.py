"""Exact groups and near-duplicates joined: a copy shares the fate of its group's best member."""

from pathlib import Path

import numpy as np
import pytest

from assay.domain.sample import Message, Sample
from assay.domain.verdict import Outcome
from assay_filter.curation.duplicates import Link, link_duplicates
from assay_filter.curation.judge_stage import OUTCOMES
from assay_filter.curation.parts import JUDGE_DTYPE
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import dedup_text
from assay_filter.dedup.settings import DedupSettings

STORY = (
    "The lighthouse keeper climbed the stairs each evening and lit the great lamp for the ships."
)


def link(
    tmp_path: Path, samples: list[tuple[str, Outcome, int]], settings: DedupSettings | None = None
) -> dict[int, Link]:
    """Link samples given as (answer, outcome, first open copy), chunks of one sample each."""
    chosen = settings or DedupSettings()
    judged = np.zeros(len(samples), JUDGE_DTYPE)
    texts = []
    for position, (answer, outcome, first) in enumerate(samples):
        judged[position] = (OUTCOMES.index(outcome), -1, len(answer), b"en")
        if first == position and outcome in (Outcome.ACCEPTED, Outcome.BORDERLINE):
            messages = (
                Message("user", "Tell me about the lighthouse."),
                Message("assistant", answer),
            )
            texts.append(dedup_text(Sample(messages)))
    path = tmp_path / "block.features"
    compute_features(texts, chosen).save(path)
    firsts = np.array([first for _, _, first in samples], np.int64)
    found = link_duplicates([path], firsts, judged, chosen, num_threads=1)
    assert not found.guarded_of(0, len(samples))
    by_chunk = {o: edge for n in range(len(samples)) for o, edge in found.links_of(n, 1).items()}
    assert by_chunk == found.links_of(0, len(samples))
    assert set(np.flatnonzero(found.is_duplicate(len(samples))).tolist()) == set(by_chunk)
    return by_chunk


def test_copy_is_a_duplicate_of_the_first(tmp_path: Path) -> None:
    found = link(tmp_path, [(STORY, Outcome.ACCEPTED, 0), (STORY, Outcome.ACCEPTED, 0)])
    assert found == {1: Link(0, "exact", 1000, 1000)}


def test_better_copy_survives_its_representative(tmp_path: Path) -> None:
    found = link(tmp_path, [(STORY, Outcome.BORDERLINE, 0), (STORY, Outcome.ACCEPTED, 0)])
    assert found == {0: Link(1, "exact", 1000, 1000)}


def test_copies_of_a_rejected_sample_are_no_duplicates(tmp_path: Path) -> None:
    found = link(tmp_path, [(STORY, Outcome.REJECTED, 0), (STORY, Outcome.REJECTED, 0)])
    assert found == {}


def test_copy_shares_the_fate_of_a_near_duplicate(tmp_path: Path) -> None:
    longer = STORY.replace("great lamp", "great old lamp")
    found = link(
        tmp_path,
        [
            (STORY, Outcome.ACCEPTED, 0),
            (STORY, Outcome.ACCEPTED, 0),
            (longer, Outcome.ACCEPTED, 2),
        ],
    )
    assert set(found) == {0, 1}
    assert {edge.kept for edge in found.values()} == {2}
    assert {edge.method for edge in found.values()} == {"near"}


def test_exact_can_be_switched_off(tmp_path: Path) -> None:
    settings = DedupSettings(exact=False, near_exact=False, near=False, prompt_cap=0)
    found = link(tmp_path, [(STORY, Outcome.ACCEPTED, 0), (STORY, Outcome.ACCEPTED, 0)], settings)
    assert found == {}


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_compare(tmp_path: Path, count: int) -> None:
    found = link(tmp_path, [(STORY, Outcome.ACCEPTED, 0)] * count)
    assert found == {}
