"""Stage `export`: renders the outcome lines of one chunk, in a worker process."""

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.datasets.canonical import record_bytes
from assay.domain.verdict import Outcome
from assay_filter.curation.parts import read_part
from assay_filter.curation.repairing import RULE as REPAIR_RULE
from assay_filter.curation.verdicts import weights_of

SNIPPET_CHARS = 600
BIN = 250  # thousandths of a point


@dataclass(frozen=True, slots=True)
class ExportTask:
    """One chunk: the files its lines are made of, and the samples that the report quotes."""

    first_sample: int
    file: str
    rules_part: Path
    decide_part: Path
    judge: str
    rubric: str
    quoted: frozenset[int]


@dataclass(slots=True)
class Exported:
    """Outcome -> lines in order, figures for the report, and snippets of quoted samples."""

    lines: dict[str, list[bytes]] = field(default_factory=dict)
    overall: Counter[int] = field(default_factory=Counter)
    dimensions: dict[str, Counter[int]] = field(default_factory=dict)
    not_applicable: Counter[str] = field(default_factory=Counter)
    bases: Counter[str] = field(default_factory=Counter)
    snippets: dict[int, str] = field(default_factory=dict)


def run_export(task: ExportTask) -> Exported:
    """Render a chunk."""
    exported = Exported()
    parts = zip(read_part(task.rules_part), read_part(task.decide_part), strict=True)
    for position, (record, ending) in enumerate(parts):
        line = record_bytes(_line(record, ending, task))
        exported.lines.setdefault(ending["outcome"], []).append(line)
        _count(exported, ending)
        if task.first_sample + position in task.quoted:
            exported.snippets[task.first_sample + position] = _snippet(record)
    return exported


def _line(record: Mapping[str, Any], ending: Mapping[str, Any], task: ExportTask) -> dict[str, Any]:
    line = _content(record)
    repaired = ending.get("repaired")
    if repaired is not None:
        line["messages"] = repaired["messages"]
    _weigh_turns(line, ending)
    scores = {name: _points(score) for name, score in ending.get("scores", {}).items()}
    block: dict[str, Any] = {
        "sample_id": record["sample_id"],
        "row": f"{task.file}:{record['line']}",
        "outcome": ending["outcome"],
        "reasons": ending["reasons"],
        "notes": record["notes"],
        "overall": _points(ending.get("overall")),
        "scores": scores,
        "defects": [*record["defects"], *ending["defects"]],
        "edits": record["num_edits"],
        "fixes": record["fixes"],
        "basis": ending["basis"],
        "judge": task.judge,
        "rubric": task.rubric,
    }
    if "turns" in ending:
        block["turns"] = ending["turns"]
    if repaired is not None:
        block["edits"] += repaired["num_edits"]
        block["fixes"] = [*block["fixes"], REPAIR_RULE]
    if "duplicate_of" in ending:
        block["duplicate_of"] = ending["duplicate_of"]
    line["assay"] = block
    return line


def _weigh_turns(line: dict[str, Any], ending: Mapping[str, Any]) -> None:
    """Give assistant messages their weight where a turn is masked and the others pass."""
    weights = weights_of(ending) if ending["outcome"] != Outcome.REJECTED else {}
    if weights:
        line["messages"] = [
            {**message, "weight": weights[at]} if at in weights else message
            for at, message in enumerate(line["messages"])
        ]


def _content(record: Mapping[str, Any]) -> dict[str, Any]:
    if "payload" not in record:
        raw = base64.b64decode(record.get("raw", ""))
        try:
            return {"raw": raw.decode()}
        except UnicodeDecodeError:
            return {"raw_base64": record["raw"]}
    payload, attributes = record["payload"], record["attributes"]
    line: dict[str, Any] = {}
    for key in ("id", "type"):
        if attributes.get(key) is not None:
            line[key] = attributes[key]
    for key in ("messages", "tools", "documents"):
        if key in payload:
            line[key] = payload[key]
    for key in ("language", "metadata", "source"):
        if attributes.get(key):
            line[key] = attributes[key]
    return line


def _points(score: int | None) -> float | None:
    return None if score is None else score / 1000


def _count(exported: Exported, ending: Mapping[str, Any]) -> None:
    exported.bases[ending["basis"]] += 1
    overall = ending.get("overall")
    if overall is not None:
        exported.overall[overall // BIN * BIN] += 1
    for name, score in ending.get("scores", {}).items():
        if score is None:
            exported.not_applicable[name] += 1
        else:
            exported.dimensions.setdefault(name, Counter())[score // BIN * BIN] += 1


def _snippet(record: Mapping[str, Any]) -> str:
    if "payload" not in record:
        return base64.b64decode(record.get("raw", "")).decode(errors="replace")[:SNIPPET_CHARS]
    messages: Sequence[Any] = record["payload"].get("messages", ())
    if not isinstance(messages, list):
        return str(messages)[:SNIPPET_CHARS]
    shown = []
    for message in messages[-2:]:
        if isinstance(message, dict):
            text = str(message.get("content") or message.get("tool_calls") or "")
            shown.append(f"{message.get('role')}: {text[:SNIPPET_CHARS]}")
    return "\n\n".join(shown)
