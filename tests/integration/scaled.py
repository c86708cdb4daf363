"""Compares a run on an engine with `assay curate` on the same input."""

import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
from tests.integration.curated import OUTCOMES, manifest_of, outcome_bytes

AUDITED = ("sample", "event", "judgement", "judgement_detail", "duplicate", "decision", "ledger")


def shard_bytes(out: Path) -> dict[str, bytes]:
    """Return each outcome's shards, one after the other."""
    return {
        name: b"".join(path.read_bytes() for path in sorted((out / "shards").glob(f"{name}-*")))
        for name in OUTCOMES
    }


def assert_same_as_local(found: Path, local: Path) -> None:
    """Compare bytes of all outcomes, and all of the manifest but what is the run's own."""
    ours, theirs = shard_bytes(found), outcome_bytes(local)
    for name in OUTCOMES:
        assert ours[name] == theirs[name], f"{name} differs"
    scaled, expected = manifest_of(found), manifest_of(local)
    assert scaled["run"]["id"] != expected.pop("run")["id"]
    for key, value in expected.items():
        assert scaled[key] == value, key


def assert_same_audit(found: Path, database: Path) -> None:
    """Compare every row about a sample, its partners among them, and the ledger, but the run's id.

    Rows are compared without their order; the ledger's hashes fix the order that counts.
    """
    with sqlite3.connect(database) as connection:
        for table in AUDITED:
            stored = connection.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in stored.description]
            expected = sorted((row[1:] for row in stored.fetchall()), key=str)
            assert _rows_of(found / "audit" / table, names) == expected, table


def _rows_of(folder: Path, names: list[str]) -> list[tuple[object, ...]]:
    if not folder.exists():  # a table without rows has no file
        return []
    table = pq.read_table(folder, partitioning=None)
    assert table.column_names == names
    cells = [table[name].to_pylist() for name in names[1:]]
    return sorted(zip(*cells, strict=True), key=str)
