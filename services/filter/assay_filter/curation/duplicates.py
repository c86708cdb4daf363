"""Joins exact copies and near-duplicates into one answer per sample of the run.

Only kept samples take part. An exact group (the judged sample and its copies) is represented by
its best member; near-duplicates are sought among the representatives, and a copy shares the fate of
its representative.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.domain.verdict import Outcome
from assay_filter.curation.copies import NOT_OPEN
from assay_filter.curation.judge_stage import OUTCOMES
from assay_filter.dedup.engine import find_duplicates
from assay_filter.dedup.result import DedupResult, Members, Method
from assay_filter.dedup.settings import DedupSettings

IDENTICAL = 1000  # similarity in thousandths
_ACCEPTED = OUTCOMES.index(Outcome.ACCEPTED)
_BORDERLINE = OUTCOMES.index(Outcome.BORDERLINE)


class Link(NamedTuple):
    """Why a sample is a duplicate, and of which; similarities in thousandths where measured."""

    kept: int
    method: str
    context_similarity: int | None
    response_similarity: int | None


class Duplicates(NamedTuple):
    """What deduplication found, by ordinal."""

    links: dict[int, Link]
    guarded: dict[int, int]  # sample -> the similar one that the guard told apart

    def survivors(self) -> list[int]:
        """Samples that stand for others, in order."""
        return sorted({link.kept for link in self.links.values()})


def link_duplicates(
    features: Sequence[Path],
    firsts: "np.ndarray[Any, Any]",
    judged: "np.ndarray[Any, Any]",
    settings: DedupSettings,
    *,
    num_threads: int,
    has_left: "np.ndarray[Any, np.dtype[np.bool_]] | None" = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Duplicates:
    """Find the duplicates among the kept samples.

    Args:
        features: the chunks' feature files: one row a judged and kept sample, in sample order.
        firsts: shape (num_samples,), the first open copy of each sample, or NOT_OPEN.
        judged: shape (num_samples,), dtype `JUDGE_DTYPE`, outcomes of copies settled.
        settings: what counts as a duplicate.
        num_threads: threads for comparing texts; the result does not depend on it.
        has_left: shape (num_samples,), samples that an earlier run kept, copies included: they
            take no part and stand for nobody.
        progress: told the step, what is done, and the total.
    """
    outcomes = judged["outcome"]
    is_kept = (outcomes == _ACCEPTED) | (outcomes == _BORDERLINE)
    rows = np.flatnonzero(is_kept & (firsts == np.arange(len(firsts))))
    is_copy = is_kept & (firsts != NOT_OPEN) & (firsts != np.arange(len(firsts)))
    if has_left is not None:
        is_copy &= ~has_left
    copies = np.flatnonzero(is_copy)
    best = _best_members(rows, copies, firsts, judged)
    _, languages = np.unique(judged["language"][rows], return_inverse=True)
    is_unknown = judged["language"][rows] == b""
    members = Members(
        kept=np.ones(len(rows), np.bool_) if has_left is None else ~has_left[rows],
        rank=_rank(outcomes[best]),
        score=judged["overall"][best],
        length=judged["num_chars"][rows].astype(np.int64),
        language=np.where(is_unknown, 0, languages + 1).astype(np.int16),
    )
    found = find_duplicates(features, members, settings, progress, num_threads=num_threads)
    return Duplicates(
        _links(found, best, rows, copies, firsts, settings),
        {int(best[flag.other]): int(best[flag.kept]) for flag in found.iter_flags()},
    )


def _rank(outcomes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.uint8]]":
    ranks: np.ndarray[Any, np.dtype[np.uint8]] = (outcomes != _ACCEPTED).astype(np.uint8)
    return ranks


def _best_members(
    rows: "np.ndarray[Any, Any]",
    copies: "np.ndarray[Any, Any]",
    firsts: "np.ndarray[Any, Any]",
    judged: "np.ndarray[Any, Any]",
) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Return, per row, the best member of its exact group: verdict, score, then position."""
    everyone = np.concatenate([rows, copies])
    row_of = np.searchsorted(rows, np.concatenate([rows, firsts[copies]]))
    order = np.lexsort(
        (
            everyone,
            -judged["overall"][everyone].astype(np.int64),
            _rank(judged["outcome"][everyone]),
            row_of,
        )
    )
    _, heads = np.unique(row_of[order], return_index=True)
    best: np.ndarray[Any, np.dtype[np.int64]] = everyone[order][heads].astype(np.int64)
    return best


def _links(
    found: DedupResult,
    best: "np.ndarray[Any, Any]",
    rows: "np.ndarray[Any, Any]",
    copies: "np.ndarray[Any, Any]",
    firsts: "np.ndarray[Any, Any]",
    settings: DedupSettings,
) -> dict[int, Link]:
    links: dict[int, Link] = {}
    fate: dict[int, Link] = {}
    for edge in found.iter_edges():
        link = Link(int(best[edge.kept]), str(edge.method), edge.context, edge.response)
        fate[edge.dropped] = link
        links[int(best[edge.dropped])] = link
    if not settings.exact:
        return links
    members = np.concatenate([copies, rows])
    row_of = np.searchsorted(rows, np.concatenate([firsts[copies], rows]))
    others = members != best[row_of]
    for ordinal, row in zip(members[others].tolist(), row_of[others].tolist(), strict=True):
        exact = Link(int(best[row]), str(Method.EXACT), IDENTICAL, IDENTICAL)
        links[ordinal] = fate.get(row, exact)
    return links
