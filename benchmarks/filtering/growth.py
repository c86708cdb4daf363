"""Time and memory by stage as a run grows, with one worker, and two curves through the figures.

Seconds of CPU by stage are fitted by a straight line and by n log n (least squares, each with a
constant); beside each stands how far the worst size is from its curve. Rows beyond the file's own
are rewritten copies (`rows`), and the share of duplicates stands beside each size, for duplicates
are what the link step works on.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from math import log2
from pathlib import Path

import numpy as np
from benchmarks.filtering.arms import Input
from benchmarks.filtering.costs import FEW_ROWS, LAPTOP, SERVER
from benchmarks.filtering.following import Record, follow_laptop, follow_server
from benchmarks.filtering.rows import write_rows
from benchmarks.filtering.servers import running_servers
from benchmarks.judging.meters import Watch
from benchmarks.judging.tables import print_table

STAGES = ("rules", "gather", "judge", "link", "decide", "export", "publish")
ON_PAPER = (4_100_000, 1_000_000_000)
SECONDS_AN_HOUR = 3600
LEAST_SIZES = 2  # two points lie on any curve: three or more say how well it fits
CURVES: Mapping[str, Callable[[float], float]] = {
    "line": lambda size: size,
    "n log n": lambda size: size * log2(size),
}


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    source: Path
    folder: Path
    sizes: Sequence[int]
    every_seconds: float = 0.2
    homes: Sequence[str] = (LAPTOP,)


@dataclass(frozen=True, slots=True)
class Fit:
    """seconds = constant + slope * curve(n); `miss` is the worst size's share off the curve."""

    constant: float
    slope: float
    miss: float

    def at(self, size: float, curve: str) -> float:
        return self.constant + self.slope * CURVES[curve](size)


def run(options: Options) -> dict[str, object]:
    """Measure, print, and return what was printed."""
    results = {home: _run_home(home, options) for home in options.homes}
    return {"homes": results, "sizes": list(options.sizes)}


def _run_home(home: str, options: Options) -> dict[str, object]:
    watch = Watch()
    records: dict[int, Record] = {}
    with ExitStack() as stack:
        servers = stack.enter_context(running_servers()) if home == SERVER else None
        for size in sorted(options.sizes):
            given = Input(
                write_rows(options.source, size, options.folder),
                write_rows(options.source, FEW_ROWS, options.folder),
                options.folder / "growth",
            )
            records[size] = (
                follow_laptop(given, 1, every_seconds=options.every_seconds)
                if servers is None
                else follow_server(given, 1, servers, every_seconds=options.every_seconds)
            )
    return _report(home, records, watch)


def _report(home: str, records: Mapping[int, Record], watch: Watch) -> dict[str, object]:
    conditions = watch.conditions()
    print(f"(e) {home}, one worker; {conditions}")
    for size, record in records.items():
        outcomes = record.manifest["outcomes"]
        shares = ", ".join(f"{name} {number / size:.1%}" for name, number in outcomes.items())
        print(f"    {size:,} rows: {record.wall_seconds:.0f} s, start-up included; {shares}")
    print_table(
        ("by stage: s, CPU s, MiB of the worker", *(f"{size:,}" for size in records)),
        [
            (stage, *(_cell(record, stage) for record in records.values()))
            for stage in STAGES
        ],
    )  # fmt: skip
    fits = {stage: found for stage in STAGES if (found := _fits(stage, records))}
    print_table(
        (
            "CPU by stage",
            *(f"{name}: {what}" for name in CURVES for what in ("us a row", "off")),
            *(f"{size:,}, h ({name})" for size in ON_PAPER for name in CURVES),
        ),
        [(stage, *_fit_cells(found, max(records))) for stage, found in fits.items()],
    )
    return {
        "conditions": asdict(conditions),
        "runs": {
            str(size): {
                "wall_seconds": record.wall_seconds,
                "outcomes": record.manifest["outcomes"],
                "manifest_seconds": record.manifest["run"]["seconds"],
                "stages": {name: asdict(use) for name, use in record.stages.items()},
            }
            for size, record in records.items()
        },
        "fits": {
            stage: {name: asdict(fit) for name, fit in found.items()}
            for stage, found in fits.items()
        },
    }


def _cell(record: Record, stage: str) -> str:
    use = record.stages.get(stage)
    if use is None:  # over between two looks
        return "-"
    return f"{use.wall_seconds:.1f}  {use.cpu_seconds:.1f}  {use.worker_mib:.0f}"


def _fits(stage: str, records: Mapping[int, Record]) -> dict[str, Fit]:
    """Fit a stage over the sizes at which it was seen."""
    seen = {size: record.stages[stage] for size, record in records.items()
            if stage in record.stages}  # fmt: skip
    if len(seen) < LEAST_SIZES:
        return {}
    sizes = np.array(list(seen), float)
    seconds = np.array([use.cpu_seconds for use in seen.values()])
    return {name: _fit(sizes, seconds, curve) for name, curve in CURVES.items()}


def _fit(
    sizes: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    seconds: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    curve: Callable[[float], float],
) -> Fit:
    grown = np.array([curve(size) for size in sizes])
    matrix = np.stack([np.ones_like(grown), grown], axis=1)
    (constant, slope), *_ = np.linalg.lstsq(matrix, seconds, rcond=None)
    off = np.abs(matrix @ np.array([constant, slope]) - seconds) / np.maximum(seconds, 1e-9)
    return Fit(float(constant), float(slope), float(off.max()))


def _fit_cells(found: Mapping[str, Fit], largest: int) -> tuple[str, ...]:
    curves = []
    for name, fit in found.items():
        per_row = 1e6 * fit.slope * CURVES[name](largest) / largest
        curves += [f"{per_row:.1f}", f"{fit.miss:.0%}"]
    paper = [
        f"{fit.at(size, name) / SECONDS_AN_HOUR:,.2f}"
        for size in ON_PAPER
        for name, fit in found.items()
    ]
    return (*curves, *paper)
