"""Stage `rules`: one chunk of input lines through the rules, in a worker process.

A pure function of the lines and the pipeline; it writes the chunk's part and array and returns the
audit rows, which the caller commits.
"""

import base64
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import zstandard

from assay.audit.rows import ChunkRecord, RowCells, leaves_of
from assay.datasets.json_text import dump_json
from assay.datasets.lines import RawLine
from assay.domain.action import Edit, Place
from assay.verifiers.language import message_language
from assay.verifiers.patterns import forget_states
from assay.verifiers.tokens import estimate_tokens
from assay.verifiers.view import View
from assay_filter.curation.heap import give_back_memory
from assay_filter.curation.parts import RULES_DTYPE, digest_files, write_array, write_part
from assay_filter.decontamination.hits import to_hits
from assay_filter.decontamination.index import EvalIndex
from assay_filter.decontamination.settings import DecontaminationSettings
from assay_filter.decontamination.storage import load_index
from assay_filter.dedup.keys import canonical_content, exact_key
from assay_filter.pipeline import Pipeline, build_rules
from assay_filter.screening import Hit, RuleSet, Screened, quarantine, screen

STAGE = "rules"
MAX_SOURCES = 1000  # histograms of response lengths are kept for this many sources a chunk
MAX_REASON_CHARS = 500
SAMPLES_PER_MEMORY = 10_000  # of what patterns keep of texts: a worker's memory stays level
_LOW_64 = (1 << 64) - 1
_screened_since = 0


@dataclass(frozen=True, slots=True)
class RulesTask:
    """One chunk of input lines; `pipeline` is canonical JSON.

    `poison`: positions of lines that ended the process that screened them.
    """

    pipeline: str
    ordinal: int
    first_sample: int
    source: int
    file: str
    lines: Sequence[RawLine]
    part: Path
    array: Path
    poison: frozenset[int] = frozenset()
    evaluation: tuple[str, str] | None = None  # index of evaluation items, and JSON of settings


def run_rules(task: RulesTask) -> ChunkRecord:
    """Screen a chunk and return its audit record."""
    _forget_now_and_then(len(task.lines))
    found = _Found(task)
    found.add(range(len(task.lines)))
    write_part(task.part, found.records)
    write_array(task.array, found.array)
    return ChunkRecord(
        stage=STAGE,
        ordinal=task.ordinal,
        first_sample=task.first_sample,
        num_samples=len(task.lines),
        part_sha256=digest_files((task.part, task.array)),
        summary=found.summary.to_json(task.source),
        measures=pack(found.measures),
        rows=found.rows,
        leaves=leaves_of(STAGE, found.rows),
    )


def _forget_now_and_then(num_lines: int) -> None:
    global _screened_since
    _screened_since += num_lines
    if _screened_since > SAMPLES_PER_MEMORY:
        _screened_since = 0
        forget_states()
        give_back_memory()


def try_line(task: RulesTask, position: int) -> None:
    """Take one line of a chunk through the stage and forget the result.

    To see whether the process survives it.
    """
    found = _Found(task)
    found.add([position])
    dump_json(found.records[0])
    leaves_of(STAGE, found.rows)
    pack(found.measures)


def event_rows(stage: str, ordinal: int, hits: Sequence[Hit]) -> list[RowCells]:
    """Return the event rows of one sample's hits."""
    return [_event_row(stage, ordinal, seq, hit) for seq, hit in enumerate(hits)]


def pack(measures: Sequence[Mapping[str, float]]) -> bytes:
    """Return measured values compactly: zstd JSON, one object a sample."""
    return zstandard.ZstdCompressor(level=3).compress(orjson.dumps(measures))


class _Found:
    """What screening the lines of a chunk gives, line by line."""

    def __init__(self, task: RulesTask) -> None:
        self._task = task
        self._rules = _rules(task.pipeline)
        self.summary = _Summary()
        self.array = np.zeros(len(task.lines), RULES_DTYPE)
        self.rows: dict[str, list[RowCells]] = {"sample": [], "event": []}
        self.records: list[Mapping[str, Any]] = []
        self.measures: list[Mapping[str, float]] = []

    def add(self, positions: Sequence[int]) -> None:
        """Screen lines and keep what is found, in order."""
        screened = [self._screen(position) for position in positions]
        self._decontaminate(screened)
        for position, one in zip(positions, screened, strict=True):
            self._keep(position, one)

    def _screen(self, position: int) -> Screened:
        raw = self._task.lines[position]
        return quarantine(raw) if position in self._task.poison else screen(raw, self._rules)

    def _decontaminate(self, screened: Sequence[Screened]) -> None:
        """Look for evaluation items in all samples at once; what is found is a rule's hit."""
        if self._task.evaluation is None:
            return
        index = _index(*self._task.evaluation)
        found = [one for one in screened if one.sample is not None]
        samples = [one.sample for one in found if one.sample is not None]
        for one, contaminations in zip(found, index.find_many(samples), strict=True):
            one.hits += to_hits(contaminations)

    def _keep(self, position: int, screened: Screened) -> None:
        task, ordinal = self._task, self._task.first_sample + position
        attributes = _attributes(screened)
        self.records.append(_record(screened, attributes))
        self.rows["sample"].append(_sample_row(ordinal, task.file, screened, attributes))
        self.rows["event"] += event_rows(STAGE, ordinal, screened.hits)
        self.measures.append({name: round(value, 4) for name, value in screened.measures.items()})
        key, is_open = int(attributes.exact_key or "0", 16), attributes.is_open
        self.array[position] = (key >> 64, key & _LOW_64, is_open, task.source, screened.line)
        self.summary.add(screened, attributes)


