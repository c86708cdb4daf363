"""Agreement of two sets of scores, as functions of weights: one row of weights is one resample.

Each function takes weights of shape (resamples, rows) and returns one value per resample; NaN where
the data do not define it (a constant, no rows). A weight of two is a row that stands there twice.

Sources: quadratic-weighted kappa (Cohen 1968); Spearman's rho with mean ranks; Kendall's tau-b;
Krippendorff's alpha with the ordinal metric (Krippendorff, "Computing Krippendorff's
Alpha-Reliability", 2011).
"""

import numpy as np
from numpy.typing import NDArray

from assay_judge.calibration.resampling import FloatArray, IntArray

TINY = 1e-12
SIGN_ROWS = 512  # rows of the sign matrix held at once


def count_tables(
    weights: FloatArray, left: IntArray, right: IntArray, *, num_levels: int
) -> FloatArray:
    """Return tables (resamples, levels of `left`, levels of `right`); a level below 0 is absent."""
    cells = np.zeros((len(left), num_levels * num_levels))
    present = np.flatnonzero((left >= 0) & (right >= 0))
    cells[present, left[present] * num_levels + right[present]] = 1.0
    return (weights @ cells).reshape(-1, num_levels, num_levels)


def quadratic_kappa(tables: FloatArray) -> FloatArray:
    """Return quadratic-weighted kappa of tables (resamples, levels, levels): 1 is agreement."""
    num_levels = tables.shape[1]
    levels = np.arange(num_levels)
    distance = (levels[:, None] - levels[None, :]) ** 2.0
    total = tables.sum((1, 2))
    observed = (tables * distance).sum((1, 2)) * total
    rows, columns = tables.sum(2), tables.sum(1)
    expected = np.einsum("rc,ck,rk->r", rows, distance, columns)
    return _one_minus_ratio(observed, expected)


def coincidences_of_pairs(tables: FloatArray) -> FloatArray:
    """Return the coincidences of two coders, whose roles are exchangeable, from their tables."""
    return tables + tables.transpose(0, 2, 1)


def coincidences_of_units(levels: IntArray, *, num_levels: int) -> FloatArray:
    """Return each unit's coincidences, flat: (units, levels * levels).

    `levels` is (units, coders), below 0 where a coder gave none. A unit with one coder counts
    nothing. Multiplied by weights they give the coincidences of a resample.
    """
    counts = np.stack([(levels == level).sum(1) for level in range(num_levels)], 1).astype(float)
    num_coders = counts.sum(1)
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(num_levels)
    pairs[:, diagonal, diagonal] -= counts
    pairs /= np.maximum(num_coders - 1, 1)[:, None, None]
    pairs[num_coders < 2] = 0.0
    flat: FloatArray = pairs.reshape(len(levels), -1)
    return flat


def ordinal_alpha(coincidences: FloatArray) -> FloatArray:
    """Return Krippendorff's alpha from coincidences (resamples, levels, levels).

    The ordinal distance of two levels is the squared difference of their mean ranks.
    """
    frequency = coincidences.sum(2)
    total = frequency.sum(1)
    midranks = np.cumsum(frequency, 1) - frequency / 2
    distance = (midranks[:, :, None] - midranks[:, None, :]) ** 2
    observed = (coincidences * distance).sum((1, 2)) * (total - 1)
    expected = np.einsum("rc,rk,rck->r", frequency, frequency, distance)
    return _one_minus_ratio(observed, expected)


def spearman(weights: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Return Spearman's rank correlation."""
    return _pearson(weights, midranks(weights, left), midranks(weights, right))


def partial_spearman(
    weights: FloatArray, left: FloatArray, right: FloatArray, given: FloatArray
) -> FloatArray:
    """Return the rank correlation of `left` and `right` that `given` does not explain."""
    ranks = [midranks(weights, values) for values in (left, right, given)]
    both = _pearson(weights, ranks[0], ranks[1])
    first = _pearson(weights, ranks[0], ranks[2])
    second = _pearson(weights, ranks[1], ranks[2])
    left_over = (1 - first**2) * (1 - second**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (both - first * second) / np.sqrt(left_over)
    return np.where(left_over > TINY, np.clip(found, -1, 1), np.nan)


def midranks(weights: FloatArray, values: FloatArray) -> FloatArray:
    """Return mean ranks less one half, (resamples, rows); ties share theirs."""
    order = np.argsort(values, kind="stable")
    is_new = np.concatenate([[True], np.diff(values[order]) != 0])
    groups = np.add.reduceat(weights[:, order], np.flatnonzero(is_new), axis=1)
    middle = np.cumsum(groups, 1) - groups / 2
    group_of_row = np.empty(len(values), np.int64)
    group_of_row[order] = np.cumsum(is_new) - 1
    ranks: FloatArray = middle[:, group_of_row]
    return ranks


def kendall(weights: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Return Kendall's tau-b; rows with equal scores on both sides are first put together."""
    cells, cell_of_row = np.unique(np.stack([left, right], 1), axis=0, return_inverse=True)
    order = np.argsort(cell_of_row, kind="stable")
    starts = np.searchsorted(cell_of_row[order], np.arange(len(cells)))
    grouped = np.add.reduceat(weights[:, order], starts, axis=1)
    concordance = _concordance(grouped.astype(np.float32), cells)
    untied = [_num_untied(grouped, cells[:, side]) for side in (0, 1)]
    product = untied[0] * untied[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(product > 0, concordance / np.sqrt(product), np.nan)


def mean_error(weights: FloatArray, errors: FloatArray) -> FloatArray:
    """Return the weighted mean of `errors`."""
    total = weights.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, weights @ errors / total, np.nan)


def _concordance(weights: NDArray[np.float32], cells: FloatArray) -> FloatArray:
    """Return concordant less discordant pairs; sums of counts stay exact in single precision."""
    found = np.zeros(len(weights))
    for begun in range(0, len(cells), SIGN_ROWS):
        some = cells[begun : begun + SIGN_ROWS]
        signs = np.sign(some[:, None, 0] - cells[None, :, 0])
        signs *= np.sign(some[:, None, 1] - cells[None, :, 1])
        against = weights @ signs.astype(np.float32).T
        found += np.einsum("rc,rc->r", weights[:, begun : begun + SIGN_ROWS], against, dtype=float)
    return found / 2


def _num_untied(weights: FloatArray, values: FloatArray) -> FloatArray:
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(group.max() + 1))
    sizes = np.add.reduceat(weights[:, order], starts, axis=1)
    untied: FloatArray = (weights.sum(1) ** 2 - (sizes**2).sum(1)) / 2
    return untied


def _pearson(weights: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    total = np.maximum(weights.sum(1, keepdims=True), TINY)
    left = left - (weights * left).sum(1, keepdims=True) / total
    right = right - (weights * right).sum(1, keepdims=True) / total
    weighted = weights * left
    product = (weighted * left).sum(1) * (weights * right * right).sum(1)
    shared = (weighted * right).sum(1)
    scale = total[:, 0] ** 6  # of ranks: constants leave rounding noise, and no variance
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(product > TINY * scale, shared / np.sqrt(product), np.nan)


def _one_minus_ratio(observed: FloatArray, expected: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > TINY, 1 - observed / expected, np.nan)
