"""A run on a local Ray cluster beside `assay curate`: bytes, time, CPU and memory.

    ASSAY_RAY_PYTHON=.../bin/python benchmarks/scaling.py [FILE] [--rows N] [--cpus N] [--json FILE]

Both curate the same rows (a zstd JSONL file of conversations; default `../shared/data/bench`) with
the default pipeline. The outcome files must be byte-identical and the chain heads equal, or the
exit code is 1. CPU is summed over all processes as last seen, twice a second; memory is the largest
sum over all processes of a command (PSS: shared pages, Ray's object store among them, count once).
`make bench-scaling` makes the environment. Run it on an idle machine: the load is shown.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "services/judge", "services/filter", "cli")
LOOK_SECONDS = 0.5
NUM_ROWS = 20_000
STORE_MEBIBYTES = 512
# what the two commands say when a step begins
STEP = re.compile(r"^(cutting|rules|judge|duplicates|decide|writing)\b([^:]*|: \w+)")


@dataclass(slots=True)
class Measured:
    """What a command took; `steps`: seconds from its start until each step began."""

    name: str
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    most_mib: float = 0.0
    num_processes: int = 0
    steps: dict[str, float] = field(default_factory=dict)


def main() -> int:
    arguments = _arguments()
    sys.path.insert(0, str(ROOT))
    paths = (str(ROOT), *(str(ROOT / room) for room in ROOMS))
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    from benchmarks.filtering.arms import digest_of
    from benchmarks.filtering.rows import DEFAULT_FILE, write_rows
    from benchmarks.judging.meters import Watch

    watch = Watch()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        folder = Path(scratch)
        rows = write_rows(arguments.file or DEFAULT_FILE, arguments.rows, folder)
        measured = [
            _measure("assay curate", _curate(rows, folder / "local", arguments.cpus)),
            _measure("on Ray", _curate_on_ray(rows, folder / "ray", arguments)),
        ]
        outs = [folder / "local", folder / "ray"]
        is_same = len({(digest_of(out), _head_of(out)) for out in outs}) == 1
    _print(measured, arguments.rows)
    print(f"{watch.conditions()}; outcome files byte-identical, chain heads equal: {is_same}")
    if arguments.json:
        told = {"rows": arguments.rows, "is_same": is_same, "runs": [asdict(m) for m in measured]}
        arguments.json.write_text(json.dumps(told, indent=2) + "\n")
    return 0 if is_same else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?", help="a zstd JSONL file of conversations")
    parser.add_argument("--rows", type=int, default=NUM_ROWS)
    parser.add_argument("--cpus", type=int, default=2, help="workers, and cores of the cluster")
    parser.add_argument("--python", default=os.environ.get("ASSAY_RAY_PYTHON", sys.executable))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args()


def _curate(rows: Path, out: Path, num_workers: int) -> list[str]:
    return [
        sys.executable, "-m", "assay_cli", "curate", str(rows), "--out", str(out),
        "--db", f"sqlite:///{out}.db", "--workers", str(num_workers),
    ]  # fmt: skip


def _curate_on_ray(rows: Path, out: Path, arguments: argparse.Namespace) -> list[str]:
    return [
        arguments.python, "-m", "assay_cli", "curate-on-ray", str(rows), "--out", str(out),
        "--address", "local", "--cpus", str(arguments.cpus), "--concatenate",
        "--store-mebibytes", str(STORE_MEBIBYTES),
    ]  # fmt: skip


def _measure(name: str, command: Sequence[str]) -> Measured:
    from benchmarks.filtering.processes import Member, Sampler, proportional_mib_of

    measured, begun = Measured(name), time.monotonic()

    def look(members: list[Member]) -> None:
        total = sum(proportional_mib_of(member.pid) for member in members)
        measured.most_mib = max(measured.most_mib, total)

    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    with Sampler(process.pid, LOOK_SECONDS, look) as sampler:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if found := STEP.match(line):
                measured.steps.setdefault(found[0].strip(), time.monotonic() - begun)
        process.wait()
    measured.wall_seconds = time.monotonic() - begun
    if process.returncode:
        sys.exit(f"expected {name} to end well, found code {process.returncode}: {lines[-5:]}")
    measured.cpu_seconds = sum(usage.cpu_seconds for usage in sampler.seen.values())
    measured.num_processes = len(sampler.seen)
    return measured


def _head_of(out: Path) -> str:
    return str(json.loads((out / "manifest.json").read_bytes())["chain_head"])


def _print(measured: Sequence[Measured], num_rows: int) -> None:
    from benchmarks.judging.tables import print_table

    print_table(
        (f"{num_rows:,} rows", "s", "rows/s", "CPU s", "CPU ms a row", "MiB", "processes"),
        [
            (
                one.name,
                f"{one.wall_seconds:.0f}",
                f"{num_rows / one.wall_seconds:.0f}",
                f"{one.cpu_seconds:.0f}",
                f"{one.cpu_seconds * 1000 / num_rows:.2f}",
                f"{one.most_mib:.0f}",
                str(one.num_processes),
            )
            for one in measured
        ],
    )
    for one in measured:
        steps = ", ".join(f"{name} {seconds:.0f}" for name, seconds in one.steps.items())
        print(f"    {one.name}: seconds until each step began: {steps}")


if __name__ == "__main__":
    sys.exit(main())
