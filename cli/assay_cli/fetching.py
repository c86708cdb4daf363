"""Brings all results of a run on a service into a folder; the manifest comes last.

A folder with a manifest is complete. What stands there already with the right digest is left; a
file that is not whole has another name and is gone on with.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from assay.domain.errors import InputError, OutputError, RunStateError

if TYPE_CHECKING:
    from assay.client.blocking_filter import BlockingFilterClient

MANIFEST = "manifest.json"
REPORT = "report.html"
ASIDE = ".manifest.json.fetching"
MAX_MANIFEST_BYTES = 256 << 20


def fetch_run(client: "BlockingFilterClient", run_id: str, out: Path) -> Iterator[str]:
    """Fetch a finished run's files; yield a line about each.

    Raises:
        RunStateError: the folder holds another run.
        InputError: the service's manifest is none.
        OutputError: the disk is full, or the folder cannot be written.
        ServiceError: the service does not give a file.
        BrokenAnswerError: a file does not have the digest that the manifest names.
    """
    _make(out)
    _check_free(out, run_id)
    aside = out / ASIDE
    client.document(run_id, "manifest", aside)
    for name, file in sorted(_files(aside, run_id).items()):
        path = out / name
        if _digest_of(path) == file["sha256"]:
            yield f"{name}: is there"
            continue
        outcome, _, suffix = name.partition(".")
        fetched = client.results(run_id, outcome, path, output_format=suffix, sha256=file["sha256"])
        yield f"{name}: {file['rows']:,} rows, {fetched.num_bytes:,} bytes"
    client.document(run_id, "report", out / REPORT)
    aside.replace(out / MANIFEST)
    yield f"manifest {out / MANIFEST}"
    yield f"report   {out / REPORT}"


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise OutputError(
            f"expected to write in {str(out)!r}, found: {exc.strerror}; choose another --out"
        ) from exc


def _check_free(out: Path, run_id: str) -> None:
    """Refuse a folder that holds the results of another run."""
    path = out / MANIFEST
    if not path.exists():
        return
    found = _read(path)["run"].get("id")
    if found != run_id:
        raise RunStateError(
            f"expected {str(out)!r} to be empty or to hold run {run_id}, found run {found!r:.80}; "
            "choose another --out"
        )


def _files(path: Path, run_id: str) -> Mapping[str, Any]:
    """Return name -> rows and digest of the outcome files; names come from the service."""
    manifest = _read(path)
    if manifest["run"].get("id") != run_id:
        raise InputError(f"expected the manifest of run {run_id}, found that of another")
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise InputError(f"expected a manifest with files, found {type(files).__name__}")
    for name, file in files.items():
        stem, _, suffix = name.partition(".")
        is_plain = stem.isascii() and stem.isalpha() and suffix in ("jsonl", "parquet")
        if not is_plain or not isinstance(file, dict) or not isinstance(file.get("sha256"), str):
            raise InputError(f"expected outcome files with digests, found {name!r:.80}")
    return files


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise InputError(f"expected a manifest at {str(path)!r}, found a file far too large")
        body = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise InputError(f"expected a manifest at {str(path)!r}, found: {exc}") from exc
    if not isinstance(body, dict) or not isinstance(body.get("run"), dict):
        raise InputError(f"expected a run's manifest at {str(path)!r}, found another file")
    return body


def _digest_of(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
