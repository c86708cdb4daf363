"""What the manifest and the card say of the rows that were written, counted from integers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay_filter.exporting.gathering import NONE, UNKNOWN, Rows
from assay_filter.exporting.outcome_files import OutcomeFile
from assay_filter.exporting.selection import Selection

MAX_TURNS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows written (repeats counted) by what they are; tokens by powers of two."""

    num_rows: int
    num_samples: int  # different ones
    num_tokens: int
    outcomes: Mapping[str, int]
    sources: Mapping[str, int]
    types: Mapping[str, int]
    languages: Mapping[str, int]
    licenses: Sequence[tuple[str, str, int]]  # source, licence, rows
    tiers: Mapping[str, int]
    turns: Mapping[str, int]  # assistant turns
    tokens: Mapping[str, int]


def count_written(
    rows: Rows,
    selection: Selection,
    files: Sequence[OutcomeFile],
    licenses: Mapping[str, str],
) -> Figures:
    """Count what a selection writes."""
    repeats = selection.repeats
    tokens, turns = rows.column("tokens"), rows.column("turns")
    outcomes = _sums(rows.column("file"), repeats, [file.outcome for file in files])
    return Figures(
        num_rows=int(repeats.sum()),
        num_samples=int((repeats > 0).sum()),
        num_tokens=int((tokens * repeats).sum()),
        outcomes=outcomes,
        sources=_labelled(rows, "source", repeats),
        types=_labelled(rows, "type", repeats),
        languages=_labelled(rows, "language", repeats),
        licenses=_licenses(rows, repeats, licenses),
        tiers={t: n for t, n in _labelled(rows, "tier", repeats).items() if t != NONE},
        turns=_turns(turns, repeats),
        tokens=_tokens(tokens, repeats),
    )


def _labelled(rows: Rows, name: str, repeats: NDArray[np.uint16]) -> dict[str, int]:
    return _sums(rows.column(name), repeats, rows.labels[name].names)


def _sums(
    values: NDArray[Any], repeats: NDArray[np.uint16], names: Sequence[str]
) -> dict[str, int]:
    """Return name -> rows, most first; several numbers may have one name."""
    counts: dict[str, int] = {}
    sums = np.bincount(values.astype(np.int64), weights=repeats, minlength=len(names))
    for name, number in zip(names, sums.astype(np.int64).tolist(), strict=True):
        counts[name] = counts.get(name, 0) + number
    return _by_number({name: number for name, number in counts.items() if number})


def _licenses(
    rows: Rows, repeats: NDArray[np.uint16], known: Mapping[str, str]
) -> list[tuple[str, str, int]]:
    """Return source, licence and rows: the row's own word, else the mix's, else unknown."""
    sources, stated = rows.labels["source"].names, rows.labels["license"].names
    if not stated:
        return []
    pairs = rows.column("source").astype(np.int64) * len(stated) + rows.column("license")
    found, places = np.unique(pairs, return_inverse=True)
    sums = np.bincount(places, weights=repeats, minlength=len(found)).astype(np.int64)
    counts: dict[tuple[str, str], int] = {}
    for pair, number in zip(found.tolist(), sums.tolist(), strict=True):
        source, own = sources[pair // len(stated)], stated[pair % len(stated)]
        key = (source, own if own != NONE else known.get(source, UNKNOWN))
        counts[key] = counts.get(key, 0) + number
    return sorted(
        ((source, name, number) for (source, name), number in counts.items() if number),
        key=lambda entry: (-entry[2], entry[:2]),
    )


def _turns(turns: NDArray[Any], repeats: NDArray[np.uint16]) -> dict[str, int]:
    capped = np.minimum(turns, MAX_TURNS_SHOWN)
    sums = np.bincount(capped, weights=repeats, minlength=1).astype(np.int64).tolist()
    return {
        f"{at}{'+' if at == MAX_TURNS_SHOWN else ''}": number
        for at, number in enumerate(sums)
        if number
    }


def _tokens(tokens: NDArray[Any], repeats: NDArray[np.uint16]) -> dict[str, int]:
    """Return `low-high` -> rows."""
    exponents = np.ceil(np.log2(np.maximum(tokens, 0) + 1)).astype(np.int64)
    sums = np.bincount(exponents, weights=repeats, minlength=1).astype(np.int64).tolist()
    return {f"{(1 << at) >> 1}-{(1 << at) - 1}": number for at, number in enumerate(sums) if number}


def _by_number(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
