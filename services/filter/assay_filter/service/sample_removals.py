"""Deletion as the service carries it out: the store's own copies go too, uploads are named."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from assay.audit.engine import reading
from assay.audit.redaction import Warrant
from assay.audit.service_tables import upload_use
from assay_filter.removal.removing import contents_called, remove_contents, remove_run
from assay_filter.service.parts import Parts
from assay_filter.service.results import drop_copies


def delete_sample(parts: Parts, name: str, run_id: str | None, warrant: Warrant) -> dict[str, Any]:
    """Remove every row with the contents called `name`, and tell what was done.

    Raises:
        AuditError: no sample is called so, or a row does not fit its leaf.
        InputError: reason or caller are empty or too long.
        RunStateError: a run that holds one is not done.
        OutputError: a file cannot be written.
    """
    sample_ids = contents_called(parts.engine, name, run_id=run_id)
    removals = remove_contents(parts.engine, sample_ids, warrant, run_id=run_id)
    for removal in removals:
        _drop(parts, removal.run_id)
    return {
        "object": "sample",
        "deleted": True,
        "sample_ids": sorted(sample_ids),
        "runs": [
            {
                "run": removal.run_id,
                "samples": len(removal.ordinals),
                "audit_rows": removal.num_rows,
                "files": list(removal.files),
                "missing_files": list(removal.missing_files),
            }
            for removal in removals
        ],
        "uploads": _uploads(parts, [removal.run_id for removal in removals]),
    }


def delete_run(parts: Parts, run_id: str, warrant: Warrant) -> dict[str, Any]:
    """Remove a stopped run's files and texts, and tell what was done.

    Raises:
        InputError: reason or caller are empty or too long.
        RunStateError: it is at work.
        AuditError: a row does not fit its leaf.
        OutputError: a file cannot be removed.
    """
    num_rows = remove_run(parts.engine, run_id, warrant)
    _drop(parts, run_id)
    return {
        "id": run_id,
        "object": "run",
        "deleted": True,
        "audit_rows": num_rows,
        "uploads": _uploads(parts, [run_id]),
    }


def _drop(parts: Parts, run_id: str) -> None:
    """Remove what can be made again, and the samples that the run's request held itself."""
    drop_copies(parts.store, run_id)
    parts.store.input_path(run_id).unlink(missing_ok=True)


def _uploads(parts: Parts, run_ids: Sequence[str]) -> list[str]:
    query = select(upload_use.c.upload_id).where(upload_use.c.run_id.in_(run_ids)).distinct()
    with reading(parts.engine) as connection:
        return sorted(connection.execute(query).scalars())
