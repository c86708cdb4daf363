"""Labelled pairs of real rows: what must be joined, and what must stay apart."""

import gzip
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from assay.domain.sample import Message, Sample
from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.engine import find_duplicates
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import dedup_text
from assay_filter.dedup.result import Members
from assay_filter.dedup.settings import DedupSettings
from assay_filter.dedup.verify import DIFFERENT, Limits, compare, make_table

SETTINGS = DedupSettings(prompt_cap=0)


@pytest.mark.shared_data
def test_labelled_pairs(shared_data: Path, tmp_path: Path) -> None:
    pairs = [
        json.loads(line)
        for file in sorted((shared_data / "dev").glob("dedup_pairs.*.jsonl.gz"))
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]
    assert len(pairs) > 1000
    samples = [
        Sample(tuple(Message(m["role"], m["content"]) for m in pair[side]["messages"]))
        for pair in pairs
        for side in ("a", "b")
    ]
    block = compute_features([dedup_text(sample) for sample in samples], SETTINGS)
    path = tmp_path / "pairs"
    block.save(path)
    count = len(samples)
    unknown = np.zeros(count, np.int16)
    members = Members(
        np.ones(count, bool), np.zeros(count, "u1"), np.zeros(count, "i4"),
        np.zeros(count, "i8"), unknown,
    )  # fmt: skip
    result = find_duplicates([path], members, SETTINGS)
    survivor = np.arange(count)
    survivor[result.edges["dropped"]] = result.edges["kept"]

    texts = Corpus([path], SETTINGS).texts(np.arange(count), unknown, np.ones(count, bool))
    table = make_table(texts)
    joined = defaultdict(list)
    for i, pair in enumerate(pairs):
        is_joined = bool(survivor[2 * i] == survivor[2 * i + 1])
        joined[pair["relation"]].append(is_joined)
        similar = compare(texts, 2 * i, 2 * i + 1, Limits(800, 10**9), table)
        same_numbers = block.guard[2 * i] == block.guard[2 * i + 1]
        if pair["relation"] == "near_duplicate" and similar[0] != DIFFERENT and same_numbers:
            joined["within reach"].append(is_joined)

    share = {relation: float(np.mean(found)) for relation, found in joined.items()}
    assert share["exact_duplicate"] == 1
    assert share["normalized_duplicate"] == 1
    assert len(joined["within reach"]) >= 50
    assert share["within reach"] >= 0.98
    assert share["not_duplicate"] <= 0.01
    assert share["same_prompt_different_response"] <= 0.01
