"""Writes finished runs into an audit database row by row, without curating anything.

For tests of what reads the audit: outcomes, scores, links and events are what the test says. The
ledger is left out, so such a run does not pass `assay audit verify`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, insert, select

from assay.audit import tables

BATCH = 5000
RULES = [{"id": "rep.loop", "version": 1, "settings": {"enabled": True, "max_lines": 10}}]


@dataclass(frozen=True, slots=True)
class StoredSample:
    """One sample of a stored run; `events` are (stage, rule, action), scores in thousandths."""

    content: str  # equal contents have equal sample_ids
    outcome: str = "accepted"
    overall: int | None = None
    reasons: Sequence[str] = ()
    source: str | None = None
    events: Sequence[tuple[str, str, str]] = ()
    scores: Mapping[str, int | None] | None = None
    judged_as: int | None = None
    duplicate_of: tuple[int, str] | None = None  # ordinal of the one kept, method
    more: Mapping[str, Any] = field(default_factory=dict)  # other columns of table `sample`

    @property
    def sample_id(self) -> str:
        """The address that the content gives."""
        return hashlib.sha256(self.content.encode()).hexdigest()


def store_run(
    engine: Engine,
    run_id: str,
    samples: Iterable[StoredSample],
    *,
    out_dir: str = "out",
    exports: Sequence[tuple[str, int, int, str]] = (),
    pipeline: Mapping[str, Any] | None = None,
    rubric: Mapping[str, Any] | None = None,
    rules: Sequence[Mapping[str, Any]] = (),
    **columns: Any,
) -> None:
    """Store a finished run; `columns` are those of table `run`."""
    with engine.begin() as connection:
        values = {
            "id": run_id,
            "state": "done",
            "stage": "done",
            "config_sha256": _snapshot(connection, "pipeline", pipeline or {"id": "small"}),
            "rubric_sha256": _snapshot(connection, "rubric", rubric or {"id": "default"}),
            "rules_sha256": _snapshot(connection, "rules", list(rules) or RULES),
            "code_version": "0",
            "inputs": '[{"name":"data.jsonl","sha256":"aa","bytes":1}]',
            "out_dir": out_dir,
            "judge": "evidence",
            "judge_version": "1",
            "seed": 0,
            "created_at": "2026-01-01T00:00:00.000Z",
            "finished_at": "2026-01-01T00:01:00.000Z",
            "counts": "{}",
            "chain_head": hashlib.sha256(run_id.encode()).hexdigest(),
            **columns,
        }
        connection.execute(insert(tables.run).values(**values))
        numbered = enumerate(samples)
        while batch := list(islice(numbered, BATCH)):
            _store_samples(connection, run_id, batch)
        for name, num_rows, num_bytes, sha256 in exports:
            connection.execute(
                insert(tables.export).values(
                    run_id=run_id, name=name, num_rows=num_rows, num_bytes=num_bytes, sha256=sha256
                )
            )


def _snapshot(connection: Connection, kind: str, content: object) -> str:
    body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    snapshot = tables.config_snapshot
    if connection.execute(select(snapshot).where(snapshot.c.sha256 == sha256)).first() is None:
        connection.execute(insert(snapshot).values(sha256=sha256, kind=kind, body=body))
    return sha256


def _store_samples(
    connection: Connection, run_id: str, batch: Sequence[tuple[int, StoredSample]]
) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("sample", "decision", "event", "judgement", "duplicate")
    }
    for ordinal, sample in batch:
        for name, row in _rows(ordinal, sample):
            rows[name].append({"run_id": run_id, "ordinal": ordinal, **row})
    for name, values in rows.items():
        if values:
            connection.execute(insert(tables.metadata.tables[name]), values)


def _rows(ordinal: int, sample: StoredSample) -> Iterable[tuple[str, dict[str, Any]]]:
    yield (
        "sample",
        {
            "sample_id": sample.sample_id,
            "file": "data.jsonl",
            "line": ordinal + 1,
            "user_id": f"u{ordinal}",
            "format": "messages",
            "type": "single_turn",
            "language": "en",
            "source": sample.source,
            "num_tokens": 10,
            "exact_key": None,
            **sample.more,
        },
    )
    yield (
        "decision",
        {
            "outcome": sample.outcome,
            "overall": sample.overall,
            "weight_covered": 1000 if sample.overall is not None else None,
            "basis": "rules",
            "reasons": orjson.dumps(list(sample.reasons)).decode(),
            "judged_as": sample.judged_as,
        },
    )
    for seq, (stage, rule, action) in enumerate(sample.events):
        event = {"stage": stage, "seq": seq, "rule": rule, "version": 1, "action": action}
        yield "event", {**event, "reason": "it is so"}
    if sample.scores is not None:
        scores = orjson.dumps(dict(sample.scores)).decode()
        judged = {"turn": 1, "judge": "evidence", "version": "1", "basis": "scored"}
        yield "judgement", {**judged, "scores": scores}
    if sample.duplicate_of is not None:
        kept, method = sample.duplicate_of
        yield "duplicate", {"kept_ordinal": kept, "method": method}
