"""Times a whole run on a large file: rows a second per stage, wall time, peak memory.

Runs `assay curate` as a user would, once per number of workers, and compares the outcome files byte
for byte. The yardstick in the same run is reading and rewriting the file with orjson alone.

Usage: python benchmarks/curate.py [FILE] [--workers 1 2] [--judge evidence|off] [--keep DIR]
"""

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import orjson
import zstandard

DEFAULT_FILE = (
    Path(__file__).resolve().parents[1].parent
    / "shared" / "data" / "bench" / "bench.permissive.jsonl.zst"
)  # fmt: skip
OUTCOMES = ("accepted", "borderline", "rejected", "duplicate", "error")
MEBIBYTE = 1 << 20
POLL_SECONDS = 0.1


def main() -> None:
    arguments = _arguments()
    if not arguments.file.is_file():
        sys.exit(f"expected a data file, found none at {arguments.file}; give one")
    read_rate, rewrite_rate = _yardstick(arguments.file)
    print(f"yardstick: reading {read_rate:,.0f} rows/s, rewriting {rewrite_rate:,.0f} rows/s")
    digests = []
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        base = arguments.keep or Path(scratch)
        for workers in arguments.workers:
            out = base / f"workers-{workers}"
            wall, peak = _run(arguments, out, workers)
            manifest = json.loads((out / "manifest.json").read_text())
            _print(manifest, out, workers, wall, peak, read_rate)
            digests.append(_digest(out))
    if len(digests) > 1:
        same = len(set(digests)) == 1
        print(f"outcome files byte-identical for {arguments.workers} workers: {same}")
        if not same:
            sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?", default=DEFAULT_FILE)
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--judge", default="evidence")
    parser.add_argument("--keep", type=Path, help="keep the results in this folder")
    return parser.parse_args()


def _yardstick(path: Path) -> tuple[float, float]:
    """Rows a second of plain reading, and of reading and writing again."""
    rates = []
    for is_rewriting in (False, True):
        begun = time.perf_counter()
        num_rows = 0
        for line in _open(path):
            row = orjson.loads(line)
            if is_rewriting:
                orjson.dumps(row)
            num_rows += 1
        rates.append(num_rows / (time.perf_counter() - begun))
    return rates[0], rates[1]


def _open(path: Path) -> io.BufferedIOBase:
    stream = path.open("rb")
    if path.suffix == ".zst":
        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream), 1 << 20)
    return stream


def _run(arguments: argparse.Namespace, out: Path, workers: int) -> tuple[float, float]:
    """Return wall seconds and the peak of the process tree's resident memory, in MiB."""
    command = [
        sys.executable, "-m", "assay_cli", "curate", str(arguments.file), "--out", str(out),
        "--db", f"sqlite:///{out}.db", "--workers", str(workers), "--judge", arguments.judge,
        "--overwrite",
    ]  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    for database in out.parent.glob(f"{out.name}.db*"):
        database.unlink()
    begun = time.perf_counter()
    process = subprocess.Popen(command)
    peak = _Peak(process.pid)
    watcher = threading.Thread(target=peak.watch, args=(process,))
    watcher.start()
    status = process.wait()
    wall = time.perf_counter() - begun
    watcher.join()
    if status != 0:
        sys.exit(f"the run ended with status {status}")
    return wall, peak.resident


class _Peak:
    """Samples the proportional memory of a process and its children."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.resident = 0.0

    def watch(self, process: "subprocess.Popen[bytes]") -> None:
        while process.poll() is None:
            self.resident = max(self.resident, sum(_pss(pid) for pid in self._tree()) / 1024)
            time.sleep(POLL_SECONDS)

    def _tree(self) -> Sequence[int]:
        pids, position = [self.pid], 0
        while position < len(pids):
            for task in Path(f"/proc/{pids[position]}/task").glob("*/children"):
                try:
                    pids += [int(pid) for pid in task.read_text().split()]
                except OSError:  # the process ended between the listing and the reading
                    continue
            position += 1
        return pids


def _pss(pid: int) -> int:
    """Proportional set size in KiB; shared pages count once over all processes."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:  # the process ended
        return 0
    return 0


def _print(
    manifest: dict[str, object],
    out: Path,
    workers: int,
    wall: float,
    peak: float,
    read_rate: float,
) -> None:
    total = int(str(manifest["input"]))
    print(f"\nworkers {workers}: {total:,} samples in {wall:.1f} s ({total / wall:,.0f} rows/s)")
    run = manifest["run"]
    assert isinstance(run, dict)
    for stage, seconds in run["seconds"].items():
        rate = total / max(seconds, 1e-6)
        share = read_rate / rate
        print(f"   {stage:<8} {seconds:>7.1f} s {rate:>10,.0f} rows/s  1/{share:.0f} of reading")
    print(f"   peak memory of all processes {peak:,.0f} MiB")
    database = Path(f"{out}.db").stat().st_size
    print(
        f"   audit database {database / MEBIBYTE:,.0f} MiB, {database / total:,.0f} bytes a sample"
    )
    print(f"   outcomes {manifest['outcomes']}")


def _digest(out: Path) -> str:
    digest = hashlib.sha256()
    for outcome in OUTCOMES:
        with (out / f"{outcome}.jsonl").open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
