"""One chunk of input lines, searched in a worker process: a pure function of lines and index.

Every line ends in one of four places: clean, flagged, contaminated, or unreadable (no sample in
it). A sample whose structure is unsound is searched all the same, as far as it holds texts.
"""

import base64
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from assay.datasets.adapters import Adapted, BadLine, adapt_line
from assay.datasets.canonical import record_bytes, sample_id, to_sample
from assay.datasets.lines import RawLine
from assay.domain.errors import InputError
from assay.domain.sample import JsonObject, JsonValue, Sample
from assay_filter.decontamination.contamination import DOCUMENTS, Contamination
from assay_filter.decontamination.index import EvalIndex
from assay_filter.decontamination.settings import DecontaminationSettings
from assay_filter.decontamination.storage import load_index
from assay_filter.decontamination.texts import lenient_sample


class Ending(StrEnum):
    """Where a line ends; the value is the name of its file."""

    CLEAN = "clean"
    FLAGGED = "flagged"
    CONTAMINATED = "contaminated"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ScreeningTask:
    """Some lines of one file, and the index to search them for."""

    index: Path
    settings: DecontaminationSettings
    file: str
    lines: Sequence[RawLine]


@dataclass(slots=True)
class BenchmarkTally:
    """What was found of one benchmark."""

    num_dropped: int = 0  # rows
    num_flagged: int = 0
    dropped_items: set[tuple[str, str]] = field(default_factory=set)  # split, id
    flagged_items: set[tuple[str, str]] = field(default_factory=set)

    def add(self, other: "BenchmarkTally") -> None:
        self.num_dropped += other.num_dropped
        self.num_flagged += other.num_flagged
        self.dropped_items |= other.dropped_items
        self.flagged_items |= other.flagged_items


@dataclass(slots=True)
class Tally:
    """Sums over lines; memory grows with the items found, not with the lines."""

    endings: Counter[Ending] = field(default_factory=Counter)
    rows_by_tier: Counter[str] = field(default_factory=Counter)  # by the best tier of each row
    rows_by_role: Counter[str] = field(default_factory=Counter)  # by where its best hit stands
    bad_lines: Counter[str] = field(default_factory=Counter)  # by input.* rule
    num_unsound: int = 0
    benchmarks: dict[str, BenchmarkTally] = field(
        default_factory=lambda: defaultdict(BenchmarkTally)
    )

    def add(self, other: "Tally") -> None:
        self.endings += other.endings
        self.rows_by_tier += other.rows_by_tier
        self.rows_by_role += other.rows_by_role
        self.bad_lines += other.bad_lines
        self.num_unsound += other.num_unsound
        for name, tally in other.benchmarks.items():
            self.benchmarks[name].add(tally)

    def add_row(self, sample: Sample, found: Sequence[Contamination]) -> Ending:
        """Count a sample; returns where it ends."""
        if not found:
            self.endings[Ending.CLEAN] += 1
            return Ending.CLEAN
        best = found[0]
        ending = Ending.CONTAMINATED if best.tier.drops else Ending.FLAGGED
        self.endings[ending] += 1
        self.rows_by_tier[best.tier.value] += 1
        at = best.spans[0].message
        self.rows_by_role["documents" if at == DOCUMENTS else sample.messages[at].role] += 1
        drops = {one.benchmark for one in found if one.tier.drops}
        for name in {one.benchmark for one in found}:
            self.benchmarks[name].num_dropped += name in drops
            self.benchmarks[name].num_flagged += name not in drops
        for one in found:
            tally = self.benchmarks[one.benchmark]
            items = tally.dropped_items if one.tier.drops else tally.flagged_items
            items.add((one.split, one.item_id))
        return ending


@dataclass(slots=True)
class Screened:
    """The output lines of a chunk by ending, in input order, each ended, and its sums."""

    lines: dict[Ending, bytes]
    tally: Tally


def run_screening(task: ScreeningTask) -> Screened:
    """Search a chunk."""
    index = _index(task.index, task.settings)
    adapted = [adapt_line(raw) for raw in task.lines]
    tally = Tally()
    lines: dict[Ending, list[bytes]] = defaultdict(list)
    samples = [_sample(one, tally) for one in adapted if isinstance(one, Adapted)]
    found = iter(zip(samples, index.find_many(samples), strict=True))
    for raw, one in zip(task.lines, adapted, strict=True):
        row = f"{task.file}:{raw.number}"
        if isinstance(one, BadLine):
            tally.endings[Ending.UNREADABLE] += 1
            tally.bad_lines[one.rule] += 1
            line, ending = _bad_line(raw, one, row), Ending.UNREADABLE
        else:
            sample, hits = next(found)
            ending = tally.add_row(sample, hits)
            line = _line(one, hits, row, ending)
        lines[ending].append(record_bytes(line) + b"\n")
    return Screened({ending: b"".join(parts) for ending, parts in lines.items()}, tally)


@lru_cache(maxsize=1)
def _index(path: Path, settings: DecontaminationSettings) -> EvalIndex:
    return load_index(path, settings)


def _sample(adapted: Adapted, tally: Tally) -> Sample:
    try:
        return to_sample(adapted.payload)
    except InputError:
        tally.num_unsound += 1
        return lenient_sample(adapted.payload)


def _line(adapted: Adapted, found: Sequence[Contamination], row: str, ending: Ending) -> JsonObject:
    given: dict[str, JsonValue] = {
        "id": adapted.id,
        "type": adapted.type.value,
        "language": adapted.language,
        "metadata": adapted.metadata or None,
        "source": adapted.source,
    }
    block = {
        "sample_id": sample_id(adapted.payload),
        "row": row,
        "outcome": ending.value,
        "reasons": list(dict.fromkeys(one.rule for one in found)),
        "hits": [one.to_json() for one in found],
    }
    kept = {key: value for key, value in given.items() if value is not None}
    return {**adapted.payload, **kept, "assay": block}


def _bad_line(raw: RawLine, bad: BadLine, row: str) -> JsonObject:
    data = raw.oversize.head if raw.oversize is not None else raw.data or b""
    try:
        content: dict[str, JsonValue] = {"raw": data.decode()}
    except UnicodeDecodeError:
        content = {"raw_base64": base64.b64encode(data).decode()}
    block = {"row": row, "outcome": Ending.UNREADABLE.value, "reasons": [bad.rule]}
    return {**content, "assay": {**block, "reason": bad.reason}}
