"""Finished runs with outcome files on disk, in audit databases of both kinds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import pytest
from sqlalchemy import Engine
from tests.fakes.audit_databases import sqlite_audit
from tests.fakes.stored_runs import StoredSample, store_run

from assay.datasets.writing import JsonlWriter, RecordWriter


@dataclass(frozen=True, slots=True)
class Row:
    """One sample of a run as a test writes it: its prompt, answer and labels."""

    prompt: str
    answer: str
    outcome: str = "accepted"
    source: str | None = None
    type: str = "single_turn"
    language: str | None = "en"
    metadata: dict[str, Any] | None = None
    duplicate_of: tuple[int, str] | None = None
    exact_key: str | None = None

    @property
    def sample(self) -> StoredSample:
        more = {"type": self.type, "language": self.language, "exact_key": self.exact_key}
        return StoredSample(
            f"{self.prompt}|{self.answer}",
            self.outcome,
            source=self.source,
            duplicate_of=self.duplicate_of,
            more={**more, "num_tokens": len(self.answer)},
        )

    @property
    def line(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": self.type,
            "messages": [
                {"role": "user", "content": self.prompt},
                {"role": "assistant", "content": self.answer},
            ],
            "language": self.language,
            "metadata": self.metadata,
            "source": self.source,
        }
        kept = {key: value for key, value in body.items() if value is not None}
        return {**kept, "assay": {"sample_id": self.sample.sample_id, "outcome": self.outcome}}


MakeRun: TypeAlias = Callable[..., Path]


@pytest.fixture
def engine(audit_engine: Engine) -> Engine:
    return audit_engine


@pytest.fixture
def light_engine(tmp_path: Path) -> Iterator[Engine]:
    """SQLite alone, where the database is not what a test is about."""
    opened = sqlite_audit(tmp_path / "light.db")
    yield opened
    opened.dispose()


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Store a run and write its outcome files; return their folder."""

    def make(
        engine: Engine, run_id: str, rows: Sequence[Row], suffix: str = "jsonl", **columns: Any
    ) -> Path:
        folder = tmp_path / run_id
        exports = []
        for outcome in ("accepted", "borderline", "rejected", "duplicate", "error"):
            with open_writer(folder / f"{outcome}.{suffix}") as writer:
                for row in rows:
                    if row.outcome == outcome:
                        writer.write(row.line)
                written = writer.close()
            exports.append((f"{outcome}.{suffix}", *written))
        samples = [replace(row.sample) for row in rows]
        store_run(engine, run_id, samples, out_dir=str(folder), exports=exports, **columns)
        return folder

    return make


def open_writer(path: Path) -> RecordWriter:
    if path.suffix == ".parquet":
        from assay.datasets.parquet_writing import ParquetWriter

        return ParquetWriter(path)
    return JsonlWriter(path)


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def answers_of(path: Path) -> list[str]:
    return [line["messages"][-1]["content"] for line in lines_of(path)]


def digest_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
