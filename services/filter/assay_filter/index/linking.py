"""The index in a run's link step: what was kept before leaves, and what stays is added.

Between "exact copies are settled" and "duplicates within the run" the samples that an earlier run
kept are found: they become duplicates of that run's samples, whatever their score, for the earlier
one may be trained on already. They take no part in the deduplication inside the run, so they stand
for nobody there. Afterwards the survivors of the run are staged, and published with its commit.

Invariant: with the same feature files, verdicts, head and `against`, the same samples leave.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import zstandard
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.domain.verdict import Outcome
from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.result import METHODS
from assay_filter.dedup.settings import DedupSettings
from assay_filter.index.entry import KEY_DTYPE, Entry, Partner
from assay_filter.index.head import Scope, Staged
from assay_filter.index.keys import family_of, lookup_keys
from assay_filter.index.lookup import load_partners
from assay_filter.index.matching import Samples, find_earlier, keyed, sets_of
from assay_filter.index.packing import LEVEL, pack
from assay_filter.index.staging import stage

ENTRY_BATCH = 512
SQL_BATCH = 500

EARLIER = np.dtype(
    [
        ("ordinal", np.int64),
        ("entry", np.int64),
        ("method", np.uint8),
        ("context", np.int16),
        ("response", np.int16),
    ]
)

_OUTCOMES = tuple(Outcome)
_KEPT = tuple(_OUTCOMES.index(outcome) for outcome in (Outcome.ACCEPTED, Outcome.BORDERLINE))


class EarlierLink(NamedTuple):
    """Why a sample is a duplicate of one of another run; similarities in thousandths.

    `partner` is None where the entry was purged since.
    """

    partner: Partner | None
    method: str
    context_similarity: int
    response_similarity: int


class Kept(NamedTuple):
    """The kept samples of a run, as the stages before left them.

    Attributes:
        features: the chunks' feature files: one row a judged and kept sample, in sample order.
        firsts: shape (num_samples,), the first open copy of each sample, negative where the rules
            closed it.
        judged: shape (num_samples,), with the fields `outcome` (position in `Outcome`),
            `num_chars` and `language`; outcomes of copies settled.
    """

    features: Sequence[Path]
    firsts: "np.ndarray[Any, Any]"
    judged: "np.ndarray[Any, Any]"

    def rows(self) -> NDArray[np.int64]:
        """Ordinals of the samples that the feature files hold, in their order."""
        is_own = self.firsts == np.arange(len(self.firsts))
        return np.flatnonzero(self._is_kept() & is_own)

    def members(self) -> NDArray[np.int64]:
        """Ordinals of all kept samples, ascending."""
        return np.flatnonzero(self._is_kept() & (self.firsts >= 0))

    def row_of(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of the feature files that holds a kept sample's text: its own or its copy's."""
        return np.searchsorted(self.rows(), self.firsts[ordinals])

    def _is_kept(self) -> NDArray[np.bool_]:
        return np.isin(self.judged["outcome"], _KEPT)


class Earlier(NamedTuple):
    """The samples of a run that were kept before (`EARLIER`, by ordinal)."""

    found: NDArray[np.void]

    @staticmethod
    def none() -> "Earlier":
        """What a run finds that is not set against any other."""
        return Earlier(np.empty(0, EARLIER))

    def has_left(self, num_samples: int) -> NDArray[np.bool_]:
        """Shape (num_samples,): which samples take no part in the deduplication of the run."""
        left = np.zeros(num_samples, np.bool_)
        left[self.found["ordinal"]] = True
        return left

    def links(self, connection: Connection, first: int, count: int) -> dict[int, EarlierLink]:
        """The links of consecutive samples (a chunk's), by ordinal."""
        bounds = np.searchsorted(self.found["ordinal"], [first, first + count])
        part = self.found[bounds[0] : bounds[1]]
        partners = load_partners(connection, part["entry"].tolist())
        return {
            ordinal: EarlierLink(partners.get(entry), str(METHODS[method]), context, response)
            for ordinal, entry, method, context, response in part.tolist()
        }


def link_earlier(engine: Engine, kept: Kept, scope: Scope, settings: DedupSettings) -> Earlier:
    """Find the kept samples that the scope holds already, exact copies included.

    The cap per prompt counts inside a run only: other answers to an earlier prompt stay.

    Raises:
        DedupError: a feature file was made with other settings, or an entry is damaged.
    """
    corpus = Corpus(kept.features, settings)
    rows = kept.rows()
    _check_number(corpus, rows)
    samples = Samples(corpus, kept.judged["language"][rows], corpus.lengths())
    parts = list(find_earlier(engine, samples, scope, settings))
    if not any(len(part) for part in parts):
        return Earlier.none()
    matches = np.concatenate(parts)
    members = kept.members()
    at = np.searchsorted(matches["row"], kept.row_of(members))
    at[at == len(matches)] = 0
    is_match = matches["row"][at] == kept.row_of(members)
    found = np.empty(int(is_match.sum()), EARLIER)
    found["ordinal"] = members[is_match]
    for name in ("entry", "method", "context", "response"):
        found[name] = matches[name][at[is_match]]
    return Earlier(found)


