"""Gives freed memory back to the system, where the C library can.

Thousands of small blocks come and go with every chunk; glibc keeps the pages between those that
stay, so a worker's resident memory would creep up although what it holds does not grow.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any


def give_back_memory() -> None:
    """Let the allocator return free pages; does nothing where it is not glibc."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], Any] | None:
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
