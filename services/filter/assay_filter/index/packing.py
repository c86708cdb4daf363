"""How shingle sets are stored: about four bytes a shingle.

A set is sorted and its numbers are spread evenly, so the gaps between neighbours are what is worth
keeping. Gaps of all sets of a sample stand one after the other, the lowest byte of each first, then
the next: the upper bytes hardly vary and compress. What is read back is checked, never trusted.
"""

import struct
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import zstandard
from numpy.typing import NDArray

from assay.domain.errors import DedupError
from assay_filter.dedup.sets import NUM_SETS, VALUE_BITS, ShingleSets

VERSION = 1
LEVEL = 1

_HEADER = struct.Struct("<BB3Q3I")  # version, has setting, short keys, sizes
_PLANES = VALUE_BITS // 8


def pack(sets: ShingleSets, row: int, compressor: zstandard.ZstdCompressor) -> bytes:
    """Return the bytes of one row."""
    first, *_, last = bounds = sets.starts[row].tolist()
    values = sets.values[first:last]
    gaps = values.copy()
    gaps[1:] -= values[:-1]
    for start in bounds[:-1]:
        if start < last:
            gaps[start - first] = values[start - first]
    planes = gaps.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :_PLANES].T
    header = _HEADER.pack(
        VERSION,
        int(sets.has_setting[row]),
        *sets.shorts[row].tolist(),
        *(end - start for start, end in pairwise(bounds)),
    )
    return header + compressor.compress(planes.tobytes())


def unpack(packed: Sequence[bytes]) -> ShingleSets:
    """Read rows back.

    Raises:
        DedupError: the bytes are not what `pack` writes.
    """
    decompressor = zstandard.ZstdDecompressor()
    heads = [_read_header(data) for data in packed]
    sizes = np.array([head[5:] for head in heads], np.int64).reshape(-1, NUM_SETS)
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes.reshape(-1))])
    values = np.empty(int(ends[-1]), np.uint64)
    for i, data in enumerate(packed):
        bounds = ends[NUM_SETS * i : NUM_SETS * (i + 1) + 1]
        values[bounds[0] : bounds[-1]] = _read_values(data, bounds - bounds[0], decompressor)
    at = NUM_SETS * np.arange(len(packed))[:, None] + np.arange(NUM_SETS + 1)
    return ShingleSets(
        values,
        ends[at],
        np.array([head[2:5] for head in heads], np.uint64).reshape(-1, 3),
        np.array([head[1] for head in heads], np.bool_),
    )


def _read_header(data: bytes) -> tuple[int, ...]:
    if len(data) < _HEADER.size or data[0] != VERSION:
        raise DedupError(
            f"expected index features of version {VERSION}, found {data[:1]!r} in {len(data)} "
            "bytes; remove the run from the index and add it again"
        )
    return _HEADER.unpack_from(data)


def _read_values(
    data: bytes, bounds: NDArray[np.int64], decompressor: zstandard.ZstdDecompressor
) -> NDArray[np.uint64]:
    count = int(bounds[-1])
    try:
        body = decompressor.decompress(data[_HEADER.size :], max_output_size=_PLANES * count + 1)
    except zstandard.ZstdError as exc:
        raise _damaged(exc) from exc
    if len(body) != _PLANES * count:
        raise _damaged(f"{len(body)} bytes for {count} shingles")
    wide = np.zeros((count, 8), np.uint8)
    wide[:, :_PLANES] = np.frombuffer(body, np.uint8).reshape(_PLANES, count).T
    gaps = wide.view("<u8")[:, 0].astype(np.uint64)
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        np.cumsum(gaps[start:end], out=gaps[start:end])
    return gaps


def _damaged(found: object) -> DedupError:
    return DedupError(
        f"expected the shingle sets of an index entry, found: {found}; the database is damaged: "
        "remove the run from the index and add it again"
    )
