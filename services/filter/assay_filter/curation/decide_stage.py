"""Stage `decide`: every sample of a chunk ends, and its line for the outcome files is written.

What its end depends on beyond the chunk (verdicts of exact copies, duplicates) was found by the
stage before, over the whole run, and comes with the task.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson
from sqlalchemy import Connection, select

from assay.audit import tables
from assay.audit.rows import ChunkRecord, RowCells, leaves_of
from assay.domain.judgement import Judgement
from assay.domain.rubric import Rubric
from assay.domain.verdict import Outcome
from assay_filter.curation.duplicates import Link
from assay_filter.curation.judge_stage import OUTCOMES
from assay_filter.curation.judgement_rows import load_judgements
from assay_filter.curation.outcome_lines import write_blocks
from assay_filter.curation.parts import digest_files, read_part
from assay_filter.curation.rendering import Rendering
from assay_filter.curation.rules_stage import event_rows, pack
from assay_filter.curation.verdicts import Policy, decide_sample, outcome_of, verdict_record
from assay_filter.screening import Hit

STAGE = "decide"
SQL_BATCH = 500
FAILED: Mapping[str, Any] = {"reasons": ["judge.error"], "basis": "error", "defects": []}


@dataclass(frozen=True, slots=True)
class Shared:
    """What an exact copy takes over from the sample that was judged."""

    judgements: Sequence[Judgement]
    drops: Sequence[str]
    caps: Sequence[str]
    error: bool


@dataclass(frozen=True, slots=True)
class SettledCopy:
    """An exact copy before deduplication: its outcome and what its line will say."""

    outcome: Outcome
    ending: Mapping[str, Any]

    @property
    def overall(self) -> int | None:
        """The overall score in thousandths."""
        overall: int | None = self.ending.get("overall")
        return overall


class KeptName(NamedTuple):
    """How a survivor is called in its duplicates' records."""

    sample_id: str
    file: str
    line: int


class EarlierName(NamedTuple):
    """A sample of an earlier run that was kept there, and how like it is (thousandths).

    `run` is empty where the index has forgotten it meanwhile, at a person's wish.
    """

    run: str
    ordinal: int
    sample_id: str
    method: str
    context_similarity: int
    response_similarity: int


class Semantics(Protocol):
    """What the semantic tier found of a chunk's samples."""

    def end(self, ordinal: int, ending: dict[str, Any]) -> list[Hit]:
        """Note it in a sample's ending; return what the audit says of it."""


@dataclass(frozen=True, slots=True)
class DecideTask:
    """One chunk with all that its samples' ends depend on, by ordinal."""

    ordinal: int
    first_sample: int
    file: str
    judge: str
    rubric: str
    rules_part: Path
    judge_part: Path
    part: Path
    outcomes: Sequence[int]  # positions in OUTCOMES before deduplication, by position
    judged_as: Sequence[int]  # first open copy, by position; -1 where the rules closed the sample
    copies: Mapping[int, SettledCopy]
    links: Mapping[int, Link]
    guarded: Mapping[int, int]
    kept_names: Mapping[int, KeptName]
    earlier: Mapping[int, EarlierName]
    similar: Semantics | None = None  # what the semantic tier found, where the run has it


def load_shared(connection: Connection, run_id: str, ordinals: Sequence[int]) -> dict[int, Shared]:
    """Return what was judged under `ordinals`, to be shared by their copies."""
    judgements = load_judgements(connection, run_id, ordinals)
    hits: dict[int, list[tuple[str, str]]] = {ordinal: [] for ordinal in ordinals}
    for start in range(0, len(ordinals), SQL_BATCH):
        batch = list(ordinals[start : start + SQL_BATCH])
        event = tables.event
        for row in connection.execute(
            select(event.c.ordinal, event.c.rule, event.c.action).where(
                event.c.run_id == run_id, event.c.stage == "judge", event.c.ordinal.in_(batch)
            )
        ):
            hits[row.ordinal].append((row.rule, row.action))
    return {
        ordinal: Shared(
            judgements[ordinal],
            [rule for rule, action in hits[ordinal] if action == "drop"],
            [rule for rule, action in hits[ordinal] if action == "flag"],
            any(action == "error" for _, action in hits[ordinal]),
        )
        for ordinal in ordinals
    }


def load_names(connection: Connection, run_id: str, ordinals: Sequence[int]) -> dict[int, KeptName]:
    """Return how the survivors of duplicates are called."""
    names: dict[int, KeptName] = {}
    sample = tables.sample
    for start in range(0, len(ordinals), SQL_BATCH):
        batch = list(ordinals[start : start + SQL_BATCH])
        for row in connection.execute(
            select(sample.c.ordinal, sample.c.sample_id, sample.c.file, sample.c.line).where(
                sample.c.run_id == run_id, sample.c.ordinal.in_(batch)
            )
        ):
            names[row.ordinal] = KeptName(row.sample_id, row.file, row.line)
    return names


