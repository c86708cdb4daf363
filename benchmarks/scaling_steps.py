"""What each step of a run on an engine computes, shuffles and writes, sample by sample.

    python benchmarks/scaling_steps.py [FILE] [--rows N]

The engine of the tests carries the steps out in this one process, without Ray: CPU is that of the
steps' own functions, bytes are those of Arrow tables in memory before a shuffle, and what a step
leaves in the work folder. A step that the engine repeats counts once. The figures of the guide on
scaling, and what it computes from them, come from here.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
NUM_ROWS = 20_000
WHOLE_MODULES = ("stages", "shards")  # several steps of a run each: told function by function
T = TypeVar("T")


@dataclass(slots=True)
class Cost:
    """What a step took so far."""

    num_items: int = 0
    num_calls: int = 0
    cpu_seconds: float = 0.0
    shuffled_bytes: int = 0
    disk_bytes: int = 0


class MeteredFlow:
    """An engine around another that counts what is carried out; `folder` is the run's."""

    def __init__(self, inner: Any, folder: Path) -> None:
        self._inner = inner
        self._folder = folder
        self.costs: defaultdict[str, Cost] = defaultdict(Cost)

    def each(self, items: Sequence[bytes], work: Callable[[bytes], bytes]) -> Iterator[bytes]:
        cost, before = self._cost(work), _bytes_under(self._folder)
        calls = cost.num_calls
        results = list(self._inner.each(items, self._timed(work, cost)))
        cost.disk_bytes += (
            (_bytes_under(self._folder) - before) * len(items) // (cost.num_calls - calls)
        )
        cost.num_items += len(items)
        yield from results

    def spread(self, items: Sequence[bytes], emit: Callable[[bytes], pa.Table]) -> Any:
        cost = self._cost(emit)
        rows = self._inner.spread(items, self._timed(emit, cost))
        cost.num_items += len(items)
        cost.shuffled_bytes += sum(table.nbytes for table in rows)
        return rows

    def regroup(self, rows: Any, change: Callable[[pa.Table], pa.Table], *, num_parts: int) -> Any:
        return self._changing(
            change, lambda timed: self._inner.regroup(rows, timed, num_parts=num_parts)
        )

    def alter(self, rows: Any, change: Callable[[pa.Table], pa.Table]) -> Any:
        return self._changing(change, lambda timed: self._inner.alter(rows, timed))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _changing(self, change: Any, carry_out: Callable[[Any], Any]) -> Any:
        cost = self._cost(change)
        calls = cost.num_calls
        rows = carry_out(self._timed(change, cost))
        cost.num_items += cost.num_calls - calls
        return rows

    def _cost(self, work: Any) -> Cost:
        function = work.func if isinstance(work, partial) else work
        module = function.__module__.rpartition(".")[2]
        is_told_apart = module in WHOLE_MODULES
        return self.costs[f"{module}.{function.__name__}" if is_told_apart else module]

    @staticmethod
    def _timed(work: Callable[[Any], T], cost: Cost) -> Callable[[Any], T]:
        def timed(argument: Any) -> T:
            begun = time.process_time()
            result = work(argument)
            cost.cpu_seconds += time.process_time() - begun
            cost.num_calls += 1
            return result

        return timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?", help="a zstd JSONL file of conversations")
    parser.add_argument("--rows", type=int, default=NUM_ROWS)
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from benchmarks.filtering.rows import DEFAULT_FILE, write_rows

    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        rows = write_rows(arguments.file or DEFAULT_FILE, arguments.rows, Path(scratch))
        costs = measure(rows, Path(scratch) / "out")
    _print(costs, arguments.rows)


def measure(rows: Path, out: Path) -> dict[str, Cost]:
    """Curate the rows and return the cost of each step."""
    from tests.fakes.in_process_flow import InProcessFlow

    from assay.configs import load_config
    from assay.datasets.sources import expand_inputs
    from assay.rubrics import load_rubric
    from assay_cli.judges import MakeEvidenceJudge
    from assay_filter.dedup.engine import warm_up
    from assay_filter.pipeline import Pipeline
    from assay_filter.scaling.curation import ScaleOrder, curate_at_scale

    warm_up()
    judge = MakeEvidenceJudge()
    order = ScaleOrder(
        sources=expand_inputs([str(rows)]).sources,
        out_dir=out,
        pipeline=load_config(Pipeline, "pipelines", "default"),
        rubric=load_rubric("default"),
        judge=judge,
        judge_name=judge().name,
        judge_version=judge().version,
    )
    flow = MeteredFlow(InProcessFlow(), out)
    curate_at_scale(flow, order, print)
    return dict(flow.costs)


def _bytes_under(folder: Path) -> int:
    return sum(
        (Path(parent) / name).stat().st_size
        for parent, _, names in os.walk(folder)
        for name in names
    )


def _print(costs: dict[str, Cost], num_rows: int) -> None:
    from benchmarks.judging.tables import print_table

    head = ("step", "calls", "CPU us a sample", "shuffled bytes a sample", "written bytes a sample")
    print_table(
        head,
        [
            (
                name,
                str(cost.num_items),
                f"{cost.cpu_seconds / cost.num_calls * cost.num_items / num_rows * 1e6:.1f}",
                f"{cost.shuffled_bytes / num_rows:.0f}",
                f"{cost.disk_bytes / num_rows:.0f}",
            )
            for name, cost in costs.items()
        ],
    )
    print(f"    load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
