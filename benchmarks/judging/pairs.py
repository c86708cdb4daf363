"""Two ways of doing the same, one after the other again and again: their ratio and how sure it is.

A shared machine changes its speed from minute to minute, so only what ran side by side is compared:
each pair gives one ratio, the order within pairs alternates, and the median of the ratios stands
with an interval of order statistics, which assumes nothing of their distribution (the chance that
the median lies between the i-th smallest and the i-th largest of n is binomial).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

WANTED_COVERAGE = 0.95


@dataclass(frozen=True, slots=True)
class Middle:
    """A median, and an interval that holds the true one with probability `coverage`."""

    median: float
    low: float
    high: float
    coverage: float
    num_values: int

    def times(self, factor: float) -> "Middle":
        """Return the same in another unit."""
        return replace(
            self, median=self.median * factor, low=self.low * factor, high=self.high * factor
        )

    def __str__(self) -> str:
        return (
            f"{self.median:.3f} [{self.low:.3f}, {self.high:.3f}]"
            f" ({self.coverage:.0%}, {self.num_values} pairs)"
        )


def middle(values: Sequence[float]) -> Middle:
    """Return the median with the narrowest interval of at least 95 %; of few values, the widest."""
    ordered = sorted(values)
    num = len(ordered)
    best = 0
    for cut in range((num + 1) // 2):
        if _coverage(num, cut) < WANTED_COVERAGE:
            break
        best = cut
    return Middle(
        median(ordered), ordered[best], ordered[num - 1 - best], _coverage(num, best), num
    )


def _coverage(num: int, cut: int) -> float:
    """The chance that the median lies within, when `cut` values are left out on either side."""
    num_outside = sum(math.comb(num, below) for below in range(cut + 1))
    return max(0.0, 1 - num_outside / float(2 ** (num - 1)))