@dataclass(frozen=True, slots=True)
class _Attributes:
    language: str | None
    num_tokens: int
    response_tokens: Sequence[int]
    exact_key: str
    is_open: bool


def _attributes(screened: Screened) -> _Attributes:
    if screened.sample is None or screened.view is None:
        return _Attributes(None, 0, (), "", False)
    view = screened.view
    tokens = [estimate_tokens(message.content or "") for message in view.messages]
    turns = view.assistant_turns
    failed = any(hit.action in ("drop", "error") for hit in screened.hits)
    return _Attributes(
        language=screened.sample.language or _language(view),
        num_tokens=sum(tokens),
        response_tokens=[tokens[i] for i in turns],
        exact_key=exact_key(canonical_content(screened.sample)).hex(),
        is_open=not failed,
    )


def _language(view: View) -> str | None:
    turns = view.assistant_turns
    return message_language(view, turns[-1]).code if turns else None


def _record(screened: Screened, attributes: _Attributes) -> Mapping[str, Any]:
    record: dict[str, Any] = {
        "line": screened.line,
        "sample_id": screened.sample_id,
        "format": screened.format,
        "drops": screened.rules_with("drop"),
        "caps": screened.rules_with("flag"),
        "notes": screened.rules_with("note"),
        "errors": screened.rules_with("error"),
        "fixes": screened.rules_with("fix"),
        "num_edits": sum(len(hit.edits) for hit in screened.hits),
        "defects": [_defect(hit) for hit in screened.hits if hit.defect],
    }
    if screened.raw is not None:
        record["raw"] = base64.b64encode(screened.raw).decode()
    if screened.payload is not None:
        record["payload"] = screened.payload
        record["attributes"] = screened.attributes
        record["language"] = attributes.language
    return record


def _defect(hit: Hit) -> Mapping[str, Any]:
    return {
        "kind": hit.defect,
        "status": "verified" if hit.action == "drop" else "unverified",
        "quote": hit.place.quote if hit.place else "",
        "detector": hit.rule,
    }


def _sample_row(ordinal: int, file: str, screened: Screened, attributes: _Attributes) -> RowCells:
    sample = screened.sample
    return (
        ordinal,
        screened.sample_id,
        file,
        screened.line,
        sample.id if sample else None,
        screened.format,
        sample.type.value if sample else None,
        attributes.language,
        sample.source if sample else None,
        attributes.num_tokens if sample else None,
        attributes.exact_key or None,
    )


def _event_row(stage: str, ordinal: int, seq: int, hit: Hit) -> RowCells:
    return (
        stage,
        ordinal,
        seq,
        hit.rule,
        hit.version,
        hit.action,
        hit.reason[:MAX_REASON_CHARS],
        _number(hit.value),
        _number(hit.threshold),
        hit.defect,
        _place(hit.place),
        _edits(hit.edits),
        hit.before_sha256,
        hit.after_sha256,
    )


def _number(value: float | None) -> str | None:
    return None if value is None else format(value, ".6g")


def _place(place: Place | None) -> str | None:
    if place is None:
        return None
    return orjson.dumps([place.message, place.field, place.start, place.quote]).decode()


def _edits(edits: Sequence[Edit]) -> str | None:
    if not edits:
        return None
    return orjson.dumps(
        [[e.pointer, e.start, e.before, e.after, e.before_absent, e.after_absent] for e in edits]
    ).decode()


class _Summary:
    """Figures of a chunk that the report, the corpus rules and a resumed run need."""

    def __init__(self) -> None:
        self.formats: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.tokens: Counter[int] = Counter()
        self.actions: Counter[tuple[str, str]] = Counter()
        self.lengths: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def add(self, screened: Screened, attributes: _Attributes) -> None:
        self.formats[screened.format] += 1
        for hit in {(hit.rule, hit.action) for hit in screened.hits}:
            self.actions[hit] += 1
        if screened.sample is None:
            return
        self.types[screened.sample.type.value] += 1
        self.languages[attributes.language or "unknown"] += 1
        self.tokens[max(attributes.num_tokens, 1).bit_length()] += 1
        source = screened.sample.source or ""
        if source in self.lengths or len(self.lengths) < MAX_SOURCES:
            self.lengths[source].update(attributes.response_tokens)

    def to_json(self, source: int) -> str:
        body = {
            "source": source,
            "formats": self.formats,
            "types": self.types,
            "languages": self.languages,
            "tokens": {str(k): v for k, v in self.tokens.items()},
            "actions": [[rule, action, n] for (rule, action), n in sorted(self.actions.items())],
            "lengths": {
                name: {str(k): v for k, v in counts.items()}
                for name, counts in self.lengths.items()
            },
        }
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(maxsize=1)
def _rules(pipeline: str) -> RuleSet:
    return build_rules(Pipeline.model_validate_json(pipeline))


@lru_cache(maxsize=1)
def _index(path: str, settings: str) -> EvalIndex:
    return load_index(Path(path), DecontaminationSettings.model_validate_json(settings))
