"""Renders the lines of outcome files from what the stages left of each sample."""

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from assay.datasets.canonical import record_bytes
from assay.domain.verdict import Outcome
from assay_filter.curation.repairing import RULE as REPAIR_RULE
from assay_filter.curation.verdicts import weights_of

SNIPPET_CHARS = 600
BIN = 250  # thousandths of a point


class Rendering:
    """The lines of one chunk by outcome, in order, and the figures that the report sums up."""

    def __init__(self, file: str, judge: str, rubric: str) -> None:
        self.lines: dict[str, list[bytes]] = {}
        self._file, self._judge, self._rubric = file, judge, rubric
        self._overall: Counter[int] = Counter()
        self._dimensions: dict[str, Counter[int]] = {}
        self._not_applicable: Counter[str] = Counter()
        self._bases: Counter[str] = Counter()

    def add(self, record: Mapping[str, Any], ending: Mapping[str, Any]) -> None:
        """Add a sample: what the rules left of it, and how it ends."""
        line = record_bytes(self._line(record, ending))
        self.lines.setdefault(ending["outcome"], []).append(line)
        self._count(ending)

    def figures(self) -> Mapping[str, Any]:
        """Histograms: overall and per dimension in bins of 250 thousandths, and counts."""
        return {
            "overall": self._overall,
            "dimensions": self._dimensions,
            "not_applicable": self._not_applicable,
            "bases": self._bases,
        }

    def _line(self, record: Mapping[str, Any], ending: Mapping[str, Any]) -> dict[str, Any]:
        line = _content(record)
        repaired = ending.get("repaired")
        if repaired is not None:
            line["messages"] = repaired["messages"]
        _weigh_turns(line, ending)
        scores = {name: _points(score) for name, score in ending.get("scores", {}).items()}
        block: dict[str, Any] = {
            "sample_id": record["sample_id"],
            "row": f"{self._file}:{record['line']}",
            "outcome": ending["outcome"],
            "reasons": ending["reasons"],
            "notes": record["notes"],
            "overall": _points(ending.get("overall")),
            "scores": scores,
            "defects": [*record["defects"], *ending["defects"]],
            "edits": record["num_edits"],
            "fixes": record["fixes"],
            "basis": ending["basis"],
            "judge": self._judge,
            "rubric": self._rubric,
        }
        if "turns" in ending:
            block["turns"] = ending["turns"]
        if repaired is not None:
            block["edits"] += repaired["num_edits"]
            block["fixes"] = [*block["fixes"], REPAIR_RULE]
        if "duplicate_of" in ending:
            block["duplicate_of"] = ending["duplicate_of"]
        if "similar_to" in ending:
            block["similar_to"] = ending["similar_to"]
        line["assay"] = block
        return line

    def _count(self, ending: Mapping[str, Any]) -> None:
        self._bases[ending["basis"]] += 1
        overall = ending.get("overall")
        if overall is not None:
            self._overall[overall // BIN * BIN] += 1
        for name, score in ending.get("scores", {}).items():
            if score is None:
                self._not_applicable[name] += 1
            else:
                self._dimensions.setdefault(name, Counter())[score // BIN * BIN] += 1


def snippet_of(record: Mapping[str, Any]) -> str:
    """Return what the report quotes of a sample: its last two messages, cut."""
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
