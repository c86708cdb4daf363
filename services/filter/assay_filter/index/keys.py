"""Under which numbers an entry is found: its exact key, its near-exact key and its bands.

All go into one table, so each is salted by its kind. Bands are salted by what they depend on too:
the feature parameters and whether the guard is on (the family), the band's position, and the guard
itself. So ten thousand tasks of one template with different numbers share no bucket, and samples
prepared with other settings meet by their exact and near-exact keys alone.
"""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.dedup.features import FORMAT_VERSION
from assay_filter.dedup.settings import DedupSettings

EXACT, NEAR_EXACT, FIRST_BAND = 0, 1, 2  # columns

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_TWICE = np.uint64(0x3C6EF372FE94F82A)


class Keyed(NamedTuple):
    """What is known of some samples by keys, one row a sample."""

    exact: NDArray[np.uint64]  # (n, 2)
    near_exact: NDArray[np.uint64]  # (n, 2)
    bands: NDArray[np.uint64]  # (num_bands, n)
    guard: NDArray[np.uint64]  # (n,)
    is_signed: NDArray[np.bool_]  # (n,) False where both sides are short: no bands


class LookupKeys(NamedTuple):
    """Shape (n, 2 + num_bands): the numbers, and which of them count."""

    values: NDArray[np.int64]
    is_used: NDArray[np.bool_]


def family_of(settings: DedupSettings) -> int:
    """A number for the settings that band keys depend on."""
    text = f"{FORMAT_VERSION}:{tuple(settings.parameters)}:{settings.guard}"
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "little", signed=True)


def lookup_keys(keyed: Keyed, settings: DedupSettings) -> LookupKeys:
    """Return the keys of every sample; which tiers are switched on is the asker's matter."""
    family = np.array([family_of(settings)], np.int64).view(np.uint64)
    salt = keyed.guard if settings.guard else np.zeros(len(keyed.guard), np.uint64)
    positions = np.arange(FIRST_BAND, FIRST_BAND + len(keyed.bands), dtype=np.uint64)
    bands = keyed.bands.T ^ _spread(family + _GOLDEN * positions)[None, :] ^ _spread(salt)[:, None]
    columns = [
        _spread(keyed.exact[:, :1] + _GOLDEN),
        _spread(keyed.near_exact[:, :1] + _TWICE),
        _spread(bands),
    ]
    values = np.ascontiguousarray(np.concatenate(columns, axis=1)).view(np.int64)
    is_used = np.ones(values.shape, np.bool_)
    is_used[:, FIRST_BAND:] = keyed.is_signed[:, None]
    return LookupKeys(values, is_used)


def _spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread 64 bits (the finaliser of splitmix64, a bijection)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
