"""A folder that appears when everything in it is complete.

Files are written into `.NAME.XXXX.part` beside the target, synced, and the folder is renamed. Of a
crash remains such a part, never half a data set under its name.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from assay.domain.errors import InputError, OutputError

MANIFEST = "manifest.json"
KIND = "assay.export"


@contextmanager
def whole_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a folder to write into; it gets its name when the block ends without an error.

    Args:
        path: the folder's name in the end.
        overwrite: replace a former export of that name.

    Raises:
        InputError: something stands there already that may not be replaced.
        OutputError: the disk is full or the folder cannot be written.
    """
    path = path.absolute()
    _check_target(path, overwrite=overwrite)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir(parents=True)
        yield part
        _sync(part)
        _publish(part, path)
    except OSError as exc:
        raise OutputError(
            f"expected to write {str(path)!r}, found: {exc.strerror or exc}; free disk space or "
            "permit writing there, or choose another --out"
        ) from exc
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check_target(path: Path, *, overwrite: bool) -> None:
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    if not overwrite:
        raise InputError(
            f"expected no folder at {str(path)!r}, found one that is not empty; choose another "
            "--out, or replace a former export with --overwrite"
        )
    if not _is_export(path):
        raise InputError(
            f"expected a former export at {str(path)!r}, found something else, which --overwrite "
            "does not touch; choose another --out"
        )


def _is_export(path: Path) -> bool:
    try:
        body = orjson.loads((path / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(body, dict) and body.get("kind") == KIND


def _publish(part: Path, path: Path) -> None:
    former = path.with_name(f".{path.name}.{secrets.token_hex(4)}.former")
    if path.exists():
        path.rename(former)
    part.rename(path)
    _sync(path.parent)
    shutil.rmtree(former, ignore_errors=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