def stage_survivors(
    engine: Engine,
    run_id: str,
    kept: Kept,
    is_duplicate: NDArray[np.bool_],
    settings: DedupSettings,
) -> Staged:
    """Write the entries of the samples that stay, to be published with the run's commit.

    Args:
        engine: the audit database; the run's `sample` rows are there.
        run_id: the run.
        kept: its kept samples.
        is_duplicate: shape (num_samples,), the samples that are duplicates, of whichever run.
        settings: those of the run.

    Raises:
        HeadMovedError: another worker of the run stages anew.
    """
    members = kept.members()
    members = members[~is_duplicate[members]]
    rows, heads = np.unique(kept.row_of(members), return_index=True)
    ordinals = members[heads]  # one entry a text, also where exact copies are allowed to stay
    return stage(
        engine,
        run_id,
        family=family_of(settings),
        most_entries=len(rows),
        entries=_entries(engine, run_id, kept, _Survivors(rows, ordinals), settings),
    )


class _Survivors(NamedTuple):
    rows: NDArray[np.int64]  # of the feature files
    ordinals: NDArray[np.int64]


def _entries(
    engine: Engine, run_id: str, kept: Kept, survivors: _Survivors, settings: DedupSettings
) -> Iterator[Entry]:
    corpus = Corpus(kept.features, settings)
    _check_number(corpus, kept.rows())
    for first in range(0, corpus.size, ENTRY_BATCH):
        last = min(first + ENTRY_BATCH, corpus.size)
        start, stop = np.searchsorted(survivors.rows, [first, last])
        ordinals = survivors.ordinals[start:stop]
        with reading(engine) as connection:
            names = load_sample_ids(connection, run_id, ordinals.tolist())
        judged = kept.judged[ordinals]
        details = [
            Detail(ordinal, names[ordinal], str(_OUTCOMES[outcome]), language.decode(), num_chars)
            for ordinal, outcome, language, num_chars in zip(
                ordinals.tolist(),
                judged["outcome"].tolist(),
                judged["language"].tolist(),
                judged["num_chars"].tolist(),
                strict=True,
            )
        ]
        yield from entries_of(corpus, survivors.rows[start:stop], details, settings)


class Detail(NamedTuple):
    """What an entry says of its sample beside the features."""

    ordinal: int
    sample_id: str
    outcome: str
    language: str
    num_chars: int


def entries_of(
    corpus: Corpus, rows: NDArray[np.int64], details: Sequence[Detail], settings: DedupSettings
) -> Iterator[Entry]:
    """Yield the entries of ascending rows of feature files that lie close together."""
    if len(rows) == 0:
        return
    first, count = int(rows[0]), int(rows[-1] - rows[0]) + 1
    known = keyed(corpus, first, count)
    keys = lookup_keys(known, settings)
    sets = sets_of(corpus, rows)
    sizes = sets.sizes()
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    for i, (row, detail) in enumerate(zip((rows - first).tolist(), details, strict=True)):
        numbers = keys.values[row][keys.is_used[row]]
        yield Entry(
            *detail,
            known.exact[row].tobytes(),
            known.near_exact[row].tobytes(),
            int(sizes[i, 0]),
            int(sizes[i, 2]),
            numbers.astype(KEY_DTYPE).tobytes(),
            pack(sets, i, compressor) if known.is_signed[row] else None,
        )


def load_sample_ids(connection: Connection, run_id: str, ordinals: Sequence[int]) -> dict[int, str]:
    """Return the sample ids of a run's samples, by ordinal."""
    sample = tables.sample
    found: dict[int, str] = {}
    for start in range(0, len(ordinals), SQL_BATCH):
        query = select(sample.c.ordinal, sample.c.sample_id).where(
            sample.c.run_id == run_id,
            sample.c.ordinal.in_(list(ordinals[start : start + SQL_BATCH])),
        )
        found.update((row.ordinal, row.sample_id) for row in connection.execute(query))
    return found


def _check_number(corpus: Corpus, rows: NDArray[np.int64]) -> None:
    if corpus.size != len(rows):
        raise ValueError(f"expected {len(rows)} rows in the feature files, found {corpus.size}")
