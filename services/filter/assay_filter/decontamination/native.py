"""How this package compiles its kernels: as deduplication does, in a cache folder of its own.

numba looks for changes in a kernel's own file only; the folder is therefore named after the digest
of all files that kernels call into.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

_HERE = Path(__file__).parent
_MIXING = _HERE.parent / "dedup" / "native.py"
_OPTIONS = {"nogil": True, "error_model": "numpy"}


def native(function: F) -> F:
    """Compile `function` at its first call."""
    try:
        with _own_cache():
            return cast(F, numba.njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:  # numba found no folder that it can write to
        return cast(F, numba.njit(**_OPTIONS)(function))


@contextmanager
def _own_cache() -> Iterator[None]:
    given = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = _cache_folder(given)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = given


@cache
def _cache_folder(given: str) -> str:
    """A folder for this state of the package; empty (numba decides) where it is read-only."""
    if not given and not os.access(_HERE, os.W_OK):
        return ""
    sources = [*sorted(_HERE.glob("*.py")), _MIXING]
    digest = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()
    return str((Path(given) if given else _HERE / "__pycache__") / f"kernels-{digest[:16]}")
