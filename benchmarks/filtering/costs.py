"""What queue and audit cost: CPU seconds of a run in each home beside those of the bare pipeline.

A round carries out every arm once, in an order that alternates; each round gives one ratio an arm.
Two workers are compared with two bare passes side by side, for cores that share their caches are
slower together whoever uses them. Start-up is taken from both sides and shown apart. On the
server's home it is what `assay worker` uses until its first small run is done; what the second run
costs beside its rows stays in. The CPU of PostgreSQL and Redis stands beside: it is work of the
audit, too, done by processes that are not Assay's.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.filtering.arms import Input, Pass, run_bare, run_laptop, run_server
from benchmarks.filtering.rows import write_rows
from benchmarks.filtering.servers import running_servers
from benchmarks.judging.meters import Watch
from benchmarks.judging.pairs import Middle, middle
from benchmarks.judging.tables import print_table

TARGET = 0.20
FEW_ROWS = 64
WORKERS = (1, 2)
LAPTOP, SERVER, BARE = "laptop", "server", "bare"
HOMES = (LAPTOP, SERVER)


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    source: Path
    folder: Path
    num_rows: int = 20_000
    num_rounds: int = 5
    homes: Sequence[str] = HOMES


def run(options: Options) -> dict[str, object]:
    """Measure, print, and return what was printed."""
    watch = Watch()
    given = Input(
        write_rows(options.source, options.num_rows, options.folder),
        write_rows(options.source, FEW_ROWS, options.folder),
        options.folder / "costs",
    )
    passes: defaultdict[str, list[Pass]] = defaultdict(list)
    with ExitStack() as stack:
        arms = _arms(given, options, stack)
        for number in range(options.num_rounds):
            for name in list(arms)[:: 1 if number % 2 == 0 else -1]:
                passes[name].append(arms[name]())
    return _report(options, passes, watch)


def _arms(given: Input, options: Options, stack: ExitStack) -> dict[str, Callable[[], Pass]]:
    arms: dict[str, Callable[[], Pass]] = {}
    servers = stack.enter_context(running_servers()) if SERVER in options.homes else None
    for number in WORKERS:
        arms[_name(BARE, number)] = partial(run_bare, given, number)
        if LAPTOP in options.homes:
            arms[_name(LAPTOP, number)] = partial(run_laptop, given, number)
        if servers is not None:
            arms[_name(SERVER, number)] = partial(run_server, given, number, servers)
    return arms


def _name(home: str, number: int) -> str:
    what = "pass" if home == BARE else "worker"
    return f"{home}, {number} {what}{'es' if what == 'pass' and number > 1 else ''}" + (
        "s" if what == "worker" and number > 1 else ""
    )


def _report(
    options: Options, passes: Mapping[str, Sequence[Pass]], watch: Watch
) -> dict[str, object]:
    conditions = watch.conditions()
    print(f"(a) {options.num_rows:,} rows, {options.num_rounds} rounds; {conditions}")
    print_table(
        ("medians", "samples/s", "CPU ms a row", "start-up CPU s", "PostgreSQL ms", "Redis ms"),
        [_row(name, found, options.num_rows) for name, found in passes.items()],
    )
    print_table(
        ("start-up, CPU s", "of"),
        [
            (f"{name}: {kind}", f"{median(p.starts[kind] for p in found):.2f}")
            for name, found in passes.items()
            for kind in found[0].starts
        ],
    )
    costs = {
        _name(home, number): _cost(passes[_name(home, number)], passes[_name(BARE, number)])
        for home in options.homes
        for number in WORKERS
    }
    print_table(
        ("queue and audit, of the bare pipeline's CPU", "Assay", "with leaves", "with servers"),
        [(name, *map(str, cost.values())) for name, cost in costs.items()],
    )
    is_same = len({one.digest for found in passes.values() for one in found}) == 1
    worst = max(cost["assay"].median for cost in costs.values())
    print(f"    outcome files of all arms byte-identical: {is_same}")
    print(f"    target: at most {TARGET:.0%} of Assay's CPU; found at most {worst:.1%}\n")
    return {
        "conditions": asdict(conditions),
        "options": {"rows": options.num_rows, "rounds": options.num_rounds},
        "passes": {name: [asdict(one) for one in found] for name, found in passes.items()},
        "costs": {n: {k: asdict(v) for k, v in cost.items()} for n, cost in costs.items()},
        "is_reached": is_same and worst <= TARGET,
    }


def _row(name: str, found: Sequence[Pass], num_rows: int) -> tuple[str, ...]:
    def each(seconds: Callable[[Pass], float]) -> str:
        return f"{1000 * median(map(seconds, found)) / num_rows:.3f}"

    return (
        name,
        f"{median(num_rows * one.num_passes / one.wall_seconds for one in found):,.0f}",
        each(lambda one: one.row_seconds),
        f"{median(one.start_seconds for one in found):.1f}",
        each(lambda one: one.postgres_seconds),
        each(lambda one: one.redis_seconds),
    )


def _cost(home: Sequence[Pass], bare: Sequence[Pass]) -> dict[str, Middle]:
    """Return the added share of CPU, round by round.

    Three ways: of Assay's processes; the same with the hashing of audit rows, which the bare
    pipeline does on the way, counted as audit; and with the CPU of PostgreSQL and Redis.
    """
    pairs = list(zip(home, bare, strict=True))
    return {
        "assay": middle([h.row_seconds / b.row_seconds - 1 for h, b in pairs]),
        "with_leaves": middle(
            [h.row_seconds / (b.row_seconds - b.leaf_seconds) - 1 for h, b in pairs]
        ),
        "with_servers": middle(
            [
                (h.row_seconds + h.postgres_seconds + h.redis_seconds) / b.row_seconds - 1
                for h, b in pairs
            ]
        ),
    }
