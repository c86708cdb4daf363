"""How this package compiles its kernels: numba, at the first call, cached on disk, without the GIL.

Numba's cache looks for changes in a kernel's own file only, and would go on using a kernel whose
callee in another file has changed. The cache therefore lies in a folder named after the digest of
the whole package: beside the source, or under NUMBA_CACHE_DIR where that is set. Where the package
is read-only numba falls back to the user's cache folder; where that is too, kernels are compiled
anew in each process, which costs half a minute and changes no result.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

_HERE = Path(__file__).parent
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
    sources = sorted(_HERE.glob("*.py"))
    digest = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()
    return str((Path(given) if given else _HERE / "__pycache__") / f"kernels-{digest[:16]}")


@native
def mix(value: np.uint64) -> np.uint64:
    """Spread 64 bits (the finaliser of splitmix64, a bijection)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
