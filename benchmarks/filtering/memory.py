"""Whether a worker's memory stays flat while it works through chunk after chunk.

Resident memory moves in steps of the allocator, so what stands for a chunk is the most that was
seen until it was committed, and the trend is a median of slopes (Theil and Sen). Flat means that
the trend over a stage, after its first fifth, is less than a twentieth of what is resident. The
steps that look at the whole run (gather, link, export) hold arrays that grow with it and are shown
apart.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.filtering.arms import Input
from benchmarks.filtering.costs import FEW_ROWS, HOMES, LAPTOP, SERVER
from benchmarks.filtering.following import Record, follow_laptop, follow_server
from benchmarks.filtering.rows import write_rows
from benchmarks.filtering.servers import running_servers
from benchmarks.judging.memory import MOST_GROWTH, Reading, Trend, trend_of
from benchmarks.judging.meters import Watch
from benchmarks.judging.tables import print_table

WARM_UP = 0.2  # of a stage
STAGES = ("rules", "judge", "decide")
STEPS = ("gather", "link", "export", "publish")
LEAST_READINGS = 4


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    source: Path
    folder: Path
    num_rows: int = 200_000
    num_workers: int = 2
    every_seconds: float = 0.25
    homes: Sequence[str] = HOMES


def run(options: Options) -> dict[str, object]:
    """Measure, print, and return what was printed."""
    watch = Watch()
    given = Input(
        write_rows(options.source, options.num_rows, options.folder),
        write_rows(options.source, FEW_ROWS, options.folder),
        options.folder / "memory",
    )
    records: dict[str, Record] = {}
    if LAPTOP in options.homes:
        records[LAPTOP] = follow_laptop(
            given, options.num_workers, every_seconds=options.every_seconds
        )
    if SERVER in options.homes:
        with ExitStack() as stack:
            servers = stack.enter_context(running_servers())
            records[SERVER] = follow_server(
                given, options.num_workers, servers, every_seconds=options.every_seconds
            )
    return _report(options, records, watch)


def _report(options: Options, records: Mapping[str, Record], watch: Watch) -> dict[str, object]:
    conditions = watch.conditions()
    print(
        f"(b) memory of {options.num_workers} workers over {options.num_rows:,} rows, MiB;"
        f" {conditions}"
    )
    trends = {home: _trends(record, options.num_rows) for home, record in records.items()}
    print_table(
        ("each worker, resident", "first", "last", "least to most", "10,000 rows", "in all"),
        [
            (f"{home}, {stage}, worker {number}", *_cells(trend))
            for home, found in trends.items()
            for (stage, number), trend in found.items()
        ],
    )
    print_table(
        ("most of one worker, by step", *records),
        [
            (step, *(f"{_most(record, step):.0f}" for record in records.values()))
            for step in (*STAGES, *STEPS)
        ],
    )
    every = [trend for found in trends.values() for trend in found.values()]
    worst = max((trend.growth for trend in every), default=float("inf"))
    print(f"    target: flat, a trend of less than {MOST_GROWTH:.0%}; found at most {worst:.1%}\n")
    return {
        "conditions": asdict(conditions),
        "options": {"rows": options.num_rows, "workers": options.num_workers},
        "trends": {
            home: {f"{stage}, worker {number}": asdict(trend)
                   for (stage, number), trend in found.items()}
            for home, found in trends.items()
        },
        "stages": {
            home: {name: asdict(use) for name, use in record.stages.items()}
            for home, record in records.items()
        },
        "is_reached": worst < MOST_GROWTH,
    }  # fmt: skip


def _trends(record: Record, num_rows: int) -> dict[tuple[str, int], Trend]:
    pids = sorted({pid for pid, _, _ in record.peaks})
    found: dict[tuple[str, int], Trend] = {}
    by_kind: defaultdict[tuple[str, int], list[Reading]] = defaultdict(list)
    for (pid, stage, num_samples), mib in sorted(record.peaks.items()):
        if stage in STAGES:
            by_kind[stage, pids.index(pid)].append(Reading(num_samples, mib))
    for kind, readings in sorted(by_kind.items()):
        warm_up = round(WARM_UP * num_rows)
        if sum(reading.num_judgements >= warm_up for reading in readings) >= LEAST_READINGS:
            found[kind] = trend_of(readings, warm_up)
    return found


def _cells(trend: Trend) -> tuple[str, ...]:
    first, last = trend.readings[0], trend.readings[-1]
    return (
        f"{first.mib:.0f}",
        f"{last.mib:.0f}",
        f"{trend.span:.0f}",
        f"{trend.slope:+.2f}",
        f"{trend.growth:+.1%}",
    )


def _most(record: Record, step: str) -> float:
    return record.stages[step].worker_mib if step in record.stages else float("nan")
