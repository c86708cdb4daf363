"""Cluster bootstrap: whole prompts are drawn with replacement, never single rows.

Answers to one prompt resemble each other, so rows are not independent and an interval that treats
them so is too narrow. A resample is a row of weights (how often each labelled sample was drawn);
every statistic is a function of a matrix of such rows, the first of which is the data itself, so
that point and interval come from the same code. Invariant: the same clusters, number and seed give
the same intervals.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Statistic: TypeAlias = Callable[[FloatArray], FloatArray]

LEVEL = 0.95
MIN_CLUSTERS = 5  # below, a percentile interval says nothing
MIN_DEFINED_SHARE = 0.9  # of the resamples must define the statistic
MAX_BLOCK_CELLS = 4_000_000  # weights held at once: 32 MB


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; None where the data do not define it."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Resamples:
    """Draws of clusters for one set of rows."""

    def __init__(self, clusters: Sequence[str], *, num_resamples: int, seed: int) -> None:
        names, index = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
        self.num_clusters = len(names)
        self.num_rows = len(index)
        self._cluster_of_row = index
        self._num_resamples = num_resamples if len(names) >= MIN_CLUSTERS else 0
        self._seed = seed

    def estimate(self, statistics: Mapping[str, Statistic]) -> dict[str, Estimate]:
        """Return each statistic's value on the data with its percentile interval."""
        parts: dict[str, list[FloatArray]] = {name: [] for name in statistics}
        for weights in self._blocks():
            for name, statistic in statistics.items():
                parts[name].append(statistic(weights))
        return {name: _estimate(np.concatenate(values)) for name, values in parts.items()}

    def _blocks(self) -> Iterator[FloatArray]:
        yield np.ones((1, self.num_rows))
        rng = np.random.default_rng(self._seed)
        size = max(1, MAX_BLOCK_CELLS // max(1, self.num_rows))
        for begun in range(0, self._num_resamples, size):
            num = min(size, self._num_resamples - begun)
            drawn = rng.integers(0, self.num_clusters, size=(num, self.num_clusters))
            flat = drawn + self.num_clusters * np.arange(num)[:, None]
            counts = np.bincount(flat.ravel(), minlength=num * self.num_clusters)
            yield counts.reshape(num, -1)[:, self._cluster_of_row].astype(np.float64)


def _estimate(values: FloatArray) -> Estimate:
    value, resampled = values[0], values[1:]
    if not np.isfinite(value):
        return Estimate(None)
    defined = resampled[np.isfinite(resampled)]
    if not len(resampled) or len(defined) < MIN_DEFINED_SHARE * len(resampled):
        return Estimate(float(value))
    low, high = np.percentile(defined, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Estimate(float(value), float(low), float(high))