def settle_copy(
    record: Mapping[str, Any], shared: Shared, rubric: Rubric, policy: Policy
) -> SettledCopy:
    """Decide an exact copy on the judgement that it shares and its own flags."""
    if shared.error:
        return SettledCopy(Outcome.ERROR, FAILED)
    decided = decide_sample(
        shared.judgements,
        rubric,
        policy,
        drops=shared.drops,
        caps=[*record["caps"], *shared.caps],
    )
    return SettledCopy(outcome_of(decided.verdict), verdict_record(decided, shared.judgements))


def run_decide(task: DecideTask) -> ChunkRecord:
    """End every sample of a chunk: write its lines, return the audit record."""
    endings = []
    rendering = Rendering(task.file, task.judge, task.rubric)
    rows: dict[str, list[RowCells]] = {
        "duplicate": [],
        "earlier_duplicate": [],
        "decision": [],
        "event": [],
    }
    parts = zip(read_part(task.rules_part), read_part(task.judge_part), strict=True)
    for position, (record, light) in enumerate(parts):
        ordinal = task.first_sample + position
        copy = task.copies.get(ordinal)
        ending = dict(light if copy is None else copy.ending)
        ending["outcome"] = OUTCOMES[task.outcomes[position]].value
        link = task.links.get(ordinal)
        if link is not None:
            rows["duplicate"].append((ordinal, *link))
            _end_as_duplicate(ending, link, task.kept_names[link.kept])
        before = task.earlier.get(ordinal)
        if before is not None:
            rows["earlier_duplicate"].append((ordinal, *before))
            _end_as_earlier(ending, before)
        other = task.guarded.get(ordinal)
        hits = [] if other is None else [_guard_note(other)]
        if task.similar is not None:
            hits += task.similar.end(ordinal, ending)
        rows["event"] += event_rows(STAGE, ordinal, hits)
        judged_as = task.judged_as[position]
        rows["decision"].append(
            _decision_row(ordinal, ending, judged_as if judged_as not in (ordinal, -1) else None)
        )
        endings.append(ending)
        rendering.add(record, ending)
    write_blocks(task.part, rendering.lines, rendering.figures())
    return ChunkRecord(
        stage=STAGE,
        ordinal=task.ordinal,
        first_sample=task.first_sample,
        num_samples=len(endings),
        part_sha256=digest_files((task.part,)),
        summary=_summary(endings),
        measures=pack([]),
        rows=rows,
        leaves=leaves_of(STAGE, rows),
    )


def _end_as_duplicate(ending: dict[str, Any], link: Link, kept: KeptName) -> None:
    ending["outcome"] = Outcome.DUPLICATE.value
    ending["reasons"] = [f"dedup.{link.method}"]
    ending["duplicate_of"] = {
        "sample_id": kept.sample_id,
        "row": f"{kept.file}:{kept.line}",
        "context_similarity": link.context_similarity,
        "response_similarity": link.response_similarity,
    }


def _end_as_earlier(ending: dict[str, Any], kept: EarlierName) -> None:
    ending["outcome"] = Outcome.DUPLICATE.value
    ending["reasons"] = [f"dedup.{kept.method}"]
    ending["duplicate_of"] = {
        "sample_id": kept.sample_id,
        "run": kept.run,
        "context_similarity": kept.context_similarity,
        "response_similarity": kept.response_similarity,
    }


def _guard_note(other: int) -> Hit:
    return Hit(
        "dedup.guard",
        1,
        "note",
        f"reads like sample {other} of this run, but numbers or identifiers differ: both kept",
    )


def _decision_row(ordinal: int, ending: Mapping[str, Any], judged_as: int | None) -> RowCells:
    return (
        ordinal,
        ending["outcome"],
        ending.get("overall"),
        ending.get("weight_covered"),
        ending["basis"],
        orjson.dumps(ending["reasons"]).decode(),
        judged_as,
    )


def _summary(endings: Sequence[Mapping[str, Any]]) -> str:
    outcomes = Counter(ending["outcome"] for ending in endings)
    reasons = Counter(
        (ending["outcome"], reason) for ending in endings for reason in ending["reasons"]
    )
    body = {
        "outcomes": outcomes,
        "reasons": [[outcome, reason, n] for (outcome, reason), n in sorted(reasons.items())],
    }
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()
