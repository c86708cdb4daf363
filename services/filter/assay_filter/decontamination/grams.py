"""Keys of token sequences: any range of a text has its key in constant time.

A prefix sum of token keys, weighted by powers of an odd base modulo 2^64, gives the sum over a
range; the range's length is mixed in. Equal sequences have equal keys; different ones collide with
a probability of about 2^-64 (token keys are themselves mixed, so texts cannot aim at it).
"""

import numpy as np
from numpy.typing import NDArray

from assay_filter.decontamination.native import native
from assay_filter.decontamination.settings import NGRAM
from assay_filter.dedup.native import mix

_BASE = np.uint64(0xD1342543DE82EF95)
_LENGTH = np.uint64(0x9E3779B97F4A7C15)


@native
def prefixes(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the weighted sums before each token and after the last."""
    sums = np.zeros(len(keys) + 1, np.uint64)
    for i in range(len(keys)):
        sums[i + 1] = sums[i] * _BASE + keys[i]
    return sums


@native
def powers(count: int) -> NDArray[np.uint64]:
    """Return the base to the power of 0 to `count`."""
    found = np.ones(count + 1, np.uint64)
    for i in range(count):
        found[i + 1] = found[i] * _BASE
    return found


@native
def range_key(
    sums: NDArray[np.uint64], powered: NDArray[np.uint64], start: int, length: int
) -> np.uint64:
    """Return the key of `length` tokens from `start` on."""
    value = sums[start + length] - sums[start] * powered[length]
    return mix(value ^ (np.uint64(length) * _LENGTH))


@native
def gram_keys(sums: NDArray[np.uint64], bounds: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the key of the gram at each token; 0 where none fits into its text."""
    powered = powers(NGRAM)
    found = np.zeros(len(sums) - 1, np.uint64)
    for text in range(len(bounds) - 1):
        for i in range(bounds[text], bounds[text + 1] - NGRAM + 1):
            key = range_key(sums, powered, i, NGRAM)
            found[i] = key if key != 0 else np.uint64(1)
    return found


@native
def whole_keys(sums: NDArray[np.uint64], bounds: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the key of each text as a whole."""
    powered = powers(int((bounds[1:] - bounds[:-1]).max()) if len(bounds) > 1 else 0)
    found = np.empty(len(bounds) - 1, np.uint64)
    for text in range(len(bounds) - 1):
        found[text] = range_key(sums, powered, bounds[text], bounds[text + 1] - bounds[text])
    return found
