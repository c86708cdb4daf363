from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pytest

from assay.domain.sample import Message, Sample
from assay_filter.dedup.engine import find_duplicates
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import dedup_text
from assay_filter.dedup.result import Edge, Flag, Members
from assay_filter.dedup.settings import DedupSettings


class Found(NamedTuple):
    edges: dict[int, Edge]
    flags: list[Flag]
    survivors: list[int]


class Deduplicate(Protocol):
    def __call__(
        self,
        samples: Sequence[Sample],
        *,
        settings: DedupSettings = ...,
        num_blocks: int = ...,
        num_threads: int = ...,
        kept: Sequence[bool] | None = ...,
        rank: Sequence[int] | None = ...,
        score: Sequence[int] | None = ...,
        language: Sequence[int] | None = ...,
    ) -> Found: ...


@pytest.fixture
def deduplicate(tmp_path: Path) -> Deduplicate:
    """Runs the whole path: features in files, then the global step."""

    def run(
        samples: Sequence[Sample],
        *,
        settings: DedupSettings | None = None,
        num_blocks: int = 1,
        num_threads: int = 1,
        kept: Sequence[bool] | None = None,
        rank: Sequence[int] | None = None,
        score: Sequence[int] | None = None,
        language: Sequence[int] | None = None,
    ) -> Found:
        settings = settings or DedupSettings()
        texts = [dedup_text(sample) for sample in samples]
        cuts = np.linspace(0, len(texts), num_blocks + 1).astype(int)
        paths = []
        for i in range(num_blocks):
            paths.append(tmp_path / f"{i:03d}.features")
            compute_features(texts[cuts[i] : cuts[i + 1]], settings).save(paths[-1])
        count = len(texts)
        members = Members(
            np.array([True] * count if kept is None else kept, np.bool_),
            np.array([0] * count if rank is None else rank, np.uint8),
            np.array([-1] * count if score is None else score, np.int32),
            np.array([len(text.query) + len(text.response) for text in texts], np.int64),
            np.array([0] * count if language is None else language, np.int16),
        )
        result = find_duplicates(paths, members, settings, num_threads=num_threads)
        edges = {edge.dropped: edge for edge in result.iter_edges()}
        survivors = [i for i in range(count) if members.kept[i] and i not in edges]
        return Found(edges, list(result.iter_flags()), survivors)

    return run


class Talk(Protocol):
    def __call__(self, prompt: str, answer: str) -> Sample: ...


@pytest.fixture
def talk() -> Talk:
    def make(prompt: str, answer: str) -> Sample:
        return Sample((Message("user", prompt), Message("assistant", answer)))

    return make
