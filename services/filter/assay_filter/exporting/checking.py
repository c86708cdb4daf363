"""Whether a data set on disk is still what its manifest says, and what the audit says of its runs.

For a trainer: it reads nothing that does not match.
"""

import hashlib
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.domain.errors import AuditError, InputError
from assay_filter.exporting.folder import KIND, MANIFEST

BLOCK_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 256 << 20


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return an export's manifest.

    Raises:
        InputError: there is none, or it is none of ours.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise InputError(f"expected a manifest at {str(path)!r}, found a file far too large")
        body = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise InputError(f"expected an export at {str(folder)!r}, found: {exc}") from exc
    if not isinstance(body, dict) or body.get("kind") != KIND:
        raise InputError(f"expected an export at {str(folder)!r}, found another manifest")
    return body


def check_export(folder: Path, engine: Engine | None = None) -> dict[str, Any]:
    """Verify an export's files, and its runs where the audit is at hand; return its manifest.

    Args:
        folder: the export.
        engine: the audit database; None checks the files alone.

    Raises:
        InputError: there is no export.
        AuditError: a file or a run's chain head differs.
    """
    manifest = read_manifest(folder)
    for name, file in manifest["files"].items():
        if Path(name).name != name:
            raise InputError(f"expected plain file names in the manifest, found {name!r:.80}")
        found = _digest(folder / name)
        if found != file["sha256"]:
            raise AuditError(
                f"expected {name!r} of {str(folder)!r} with SHA-256 {file['sha256']}, found "
                f"{found}; export again"
            )
    if engine is not None:
        _check_runs(engine, manifest)
    return manifest


def _check_runs(engine: Engine, manifest: dict[str, Any]) -> None:
    run = tables.run
    with reading(engine) as connection:
        for told in manifest["runs"]:
            query = select(run.c.chain_head).where(run.c.id == told["id"])
            found = connection.execute(query).scalar()
            if found != told["chain_head"]:
                raise AuditError(
                    f"expected run {told['id']} with chain head {told['chain_head']}, found "
                    f"{found}; the export and the audit do not belong together"
                )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK_BYTES):
                digest.update(block)
    except OSError as exc:
        raise AuditError(f"expected to read {str(path)!r}, found: {exc.strerror}") from exc
    return digest.hexdigest()
