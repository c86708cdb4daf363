"""The end of a large run: the chain is closed, and everything is moved to where the user looks.

OUT/shards/accepted-00000.jsonl ...   OUT/audit/TABLE/00000.parquet ...   OUT/manifest.json
With `concatenate` also OUT/accepted.jsonl and the others. The manifest comes last: a folder that
has one is complete.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from assay.audit import tables
from assay.audit.recording import RunRecord, chunk_digest, now
from assay.audit.rows import ChunkRecord, leaves_of
from assay.domain.errors import OutputError
from assay_filter.curation.closing import OUTCOMES
from assay_filter.curation.workspace import MANIFEST, Workspace, write_whole
from assay_filter.scaling.chain import Entry, append
from assay_filter.scaling.records import Done, root_of
from assay_filter.scaling.shards import ShardFile, WholeFile
from assay_filter.scaling.trail import Trail

SHARDS, AUDIT = "shards", "audit"


def close_chain(
    entries: list[Entry],
    record: RunRecord,
    counts: Mapping[str, int],
    whole: Sequence[WholeFile],
    trail: Trail,
) -> str:
    """Append the outcome files to the chain and to the audit; return the chain's head."""
    exports = sorted((file.name, file.rows, file.num_bytes, file.sha256) for file in whole)
    rows = {"export": exports}
    summary = orjson.dumps(counts, option=orjson.OPT_SORT_KEYS).decode()
    total, leaves = sum(counts.values()), leaves_of("export", rows)
    closing = ChunkRecord("export", 0, 0, total, "", summary, b"", rows, leaves)
    digest = chunk_digest(closing.part_sha256, summary, closing.measures)
    done = Done("export", 0, 0, total, 0, root_of(leaves), digest, summary)
    append(entries, record.genesis, [done])
    last = entries[-1]
    trail.add(tables.export, exports)
    trail.add(tables.chunk, [("export", 0, 0, total, "", summary, b"", 0, None)])
    sealed = (last.seq, "export", 0, 0, total, leaves, done.root, last.prev, last.hash)
    trail.add(tables.ledger, [sealed])
    return last.hash


def move_results(
    workspace: Workspace,
    shards: Sequence[Sequence[ShardFile]],
    whole: Sequence[WholeFile],
    closing: Mapping[str, Path],
) -> dict[str, Any]:
    """Move all files into the output folder; return what the manifest says of them.

    Raises:
        OutputError: a file cannot be moved.
    """
    told: dict[str, Any] = {SHARDS: {}, AUDIT: {}}
    for number, files in enumerate(shards):
        for file in files:
            if file.table:
                name = f"{AUDIT}/{file.table}/{number:05d}.parquet"
                told[AUDIT][name] = {"num_bytes": file.num_bytes, "sha256": file.sha256}
            else:
                name = f"{SHARDS}/{file.outcome}-{number:05d}.jsonl"
                told[SHARDS][name] = {
                    "rows": file.rows,
                    "num_bytes": file.num_bytes,
                    "sha256": file.sha256,
                }
            _move(Path(file.path), workspace.out_dir / name)
    for table, path in closing.items():
        _move(path, workspace.out_dir / AUDIT / table / f"{len(shards):05d}.parquet")
    for one in whole:
        if one.path is not None:
            _move(Path(one.path), workspace.out_dir / one.name)
    return told


def write_manifest(workspace: Workspace, manifest: Mapping[str, Any]) -> None:
    """Write the manifest: the run is done."""
    body = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
    write_whole(workspace.out_dir / MANIFEST, body + b"\n")


def make_manifest(
    record: RunRecord,
    head: str,
    counts: Mapping[str, int],
    whole: Sequence[WholeFile],
    found: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the manifest of a run on one machine, with `found` (reasons, formats, inputs)."""
    return {
        "manifest_version": 1,
        "input": sum(counts.values()),
        "outcomes": {outcome.value: counts[outcome.value] for outcome in OUTCOMES},
        **found,
        "files": {
            file.name: {"rows": file.rows, "num_bytes": file.num_bytes, "sha256": file.sha256}
            for file in whole
        },
        "config_sha256": record.config.sha256,
        "rubric_sha256": record.rubric.sha256,
        "rules_sha256": record.rules.sha256,
        "judge": {"name": record.judge, "version": record.judge_version},
        "code_version": record.code_version,
        "seed": record.seed,
        "chain_head": head,
        "run": {"id": record.id, "finished_at": now()},
    }


def clear_results(workspace: Workspace) -> None:
    """Remove what a former run left in the output folder."""
    workspace.clear()
    for name in (SHARDS, AUDIT):
        shutil.rmtree(workspace.out_dir / name, ignore_errors=True)


def _move(path: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    except OSError as exc:
        raise OutputError(
            f"expected to move results to {str(target)!r}, found: {exc.strerror}; mend it and "
            "start again"
        ) from exc
