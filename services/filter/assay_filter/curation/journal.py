"""What of a run is committed: chunks by stage, as the audit has them at one moment."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.domain.errors import RunStateError
from assay_filter.curation.parts import STAGE_FILES, digest_files
from assay_filter.curation.workspace import Workspace

HISTOGRAMS = ("formats", "types", "languages", "tokens")
BATCH = 1000


MAX_SOURCES = 100_000  # whose response lengths are kept apart; the rest share one histogram


class CommittedChunk(NamedTuple):
    """One chunk of one stage as committed; `source` is the position of its input."""

    ordinal: int
    first_sample: int
    num_samples: int
    part_sha256: str
    source: int
    fence: int


class Journal:
    """The committed chunks of one run and the sums of their figures.

    Memory: a few dozen bytes a chunk, and histograms that do not grow with the samples.
    """

    def __init__(self, engine: Engine, run_id: str) -> None:
        self.num_judged = 0
        self._chunks: defaultdict[str, list[CommittedChunk]] = defaultdict(list)
        self._totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._actions: Counter[tuple[str, str]] = Counter()
        self._reasons: Counter[tuple[str, str]] = Counter()
        self._lengths: defaultdict[str, Counter[int]] = defaultdict(Counter)
        chunk, run = tables.chunk, tables.run
        query = (
            select(
                chunk.c.stage,
                chunk.c.ordinal,
                chunk.c.first_sample,
                chunk.c.num_samples,
                chunk.c.part_sha256,
                chunk.c.summary,
                chunk.c.fence,
            )
            .where(chunk.c.run_id == run_id)
            .order_by(chunk.c.stage, chunk.c.ordinal)
        )
        with reading(engine) as connection:
            for row in connection.execution_options(yield_per=BATCH).execute(query):
                self._note(*row)
            head = connection.execute(select(run.c.chain_head).where(run.c.id == run_id)).scalar()
        self.is_closed = head is not None

    def _note(
        self,
        stage: str,
        ordinal: int,
        first_sample: int,
        num_samples: int,
        part_sha256: str,
        summary: str,
        fence: int,
    ) -> None:
        figures: Mapping[str, Any] = orjson.loads(summary)
        source = figures.get("source", 0)
        self._chunks[stage].append(
            CommittedChunk(ordinal, first_sample, num_samples, part_sha256, source, fence)
        )
        if stage == "rules":
            self._note_rules(figures)
        elif stage == "judge":
            self.num_judged += figures["judged"]
        elif stage == "decide":
            self._totals["outcomes"].update(figures["outcomes"])
            for outcome, reason, number in figures["reasons"]:
                self._reasons[outcome, reason] += number

    def _note_rules(self, figures: Mapping[str, Any]) -> None:
        for name in HISTOGRAMS:
            self._totals[name].update(figures[name])
        for rule, action, number in figures["actions"]:
            self._actions[rule, action] += number
        for name, counts in figures["lengths"].items():
            is_kept = name in self._lengths or len(self._lengths) < MAX_SOURCES
            kept = self._lengths[name if is_kept else ""]
            kept.update({int(length): number for length, number in counts.items()})

    def chunks(self, stage: str) -> Sequence[CommittedChunk]:
        """Return the committed chunks of a stage, in order."""
        return self._chunks[stage]

    def num_samples(self, stage: str) -> int:
        """Return how many samples have passed a stage."""
        return sum(chunk.num_samples for chunk in self._chunks[stage])

    def outcomes(self) -> dict[str, int]:
        """Return the number of samples per outcome among the decided."""
        return dict(self._totals["outcomes"])

    def reasons(self) -> list[tuple[str, str, int]]:
        """Return outcome, reason and number of samples, most frequent first."""
        ordered = sorted(self._reasons.items(), key=lambda item: (-item[1], item[0]))
        return [(outcome, reason, number) for (outcome, reason), number in ordered]

    def actions(self) -> dict[tuple[str, str], int]:
        """Return the number of samples per rule and action."""
        return dict(self._actions)

    def total(self, name: str) -> dict[str, int]:
        """Return the sum of one of the `rules` stage's histograms."""
        return dict(self._totals[name])

    def response_lengths(self) -> Mapping[str, Mapping[int, int]]:
        """Return source -> response length in tokens -> number of responses."""
        return self._lengths

    def check_files(self, workspace: Workspace, stages: Sequence[str] = tuple(STAGE_FILES)) -> None:
        """Refuse to go on over damaged files of these stages.

        Raises:
            RunStateError: a committed chunk's file is missing or is not what was committed.
        """
        for stage in stages:
            suffixes = STAGE_FILES[stage]
            for chunk in self._chunks[stage]:
                paths = [
                    workspace.part(stage, chunk.ordinal, chunk.fence, suffix) for suffix in suffixes
                ]
                missing = [path.name for path in paths if not path.is_file()]
                found = f"no {missing[0]}" if missing else digest_files(paths)
                if found != chunk.part_sha256:
                    raise RunStateError(
                        f"expected the files of chunk {chunk.ordinal} of stage {stage!r} in "
                        f"{str(workspace.work_dir)!r} with SHA-256 {chunk.part_sha256}, found "
                        f"{found}; the work folder was damaged: start again with --overwrite"
                    )
