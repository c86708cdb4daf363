"""Cost of the deduplication index as it grows: look-up, addition, publication and bytes a sample.

    python benchmarks/index.py [--data FOLDER] [--db URL] [--sizes 20000,100000,400000]

FOLDER holds `bench/bench.permissive.jsonl.zst`. Beyond its rows the index is filled with the same
rows in other letters (each letter moved by a fixed number), which share no shingle with them. Two
sets of 4,096 rows are looked up at each size: rows that are in the index, and rows that are not.
`--db` names an empty database (default: a SQLite file in a temporary folder). CPU seconds of this
process stand beside the clock, for other work may share the machine.
"""

import argparse
import io
import itertools
import string
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson
import zstandard
from sqlalchemy import Engine, text

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade
from assay.domain.sample import Message, Sample
from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.engine import warm_up
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import DedupText, dedup_text
from assay_filter.dedup.settings import DedupSettings
from assay_filter.index.entry import Entry
from assay_filter.index.head import pin, publish, scope_of
from assay_filter.index.keys import family_of
from assay_filter.index.linking import Detail, entries_of
from assay_filter.index.matching import Samples, find_earlier
from assay_filter.index.staging import stage

DEFAULT_DATA = Path(__file__).parents[1].parent / "shared" / "data"
SETTINGS = DedupSettings()
CHUNK = 2048
LOOKED_UP = 4096
FRESH = 13  # a shift of letters that no part of the index has


class Cost(NamedTuple):
    """Seconds on the clock and of this process."""

    wall: float
    cpu: float


class Stopwatch:
    """Measures a block."""

    def __enter__(self) -> "Stopwatch":
        self._wall, self._cpu = time.monotonic(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.cost = Cost(time.monotonic() - self._wall, time.process_time() - self._cpu)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--db", default=None)
    parser.add_argument("--sizes", default="20000,100000,400000")
    given = parser.parse_args()
    rows = given.data / "bench" / "bench.permissive.jsonl.zst"
    if not rows.is_file():
        print(f"expected the benchmark rows at {rows}, found none; name their folder with --data")
        return 2
    warm_up()
    with tempfile.TemporaryDirectory(prefix="assay-index-bench-") as folder:
        engine = open_engine(given.db or f"sqlite:///{folder}/audit.db")
        upgrade(engine)
        print(f"{'samples':>9s}{'add ms':>9s}{'cpu':>7s}{'publish':>9s}{'bytes':>8s}"
              f"{'features':>10s}{'known ms':>10s}{'cpu':>7s}{'found':>7s}"
              f"{'new ms':>9s}{'cpu':>7s}{'found':>7s}")  # fmt: skip
        fill(engine, read_lines(rows), Path(folder), [int(size) for size in given.sizes.split(",")])
        engine.dispose()
    return 0


def fill(engine: Engine, rows: Sequence[bytes], folder: Path, sizes: Sequence[int]) -> None:
    stream = itertools.chain.from_iterable(read_texts(rows, shift) for shift in range(12))
    known = write_block(folder / "known", itertools.islice(read_texts(rows, 0), LOOKED_UP))
    fresh = write_block(folder / "fresh", itertools.islice(read_texts(rows, FRESH), LOOKED_UP))
    size = 0
    for wanted in sizes:
        texts = itertools.islice(stream, wanted - size)
        with Stopwatch() as adding:
            staged = stage(
                engine,
                f"run{wanted}",
                family=family_of(SETTINGS),
                most_entries=wanted - size,
                entries=make_entries(texts, folder / "chunk"),
            )
        with Stopwatch() as publishing, engine.begin() as connection:
            publish(connection, staged, pin(connection))
        per_sample = adding.cost.wall / staged.num_entries, adding.cost.cpu / staged.num_entries
        size = wanted
        line = f"{size:9,d}{1e3 * per_sample[0]:9.2f}{1e3 * per_sample[1]:7.2f}"
        line += f"{publishing.cost.wall:8.3f}s{num_bytes(engine) / size:8.0f}"
        line += f"{features_bytes(engine):10.0f}"
        for path in (known, fresh):
            cost, found = look_up(engine, path)
            line += (
                f"{1e3 * cost.wall / LOOKED_UP:10.3f}{1e3 * cost.cpu / LOOKED_UP:7.3f}{found:7d}"
            )
        print(line, flush=True)


def look_up(engine: Engine, path: Path) -> tuple[Cost, int]:
    """Look all rows of a feature file up, once to warm the caches and once for the clock."""
    corpus = Corpus([path], SETTINGS)
    samples = Samples(corpus, np.full(corpus.size, b"", "S8"), corpus.lengths())
    with engine.connect() as connection:
        scope = scope_of(connection, pin(connection), "all")
    for _ in range(2):
        with Stopwatch() as watch:
            found = sum(len(part) for part in find_earlier(engine, samples, scope, SETTINGS))
    return watch.cost, found


def make_entries(texts: Iterator[DedupText], path: Path) -> Iterator[Entry]:
    number = itertools.count()
    while part := list(itertools.islice(texts, CHUNK)):
        compute_features(part, SETTINGS).save(path)
        details = [
            Detail(i, f"{i:064x}", "accepted", "", 0) for i in itertools.islice(number, len(part))
        ]
        yield from entries_of(Corpus([path], SETTINGS), np.arange(len(part)), details, SETTINGS)


def write_block(path: Path, texts: Iterator[DedupText]) -> Path:
    compute_features(list(texts), SETTINGS).save(path)
    return path


def read_texts(lines: Sequence[bytes], shift: int) -> Iterator[DedupText]:
    table = letters(shift)
    for line in lines:
        messages = tuple(
            Message(message["role"], (message["content"] or "").translate(table))
            for message in orjson.loads(line)["messages"]
        )
        yield dedup_text(Sample(messages))


def read_lines(path: Path) -> list[bytes]:
    """All rows in an order that mixes their sources."""
    with path.open("rb") as file:
        stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file), 1 << 20)
        lines = list(stream)
    order = np.random.default_rng(1).permutation(len(lines))
    return [lines[i] for i in order.tolist()]


def letters(shift: int) -> dict[int, str]:
    """Move Latin letters by `shift` places, and all others to another place of their script."""
    lower = string.ascii_lowercase
    moved = lower[shift:] + lower[:shift]
    table = dict(zip(map(ord, lower + lower.upper()), moved + moved.upper(), strict=True))
    if shift:
        table |= {
            point: chr(0x4E00 + (point - 0x4E00 + 37 * shift) % 0x5000)
            for point in range(0x4E00, 0x9E00)
        }
    return table


def num_bytes(engine: Engine) -> int:
    """What the index takes on disk."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            total = (
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
                "WHERE relname ~ '^index_' AND relkind = 'r'"
            )
            return int(connection.execute(text(total)).scalar_one())
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        return int(pages) * int(connection.execute(text("PRAGMA page_size")).scalar_one())


def features_bytes(engine: Engine) -> float:
    """Mean size of what verification needs, over all entries."""
    query = "SELECT sum(length(features)) * 1.0 / count(*) FROM index_entry"
    with engine.connect() as connection:
        return float(connection.execute(text(query)).scalar_one())


if __name__ == "__main__":
    raise SystemExit(main())
