"""The aims on labelled leaks, with the shipped settings."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.filter.decontamination.conftest import says

from assay.datasets.sources import expand_inputs
from assay_filter.decontamination.contamination import Contamination
from assay_filter.decontamination.index import EvalIndex
from assay_filter.decontamination.settings import DecontaminationSettings
from assay_filter.decontamination.storage import build_index
from assay_filter.decontamination.texts import lenient_sample

OWN_ITEMS = ("arena_hard", "mt_bench_101")  # these rows are benchmark items themselves

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def index(shared_data: Path) -> EvalIndex:
    return build_index(
        expand_inputs([str(shared_data / "leakage")]).sources, DecontaminationSettings()
    )


def rows(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob(pattern)):
        yield from map(json.loads, gzip.decompress(path.read_bytes()).splitlines())


def worst(found: tuple[Contamination, ...]) -> str:
    return found[0].action if found else "none"


def test_labelled_leaks_are_found_and_clean_rows_are_not(
    index: EvalIndex, shared_data: Path
) -> None:
    labelled = list(rows(shared_data / "dev", "contamination.*.jsonl.gz"))
    found = index.find_many([lenient_sample(row) for row in labelled])
    actions = defaultdict(list)
    for row, hits in zip(labelled, found, strict=True):
        actions[row["labels"]["kind"]].append(worst(hits))
        if row["labels"]["kind"] in ("verbatim", "embedded"):
            benchmark, _, number = row["labels"]["benchmark"].partition("/")
            assert (benchmark, number) in {(hit.benchmark, hit.item_id) for hit in hits}
    assert set(actions["verbatim"]) == {"drop"}
    assert share(actions["embedded"], "drop") >= 0.98
    assert 1 - share(actions["clean_same_domain"], "none") <= 0.005


def test_unrelated_rows_are_left_alone(index: EvalIndex, shared_data: Path) -> None:
    general = list(rows(shared_data / "dev", "general_*.jsonl.gz"))
    found = index.find_many([lenient_sample(row) for row in general])
    others = [worst(h) for r, h in zip(general, found, strict=True) if r["source"] not in OWN_ITEMS]
    own = [worst(h) for r, h in zip(general, found, strict=True) if r["source"] in OWN_ITEMS]
    assert 1 - share(others, "none") <= 0.005
    assert set(own) == {"drop"}


def test_leaked_items_under_thirteen_words_are_found(index: EvalIndex, shared_data: Path) -> None:
    items = list(rows(shared_data / "leakage", "benchmarks.*.jsonl.gz"))
    short = [item["prompt"] for item in items if len(item["prompt"].split()) < 13]
    alone = index.find_many([says(prompt, "Sure.") for prompt in short])
    inside = index.find_many([says(f"A task for you.\n\n{p}\n\nThank you.", "No.") for p in short])
    assert share(list(map(worst, alone)), "drop") >= 0.98
    assert 1 - share(list(map(worst, inside)), "none") >= 0.94


def share(actions: list[str], wanted: str) -> float:
    return actions.count(wanted) / len(actions)
