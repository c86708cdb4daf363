"""Checks the audit of a large run from its Parquet files alone, shard by shard.

Every leaf is derived again from its row, every root from its leaves, every ledger entry from what
it covers and the entry before: a row that was changed, removed or added is found, and the first
chunk that does not fit is named.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assay.audit.chain import entry_hash
from assay.audit.recording import chunk_digest
from assay.audit.rows import STAGE_TABLES, RowCells, columns_of, leaves_of
from assay.domain.errors import AuditError
from assay_filter.curation.workspace import MANIFEST
from assay_filter.scaling.ending import AUDIT
from assay_filter.scaling.records import root_of


def verify_trail(out_dir: Path) -> str:
    """Derive the chain of a finished run again; return its head.

    Raises:
        AuditError: a chunk does not fit its ledger entry, or the head is not the manifest's.
    """
    by_seq: dict[int, tuple[str, str]] = {}
    genesis = None
    for number in _shards(out_dir):
        for seq, prev, found in _check_shard(out_dir, number):
            by_seq[seq] = (prev, found)
            genesis = prev if seq == 0 else genesis
    head = genesis or ""
    for seq in range(len(by_seq)):
        prev, found = by_seq.get(seq, ("", ""))
        if prev != head:
            raise AuditError(
                f"expected ledger entry {seq} to follow {head!r}, found {prev!r}: entries are "
                "missing, or were exchanged"
            )
        head = found
    told = orjson.loads((out_dir / MANIFEST).read_bytes())["chain_head"]
    if head != told:
        raise AuditError(f"expected the manifest's chain head {told!r}, found {head!r}")
    return head


def _shards(out_dir: Path) -> Sequence[str]:
    return sorted(path.name for path in (out_dir / AUDIT / "ledger").glob("*.parquet"))


def _check_shard(out_dir: Path, name: str) -> Iterator[tuple[int, str, str]]:
    """Yield number, predecessor and derived hash of each ledger entry of a shard."""
    chunks = {(row["stage"], row["ordinal"]): row for row in _rows(out_dir, "chunk", name)}
    ledger = _read(out_dir, "ledger", name)
    for stage in pc.unique(ledger["stage"]).to_pylist():
        entries = ledger.filter(pc.equal(ledger["stage"], stage)).to_pylist()
        rows = _rows_by_chunk(out_dir, name, stage, entries)
        for entry in entries:
            chunk = chunks[stage, entry["chunk"]]
            yield entry["seq"], entry["prev"], _check(stage, entry, chunk, rows[entry["chunk"]])


def _check(
    stage: str,
    entry: Mapping[str, Any],
    chunk: Mapping[str, Any],
    rows: Mapping[str, Sequence[RowCells]],
) -> str:
    root = root_of(leaves_of(stage, rows))
    found = entry_hash(
        entry["prev"],
        stage,
        entry["chunk"],
        entry["first_sample"],
        entry["num_samples"],
        root,
        chunk_digest(chunk["part_sha256"], chunk["summary"], chunk["measures"]),
    )
    if root != entry["root"] or found != entry["hash"]:
        raise AuditError(
            f"expected the rows of chunk {entry['chunk']} of stage {stage!r} as they were sealed, "
            "found others: a row was changed, added or removed"
        )
    return found


def _rows_by_chunk(
    out_dir: Path, name: str, stage: str, entries: Sequence[Mapping[str, Any]]
) -> Mapping[int, Mapping[str, list[RowCells]]]:
    found: defaultdict[int, dict[str, list[RowCells]]] = defaultdict(dict)
    for table in STAGE_TABLES[stage]:
        rows = _read(out_dir, table.name, name)
        if rows is None:
            continue
        if "stage" in rows.column_names:
            rows = rows.filter(pc.equal(rows["stage"], stage))
        columns = [rows[column].to_pylist() for column in columns_of(table)]
        cells = list(zip(*columns, strict=True))
        for entry in entries:
            found[entry["chunk"]][table.name] = cells
        if "ordinal" in rows.column_names:
            _part(found, table.name, cells, rows["ordinal"].to_pylist(), entries)
    return found


def _part(
    found: "defaultdict[int, dict[str, list[RowCells]]]",
    table: str,
    cells: Sequence[RowCells],
    ordinals: Sequence[int],
    entries: Sequence[Mapping[str, Any]],
) -> None:
    """Hand each chunk the rows of its samples."""
    for entry in entries:
        found[entry["chunk"]][table] = []
    firsts = [entry["first_sample"] for entry in entries]
    at = 0
    for row, ordinal in zip(cells, ordinals, strict=True):
        while at + 1 < len(entries) and ordinal >= firsts[at + 1]:
            at += 1
        found[entries[at]["chunk"]][table].append(row)


def _rows(out_dir: Path, table: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _read(out_dir, table, name).to_pylist()
    return found


def _read(out_dir: Path, table: str, name: str) -> pa.Table:
    """Return a table's file of a shard; None where the shard has no row of it."""
    path = out_dir / AUDIT / table / name
    return pq.read_table(path, partitioning=None) if path.exists() else None
