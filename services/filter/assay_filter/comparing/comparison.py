"""Compares two finished runs: every sample that both hold, aligned by the address of its content.

Memory is bounded: the database sorts, and what is held is a row of each side, a batch of flips and
the sums. Order and figures depend on the two runs alone.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.domain.errors import InputError
from assay_filter.comparing.alignment import START, Key, Pair, Placed, align, placed_samples
from assay_filter.comparing.configuration import Difference, differences
from assay_filter.comparing.flips import Flip, load_flips
from assay_filter.comparing.sums import Sums, sums_body

FLIPS_AT_ONCE = 200
MAX_SCANNED = 20_000
SAMPLE_ID_CHARS = 64
MAX_CURSOR_CHARS = SAMPLE_ID_CHARS + 20


@dataclass(slots=True)
class Comparison:
    """Two runs, what was set differently, and sums that fill while the flips are read."""

    run_ids: tuple[str, str]
    settings: list[Difference] = field(default_factory=list)
    sums: Sums = field(default_factory=Sums)

    def body(self) -> dict[str, Any]:
        """Return it as JSON shows it, the flips aside."""
        return sums_body(self.run_ids, self.sums, self.settings)


@dataclass(frozen=True, slots=True)
class FlipPage:
    """Some flips in order of sample_id; `cursor` asks for the next page, None at the end.

    A page may hold few flips, or none, and yet have a cursor: it looks at so many samples only.
    """

    flips: Sequence[Flip]
    cursor: str | None


def compare(engine: Engine, comparison: Comparison) -> Iterator[Flip]:
    """Yield the samples that two runs put into different outcomes, in order of sample_id.

    `comparison` is filled on the way and complete when the iteration ends.

    Raises:
        InputError: one of the runs does not exist or is not finished.
    """
    with reading(engine) as connection:
        comparison.settings[:] = _settings(connection, comparison.run_ids)
        with closing(_flipped(connection, comparison)) as flipped:
            for flip in _load(connection, comparison.run_ids, flipped):
                comparison.sums.add_rules(flip)
                yield flip


def summarise(engine: Engine, before: str, after: str) -> dict[str, Any]:
    """Return settings and sums of a whole comparison; finished runs never give another answer.

    Raises:
        InputError: one of the runs does not exist or is not finished.
    """
    comparison = Comparison((before, after))
    for _ in compare(engine, comparison):
        pass
    return comparison.body()


def page_of_flips(
    engine: Engine,
    run_ids: tuple[str, str],
    *,
    cursor: str | None = None,
    limit: int = 100,
    max_scanned: int = MAX_SCANNED,
) -> FlipPage:
    """Return the next flips of two runs.

    Args:
        engine: the audit database.
        run_ids: the run before and the run after.
        cursor: what the page before gave; None begins.
        limit: return at most this many flips.
        max_scanned: look at no more than this many samples.

    Raises:
        InputError: a run does not exist or is not finished, or the cursor is none of ours.
    """
    assert limit > 0 and max_scanned > 0
    after = _key_of(cursor)
    with reading(engine) as connection:
        _check_runs(connection, run_ids)
        flipped: list[tuple[Placed, Placed]] = []
        last, is_cut = None, False
        with closing(_pairs(connection, run_ids, after)) as pairs:
            for num_scanned, (one, other) in enumerate(pairs):
                is_cut = len(flipped) == limit or num_scanned == max_scanned
                if is_cut:
                    break
                last = one or other
                if one is not None and other is not None and one.outcome != other.outcome:
                    flipped.append((one, other))
        flips = load_flips(connection, run_ids, flipped)
    return FlipPage(flips, _cursor_of(last.key) if is_cut and last is not None else None)


def _flipped(
    connection: Connection, comparison: Comparison
) -> Generator[tuple[Placed, Placed], None, None]:
    with closing(_pairs(connection, comparison.run_ids, START)) as pairs:
        for one, other in pairs:
            if comparison.sums.add((one, other)):
                assert one is not None and other is not None
                yield one, other


def _pairs(
    connection: Connection, run_ids: tuple[str, str], after: Key
) -> Generator[Pair, None, None]:
    with (
        closing(placed_samples(connection, run_ids[0], after)) as left,
        closing(placed_samples(connection, run_ids[1], after)) as right,
    ):
        yield from align(left, right)


def _load(
    connection: Connection,
    run_ids: tuple[str, str],
    flipped: Iterator[tuple[Placed, Placed]],
) -> Iterator[Flip]:
    while batch := list(islice(flipped, FLIPS_AT_ONCE)):
        yield from load_flips(connection, run_ids, batch)


def _settings(connection: Connection, run_ids: tuple[str, str]) -> list[Difference]:
    before, after = _check_runs(connection, run_ids)
    return differences(connection, before, after)


def _check_runs(connection: Connection, run_ids: tuple[str, str]) -> list[Row[Any]]:
    runs = []
    for run_id in run_ids:
        run = connection.execute(select(tables.run).where(tables.run.c.id == run_id)).first()
        if run is None:
            raise InputError(f"expected a run, found none called {run_id!r:.80}; see the manifest")
        if run.state != "done":
            raise InputError(
                f"expected a finished run, found {run_id} {run.state}; finish it with --resume "
                "first"
            )
        runs.append(run)
    return runs


def _cursor_of(key: Key) -> str:
    sample_id, occurrence = key
    return f"{sample_id}.{occurrence}" if occurrence else sample_id


def _key_of(cursor: str | None) -> Key:
    if cursor is None:
        return START
    sample_id, dot, occurrence = cursor[: MAX_CURSOR_CHARS + 1].partition(".")
    is_address = len(sample_id) == SAMPLE_ID_CHARS and not set(sample_id) - set("0123456789abcdef")
    is_number = occurrence.isascii() and occurrence.isdecimal() if dot else True
    if len(cursor) > MAX_CURSOR_CHARS or not is_address or not is_number:
        raise InputError(
            f"expected the cursor of a page before, found {cursor!r:.80}; begin without one"
        )
    return sample_id, int(occurrence) if dot else 0
