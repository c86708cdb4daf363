import ctypes
from pathlib import Path

import pytest

from assay_filter.curation.heap import give_back_memory

PAGE_BYTES = 4096


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc"
)
def test_pages_between_blocks_that_stay_are_given_back() -> None:
    blocks = [bytearray(8 << 10) for _ in range(8000)]
    staying = blocks[::100]
    held = resident_bytes()
    del blocks
    give_back_memory()
    assert resident_bytes() < held - (32 << 20)
    assert len(staying) == 80
