"""Shares with intervals that hold near 0 and 1, and the accept rate corrected for a judge's errors.

A bootstrap of "40 of 40" knows no doubt. Wilson's interval does; answers to the same prompt are
accounted for by an effective number of rows (the number over the design effect; the number of
clusters where all rows agree and no effect can be estimated).

`corrected_rate` is the plug-in estimate theta = (p + q0 - 1) / (q0 + q1 - 1) with the adjusted
interval of arXiv 2511.21140, which counts the doubt of the calibration set too. It takes rows as
independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from assay_judge.calibration.resampling import LEVEL, BoolArray, Estimate

Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
MIN_INFORMATION = 0.05  # q0 + q1 - 1 below this: the judge cannot tell good from bad


@dataclass(frozen=True, slots=True)
class Rates:
    """How a judge's accepts go with people's, on labelled rows.

    Attributes:
        specificity: share of what people reject that the judge does not accept (q0).
        sensitivity: share of what people accept that the judge accepts (q1).
        num_bad: rows that people reject (m0).
        num_good: rows that people accept (m1).
    """

    specificity: float
    sensitivity: float
    num_bad: int
    num_good: int


def proportion(successes: BoolArray, clusters: Sequence[str]) -> Estimate:
    """Return the share of True with its Wilson interval; no rows, no share."""
    if not len(successes):
        return Estimate(None)
    share = float(np.mean(successes))
    num = _effective_number(successes, share, clusters)
    middle = (share + Z**2 / (2 * num)) / (1 + Z**2 / num)
    half = Z * sqrt(share * (1 - share) / num + Z**2 / (4 * num**2)) / (1 + Z**2 / num)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def measure_rates(accepts: BoolArray, good: BoolArray) -> Rates | None:
    """Return the judge's rates; None where one of the two kinds has no row."""
    num_good = int(good.sum())
    num_bad = len(good) - num_good
    if not num_good or not num_bad:
        return None
    return Rates(float(np.mean(~accepts[~good])), float(np.mean(accepts[good])), num_bad, num_good)


def corrected_rate(accept_rate: float, num_rows: int, rates: Rates) -> Estimate:
    """Return the share of good rows that an accept rate among `num_rows` rows stands for.

    None where the judge's accepts are as frequent among bad rows as among good ones.
    """
    q0, q1 = rates.specificity, rates.sensitivity
    if q0 + q1 - 1 < MIN_INFORMATION or not num_rows:
        return Estimate(None)
    value = _within((accept_rate + q0 - 1) / (q0 + q1 - 1))
    num, m0, m1 = num_rows + Z**2, rates.num_bad + 2, rates.num_good + 2
    p = (num_rows * accept_rate + Z**2 / 2) / num
    q0 = (rates.num_bad * q0 + 1) / m0
    q1 = (rates.num_good * q1 + 1) / m1
    information = q0 + q1 - 1
    if information < MIN_INFORMATION:
        return Estimate(value)
    theta = (p + q0 - 1) / information
    noise0, noise1 = q0 * (1 - q0) / m0, q1 * (1 - q1) / m1
    shift = 2 * Z**2 * (theta * noise1 - (1 - theta) * noise0)
    doubt = sqrt(p * (1 - p) / num + (1 - theta) ** 2 * noise0 + theta**2 * noise1) / information
    return Estimate(value, _within(theta + shift - Z * doubt), _within(theta + shift + Z * doubt))


def _effective_number(successes: BoolArray, share: float, clusters: Sequence[str]) -> float:
    """Return how many independent rows these are worth."""
    _, cluster_of_row = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    num_rows, num_clusters = len(successes), int(cluster_of_row.max()) + 1
    if num_clusters == num_rows or num_clusters == 1:
        return float(num_clusters)
    if share in (0.0, 1.0):
        return float(num_clusters)
    residuals = np.bincount(cluster_of_row, weights=successes - share)
    variance = num_clusters / (num_clusters - 1) * float((residuals**2).sum()) / num_rows**2
    effect = variance / (share * (1 - share) / num_rows)
    return num_rows / max(1.0, effect)


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))
