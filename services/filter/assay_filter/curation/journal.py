"""What of a run is committed: chunks by stage, read from the audit once and kept up to date."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Engine, select

from assay.audit import tables
from assay.audit.rows import ChunkRecord
from assay.domain.errors import RunStateError
from assay_filter.curation.workspace import Workspace

PART_STAGES = ("rules", "judge", "decide")


@dataclass(frozen=True, slots=True)
class CommittedChunk:
    """One chunk of one stage as committed."""

    ordinal: int
    first_sample: int
    num_samples: int
    part_sha256: str
    summary: Mapping[str, Any]


class Journal:
    """The committed chunks of one run."""

    def __init__(self, engine: Engine, run_id: str) -> None:
        self.digests: dict[str, tuple[str, int]] = {}  # input -> SHA-256, bytes
        self._chunks: defaultdict[str, list[CommittedChunk]] = defaultdict(list)
        chunk, run = tables.chunk, tables.run
        query = (
            select(
                chunk.c.stage,
                chunk.c.ordinal,
                chunk.c.first_sample,
                chunk.c.num_samples,
                chunk.c.part_sha256,
                chunk.c.summary,
            )
            .where(chunk.c.run_id == run_id)
            .order_by(chunk.c.stage, chunk.c.ordinal)
        )
        with engine.connect() as connection:
            for row in connection.execute(query):
                self._chunks[row.stage].append(
                    CommittedChunk(
                        row.ordinal,
                        row.first_sample,
                        row.num_samples,
                        row.part_sha256,
                        orjson.loads(row.summary),
                    )
                )
            state = connection.execute(select(run.c.state).where(run.c.id == run_id)).scalar()
        self.is_closed = state == "done"

    def add(self, record: ChunkRecord) -> None:
        """Note a chunk that was just committed."""
        self._chunks[record.stage].append(
            CommittedChunk(
                record.ordinal,
                record.first_sample,
                record.num_samples,
                record.part_sha256,
                orjson.loads(record.summary),
            )
        )

    def chunks(self, stage: str) -> Sequence[CommittedChunk]:
        """Return the committed chunks of a stage, in order."""
        return self._chunks[stage]

    def ordinals(self, stage: str) -> frozenset[int]:
        """Return which chunks of a stage are committed."""
        return frozenset(chunk.ordinal for chunk in self._chunks[stage])

    def num_samples(self, stage: str) -> int:
        """Return how many samples have passed a stage."""
        return sum(chunk.num_samples for chunk in self._chunks[stage])

    def outcomes(self) -> dict[str, int]:
        """Return the number of samples per outcome among the decided."""
        return dict(self._total("decide", "outcomes"))

    def reasons(self) -> list[tuple[str, str, int]]:
        """Return outcome, reason and number of samples, most frequent first."""
        counts: Counter[tuple[str, str]] = Counter()
        for chunk in self._chunks["decide"]:
            for outcome, reason, number in chunk.summary["reasons"]:
                counts[outcome, reason] += number
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [(outcome, reason, number) for (outcome, reason), number in ordered]

    def actions(self) -> dict[tuple[str, str], int]:
        """Return the number of samples per rule and action."""
        counts: Counter[tuple[str, str]] = Counter()
        for chunk in self._chunks["rules"]:
            for rule, action, number in chunk.summary["actions"]:
                counts[rule, action] += number
        return dict(counts)

    def total(self, name: str) -> dict[str, int]:
        """Return the sum of one of the `rules` stage's histograms."""
        return dict(self._total("rules", name))

    def response_lengths(self) -> dict[str, dict[int, int]]:
        """Return source -> response length in tokens -> number of responses."""
        lengths: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for chunk in self._chunks["rules"]:
            for source, counts in chunk.summary["lengths"].items():
                lengths[source].update({int(length): n for length, n in counts.items()})
        return {source: dict(counts) for source, counts in lengths.items()}

    def check_files(self, workspace: Workspace) -> None:
        """Refuse to go on over damaged files.

        Raises:
            RunStateError: a committed chunk's file is missing or is not what was committed.
        """
        for stage in PART_STAGES:
            for chunk in self._chunks[stage]:
                path = workspace.part(stage, chunk.ordinal, "jsonl.zst")
                found = (
                    hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
                )
                if found != chunk.part_sha256:
                    raise RunStateError(
                        f"expected {str(path)!r} with SHA-256 {chunk.part_sha256}, found {found}; "
                        "the work folder was damaged: start again with --overwrite"
                    )

    def _total(self, stage: str, name: str) -> Counter[str]:
        counts: Counter[str] = Counter()
        for chunk in self._chunks[stage]:
            counts.update(chunk.summary[name])
        return counts
