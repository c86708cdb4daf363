"""MinHash signatures by one permutation, densified, and the band keys made of them.

Each element of a sample's set (context and response together, the side being part of the element)
falls into one of 256 slots by its low bits; a slot keeps the least of the remaining bits. An empty
slot takes the value of the first filled one in an order fixed for that slot, so that two samples
agree in a slot with a probability of their Jaccard similarity (after Shrivastava, Optimal
Densification for Fast and Accurate Minwise Hashing, 2017).

Band keys are pure functions of the text: an index that outlives a run can store them as they are.
A byte of each slot is kept to estimate similarity before verification: the side that the least
element came from, and seven bits of it.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.dedup.folding import Layout
from assay_filter.dedup.keys import Units
from assay_filter.dedup.native import mix, native
from assay_filter.dedup.settings import SLOTS
from assay_filter.dedup.shingles import SHINGLE, shingle_hash

_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
_WIDTH = np.uint64(16)
_LOW = np.uint64(SLOTS - 1)
_SLOT_BITS = np.uint64(8)
_BYTE = np.uint64(0xFF)
_UPPER = np.uint64(0xFFFFFFFFFFFFFFFE)
_CONTEXT = np.uint64(0)  # sides, the last bit of a slot
_RESPONSE = np.uint64(1)
_TAG_BIT = np.uint64(20)  # beyond any UTF-16 unit
_SEED = np.uint64(0xA0761D6478BD642F)


class Signatures(NamedTuple):
    """Per sample: band keys (bands first), a byte per slot, and the size of its multiset.

    `num_elements` is 0 where both sides are short: such samples have no near copies.
    """

    bands: NDArray[np.uint64]
    slots: NDArray[np.uint8]
    num_elements: NDArray[np.int32]


def sign(folded: Layout, shorts: NDArray[np.uint64], *, num_bands: int, rows: int) -> Signatures:
    """Sign samples of three sides each (setting, query, response)."""
    num_samples = len(shorts)
    bands = np.empty((num_bands, num_samples), np.uint64)
    slots = np.empty((num_samples, SLOTS), np.uint8)
    sizes = np.zeros(num_samples, np.int32)
    _sign(folded.units, folded.starts, shorts, rows, bands, slots, sizes, _draws())
    return Signatures(bands, slots, sizes)


@native
def _sign(
    units: Units,
    starts: NDArray[np.int64],
    shorts: NDArray[np.uint64],
    rows: int,
    bands: NDArray[np.uint64],
    slots: NDArray[np.uint8],
    sizes: NDArray[np.int32],
    draws: NDArray[np.uint8],
) -> None:
    signature = np.empty(SLOTS, np.uint64)
    for sample in range(len(shorts)):
        signature[:] = _EMPTY
        start, middle, end = (
            starts[3 * sample],
            starts[3 * sample + 2],
            starts[3 * sample + 3],
        )
        size = _add_side(units, start, middle, shorts[sample, 0], _CONTEXT, signature)
        size += _add_side(units, middle, end, shorts[sample, 2], _RESPONSE, signature)
        sizes[sample] = size if size > 2 else 0
        _densify(signature, draws)
        for band in range(len(bands)):
            key = _SEED
            for slot in range(band * rows, (band + 1) * rows):
                key = mix(key ^ signature[slot]) + _SEED
            bands[band, sample] = key
        for slot in range(SLOTS):
            slots[sample, slot] = np.uint8(signature[slot] & _BYTE)


@native
def _add_side(
    units: Units,
    start: int,
    end: int,
    short_key: np.uint64,
    side: np.uint64,
    signature: NDArray[np.uint64],
) -> int:
    """Add a side's elements to the signature; how many there were, repetitions included."""
    if short_key != 0:
        value = mix(short_key + (side << _TAG_BIT))
        slot = value & _LOW
        signature[slot] = min(signature[slot], (value >> _SLOT_BITS) & _UPPER | side)
        return 1
    tag = side << _TAG_BIT
    window = np.uint64(0)
    for i in range(start, start + SHINGLE - 1):
        window = (window << _WIDTH) | np.uint64(units[i])
    for i in range(start + SHINGLE - 1, end):
        oldest = window >> np.uint64(48)
        window = (window << _WIDTH) | np.uint64(units[i])
        value = shingle_hash(window, oldest + tag)
        slot = value & _LOW
        signature[slot] = min(signature[slot], (value >> _SLOT_BITS) & _UPPER | side)
    return end - start - SHINGLE + 1


@native
def _densify(signature: NDArray[np.uint64], draws: NDArray[np.uint8]) -> None:
    """Fill empty slots from filled ones; there is at least one."""
    filled = signature != _EMPTY
    for slot in range(SLOTS):
        if not filled[slot]:
            draw = 0
            while not filled[draws[slot, draw]]:
                draw += 1
            signature[slot] = signature[draws[slot, draw]]


@cache
def _draws() -> NDArray[np.uint8]:
    """For each slot the order in which others are tried: a permutation by a fixed hash."""
    weights = np.arange(SLOTS * SLOTS, dtype=np.uint64).reshape(SLOTS, SLOTS)
    for row in weights:
        for i in range(SLOTS):
            row[i] = mix(row[i] + _SEED)
    return np.argsort(weights, axis=1, kind="stable").astype(np.uint8)
