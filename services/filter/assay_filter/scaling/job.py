"""What every task of a large run knows, and how it finds the files of a chunk.

A chunk's files carry the number of the attempt that wrote them, as elsewhere the fence: a task that
an engine runs twice, or that goes on though it was given up, writes over nobody's files. The number
reaches later steps with the result of the attempt that counted.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from assay.domain.rubric import Rubric
from assay_filter.curation.open_judges import JudgeFactory
from assay_filter.curation.verdicts import Policy
from assay_filter.curation.workspace import Workspace
from assay_filter.dedup.settings import DedupSettings
from assay_filter.pipeline import Pipeline

ATTEMPT_BITS = 48
CHUNKS_PER_FOLDER = 1000


@dataclass(frozen=True, slots=True)
class Layout:
    """Which chunk holds a sample; `firsts`: the first sample of each chunk (8 bytes a chunk)."""

    firsts: NDArray[np.int64]

    def chunks_of(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the chunk of each sample."""
        return np.searchsorted(self.firsts, ordinals, side="right") - 1


@dataclass(frozen=True, slots=True)
class Job:
    """The configuration of a run; `pipeline` and `rubric` are JSON."""

    out_dir: str
    pipeline: str
    rubric: str
    rubric_sha256: str
    judge: JudgeFactory | None
    judge_name: str
    judge_version: str
    max_expansion: int | None = None  # how many times its size an input may expand
    layout: Layout = field(default_factory=lambda: Layout(np.zeros(0, np.int64)))
    num_parts: int = 1

    @property
    def work_dir(self) -> Path:
        return self.workspace.work_dir

    @property
    def workspace(self) -> Workspace:
        return Workspace.of_run(self.out_dir)

    @property
    def dedup(self) -> DedupSettings:
        return parse_pipeline(self.pipeline).dedup

    @property
    def policy(self) -> Policy:
        """What verdicts of this run are made by, apart from the rubric."""
        pipeline = parse_pipeline(self.pipeline)
        return Policy(pipeline.accept_without_score, pipeline.on_bad_turn)

    def place(self, ordinal: int, name: str) -> Path:
        """Return the path of a file about a chunk; a folder holds those of a thousand chunks."""
        folder = self.work_dir / f"{ordinal // CHUNKS_PER_FOLDER:05d}"
        folder.mkdir(exist_ok=True)
        return folder / name

    def laid_out(self, layout: Layout, num_parts: int) -> "Job":
        """Return the job once the chunks are known."""
        return replace(self, layout=layout, num_parts=num_parts)

    def part_of_samples(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the part in which the mail of these samples' chunks is written."""
        span = -(-len(self.layout.firsts) // self.num_parts)
        return self.layout.chunks_of(ordinals) // max(1, span)


@dataclass(frozen=True, slots=True)
class ChunkAt:
    """A chunk and where its files are: by stage and by name of mail, the attempt that wrote them.

    `cut`: attempt, source and position there of the file that holds its lines.
    """

    ordinal: int
    source: int
    file: str
    first_sample: int
    num_samples: int
    cut: tuple[int, int, int]
    attempts: Mapping[str, int] = field(default_factory=dict)
    mail: Mapping[str, int] = field(default_factory=dict)

    @property
    def own(self) -> NDArray[np.int64]:
        """The ordinals of its samples."""
        return np.arange(self.first_sample, self.first_sample + self.num_samples)

    def to_json(self) -> bytes:
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, body: bytes) -> "ChunkAt":
        cells = orjson.loads(body)
        return cls(**{**cells, "cut": tuple(cells["cut"])})

    def after(self, stage: str, attempt: int) -> "ChunkAt":
        """Return the chunk with a stage done."""
        return replace(self, attempts={**self.attempts, str(stage): attempt})

    def with_mail(self, name: str, attempt: int | None) -> "ChunkAt":
        """Return the chunk with what was delivered to it, if anything was."""
        return self if attempt is None else replace(self, mail={**self.mail, name: attempt})

    def path(self, job: Job, stage: str, suffix: str) -> Path:
        """Return a file that a stage left."""
        name = f"{stage}-{self.ordinal:06d}-{self.attempts[stage]}.{suffix}"
        return job.place(self.ordinal, name)


def new_attempt() -> int:
    """Return a number that no other attempt has."""
    return secrets.randbits(ATTEMPT_BITS)


@lru_cache(maxsize=1)
def parse_pipeline(body: str) -> Pipeline:
    """Return the pipeline of a job."""
    return Pipeline.model_validate_json(body)


@lru_cache(maxsize=1)
def parse_rubric(body: str) -> Rubric:
    """Return the rubric of a job."""
    return Rubric.model_validate_json(body)


def part_column(parts: "np.ndarray[Any, Any]") -> pa.Array:
    """Return the column that brings rows together."""
    return pa.array(parts.astype(np.int64))
