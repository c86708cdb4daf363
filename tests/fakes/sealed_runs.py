"""Writes finished runs into an audit database through the recording, chain and all.

For tests that verify or change the audit: every sample has text wherever the audit can hold it.
"""

import hashlib
from collections.abc import Iterable

import orjson
import zstandard
from sqlalchemy import Engine, insert

from assay.audit import tables
from assay.audit.recording import (
    RunClosing,
    RunRecord,
    Snapshot,
    close_run,
    commit_chunk,
    finish_run,
    seal,
    start_run,
)
from assay.audit.rows import ChunkRecord, RowCells, leaves_of

CHUNK_SAMPLES = 10
SECRET = "call me at 555-0100"
MEASURES = zstandard.ZstdCompressor().compress(orjson.dumps([{"rep.ngram": 0.1}] * CHUNK_SAMPLES))


def seal_run(
    engine: Engine,
    run_id: str,
    *,
    num_samples: int = 30,
    out_dir: str = "out",
    exports: Iterable[RowCells] = (("rejected.jsonl", 30, 99, "e" * 64),),
    is_closed: bool = True,
) -> RunRecord:
    """Store a run of whole chunks; of an unclosed one the stage `judge` is not sealed."""
    record = RunRecord(
        id=run_id,
        config=Snapshot("pipeline", '{"a":1}'),
        rubric=Snapshot("rubric", '{"b":1}'),
        rules=Snapshot("rules", "[]"),
        code_version="0",
        inputs=["data.jsonl"],
        out_dir=out_dir,
        judge="evidence",
        judge_version="1",
        seed=0,
    )
    assert num_samples % CHUNK_SAMPLES == 0
    with engine.begin() as connection:
        start_run(connection, record, state="running", request={})
        for stage in ("rules", "judge", "decide") if is_closed else ("rules", "judge"):
            for chunk in range(num_samples // CHUNK_SAMPLES):
                commit_chunk(connection, run_id, _chunk(stage, chunk))
            if is_closed or stage == "rules":
                seal(connection, run_id, record.genesis, stage)
        if is_closed:
            closing = RunClosing([], {"rejected": num_samples}, list(exports))
            close_run(connection, run_id, record.genesis, closing)
            finish_run(connection, run_id)
    return record


def review_sample(engine: Engine, run_id: str, ordinal: int, comment: str) -> None:
    """Add a reviewer's row with a comment."""
    with engine.begin() as connection:
        connection.execute(
            insert(tables.review).values(
                run_id=run_id,
                ordinal=ordinal,
                seq=0,
                reviewer="key-1",
                decision="accept",
                comment=comment,
                created_at="2026-01-01T00:00:00.000Z",
            )
        )


def content_address(ordinal: int) -> str:
    """Return the sample_id of a sealed run's sample."""
    return hashlib.sha256(str(ordinal).encode()).hexdigest()


def _chunk(stage: str, ordinal: int) -> ChunkRecord:
    first = ordinal * CHUNK_SAMPLES
    rows: dict[str, list[RowCells]] = {}
    for sample in range(first, first + CHUNK_SAMPLES):
        for table, row in _rows(stage, sample):
            rows.setdefault(table, []).append(row)
    return ChunkRecord(
        stage,
        ordinal,
        first,
        CHUNK_SAMPLES,
        "d" * 64,
        '{"judged":10,"outcomes":{"rejected":10},"reasons":[],"formats":{},"types":{},'
        '"languages":{},"tokens":{},"actions":[],"lengths":{}}',
        MEASURES,
        rows,
        leaves_of(stage, rows),
    )


def _rows(stage: str, ordinal: int) -> Iterable[tuple[str, RowCells]]:
    event = ("rep.loop", 1, "drop", f"it says {SECRET!r} twice", "9", "4", None,
             f'[1,"content",0,"{SECRET}"]', f'[["/messages/1",0,"{SECRET}","",0,0]]',
             "a" * 64, "b" * 64)  # fmt: skip
    if stage == "rules":
        address = content_address(ordinal)
        yield "sample", (ordinal, address, "data.jsonl", ordinal + 1, f"u{ordinal}", "messages",
                         "math", "en", "forum", 12, "k")  # fmt: skip
        yield "event", (stage, ordinal, 0, *event)
    elif stage == "judge":
        yield "judgement", (ordinal, 1, "evidence", "1", "evidence", '{"correctness":3000}', None,
                            f'[{{"quote":"{SECRET}"}}]', f'["{SECRET}"]', 5, 6)  # fmt: skip
        yield "judgement_detail", (ordinal, 1, f'{{"raw":"{SECRET}"}}')
        yield "event", (stage, ordinal, 0, *event)
    else:
        yield "decision", (ordinal, "rejected", 1000, 1000, "rules", '["rep.loop"]', None)
