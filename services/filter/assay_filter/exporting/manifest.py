"""`manifest.json` of an export: the same bytes for the same runs, files, mix and seed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from assay.audit import tables
from assay.datasets.writing import Written
from assay_filter.exporting.figures import Figures
from assay_filter.exporting.folder import KIND
from assay_filter.exporting.gathering import Rows
from assay_filter.exporting.mix import Mix
from assay_filter.exporting.outcome_files import OutcomeFile
from assay_filter.exporting.selection import Selection
from assay_filter.exporting.splits import TRAIN

VERSION = 1


def manifest_body(
    runs: Sequence[Mapping[str, Any]],
    files: Sequence[OutcomeFile],
    rows: Rows,
    selection: Selection,
    figures: Figures,
    written: Mapping[str, Written],
    *,
    mix: Mix | None,
    splits: Mapping[str, float],
    seed: int,
    max_rows: int | None,
) -> dict[str, Any]:
    """Return what the manifest says."""
    return {
        "kind": KIND,
        "manifest_version": VERSION,
        "seed": seed,
        "max_rows": max_rows,
        "runs": runs,
        "inputs": [
            {
                "run": file.run_id,
                "name": file.path.name,
                "outcome": file.outcome,
                "rows": file.num_rows,
                "bytes": file.num_bytes,
                "sha256": file.sha256,
            }
            for file in files
        ],
        "files": {name: _file_body(file) for name, file in written.items()},
        "left_out": {
            "same_content": selection.num_same_content,
            "rejected_by_review": rows.num_reviewed_out,
            "in_no_group": rows.num_ungrouped,
        },
        "unreviewed_borderline": rows.num_unreviewed,
        "mix": None
        if mix is None
        else {"id": mix.id, "version": mix.version, "sha256": mix.sha256},
        "quotas": [
            {
                "group": q.name,
                "weight": q.weight,
                "max_repeats": q.max_repeats,
                "asked": q.asked,
                "available": q.available,
                "given": q.given,
            }
            for q in selection.quotas
        ],
        "splits": _splits(selection, splits),
        "figures": asdict(figures),
    }


def describe_run(connection: Connection, run: Row[Any]) -> dict[str, Any]:
    """Return what the manifest and the card say of a run."""
    rules = orjson.loads(_snapshot(connection, run.rules_sha256))
    return {
        "id": run.id,
        "chain_head": run.chain_head,
        "code_version": run.code_version,
        "judge": {"name": run.judge, "version": run.judge_version},
        "config_sha256": run.config_sha256,
        "rubric_sha256": run.rubric_sha256,
        "rules_sha256": run.rules_sha256,
        "rules": [{"id": rule["id"], "version": rule["version"]} for rule in rules],
        "evaluation_sets": _evaluation(run),
        "counts": orjson.loads(run.counts),
        "inputs": orjson.loads(run.inputs),
    }


def _evaluation(run: Row[Any]) -> dict[str, Any] | None:
    """Return digest, size and blind spots of the evaluation sets that a run was searched for."""
    sets = orjson.loads(run.request or "{}").get("evaluation")
    if sets is None:
        return None
    return {"digest": sets["digest"], "items": sets["num_items"], "coverage": sets["coverage"]}


def _file_body(written: Written) -> dict[str, Any]:
    return {"rows": written.rows, "bytes": written.num_bytes, "sha256": written.sha256}


def _splits(selection: Selection, splits: Mapping[str, float]) -> list[dict[str, Any]]:
    asked: dict[str, float | None] = {TRAIN: None, **splits}
    return [
        {
            "split": name,
            "asked": fraction,
            "rows": int(selection.repeats[selection.split == at].sum()),
            "clusters": selection.num_clusters[name],
        }
        for at, (name, fraction) in enumerate(asked.items())
    ]


def _snapshot(connection: Connection, sha256: str) -> str:
    snapshot = tables.config_snapshot
    query = select(snapshot.c.body).where(snapshot.c.sha256 == sha256)
    body: str = connection.execute(query).scalar_one()
    return body
