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
from assay_filter.dedup.result import METHODS, UNMEASURED, DedupResult, Members, Method
from assay_filter.dedup.settings import DedupSettings

IDENTICAL = 1000  # similarity in thousandths
EXACT = METHODS.index(Method.EXACT)
LINKS = np.dtype(
    [
        ("ordinal", np.int64),
        ("kept", np.int64),
        ("method", np.uint8),
        ("context", np.int16),
        ("response", np.int16),
    ]
)
GUARDED = np.dtype([("ordinal", np.int64), ("other", np.int64)])
_ACCEPTED = OUTCOMES.index(Outcome.ACCEPTED)
_BORDERLINE = OUTCOMES.index(Outcome.BORDERLINE)


class Link(NamedTuple):
    """Why a sample is a duplicate, and of which; similarities in thousandths where measured."""

    kept: int
    method: str
    context_similarity: int | None
    response_similarity: int | None


class Duplicates(NamedTuple):
    """What deduplication found: arrays in the order of `ordinal` (`LINKS`, `GUARDED`).

    A third of millions of samples may be duplicates, so a chunk's worth becomes objects at a time.
    """

    links: "np.ndarray[Any, Any]"
    guarded: "np.ndarray[Any, Any]"  # sample -> the similar one that the guard told apart

    def links_of(self, first: int, count: int) -> dict[int, Link]:
        """The links of the samples from `first` on."""
        return {
            ordinal: Link(kept, str(METHODS[method]), _known(context), _known(response))
            for ordinal, kept, method, context, response in _within(self.links, first, count)
        }

    def guarded_of(self, first: int, count: int) -> dict[int, int]:
        """What the guard told apart among the samples from `first` on."""
        return dict(_within(self.guarded, first, count))

    def is_duplicate(self, num_samples: int) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Shape (num_samples,): which samples have a link."""
        found = np.zeros(num_samples, np.bool_)
        found[self.links["ordinal"]] = True
        return found


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
    guarded = np.empty(len(found.flags), GUARDED)
    guarded["ordinal"] = best[found.flags["other"]]
    guarded["other"] = best[found.flags["kept"]]
    return Duplicates(
        np.sort(_links(found, best, rows, copies, firsts, settings), order="ordinal"),
        np.sort(guarded, order="ordinal"),
    )


def _within(found: "np.ndarray[Any, Any]", first: int, count: int) -> list[Any]:
    """Return the rows of the samples from `first` on as tuples."""
    start, stop = np.searchsorted(found["ordinal"], [first, first + count])
    rows: list[Any] = found[start:stop].tolist()
    return rows


def _known(similarity: int) -> int | None:
    return None if similarity == UNMEASURED else similarity


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
) -> "np.ndarray[Any, Any]":
    """Return a link for each dropped representative, and for the other members of its group."""
    edges = found.edges
    links = np.empty(len(edges), LINKS)
    links["ordinal"], links["kept"] = best[edges["dropped"]], best[edges["kept"]]
    for name in ("method", "context", "response"):
        links[name] = edges[name]
    if not settings.exact:
        return links
    members = np.concatenate([copies, rows])
    row_of = np.searchsorted(rows, np.concatenate([firsts[copies], rows]))
    others = members != best[row_of]
    return np.concatenate([links, _copied(links, edges["dropped"], members, row_of, others, best)])


def _copied(
    links: "np.ndarray[Any, Any]",
    dropped: "np.ndarray[Any, Any]",
    members: "np.ndarray[Any, Any]",
    row_of: "np.ndarray[Any, Any]",
    others: "np.ndarray[Any, Any]",
    best: "np.ndarray[Any, Any]",
) -> "np.ndarray[Any, Any]":
    """Return the links of members that are not their group's best: its fate, or a copy of it."""
    link_of = np.full(len(best), -1, np.int64)
    link_of[dropped] = np.arange(len(links))
    own = row_of[others]
    copied = np.empty(len(own), LINKS)
    copied["kept"] = best[own]
    copied["method"], copied["context"], copied["response"] = EXACT, IDENTICAL, IDENTICAL
    is_dropped = link_of[own] >= 0
    copied[is_dropped] = links[link_of[own[is_dropped]]]
    copied["ordinal"] = members[others]
    return copied
