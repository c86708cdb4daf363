"""Time and memory of `diff`, `redecide` and `export` as runs grow.

    python benchmarks/comparing.py [--rows N ...] [--db URL] [--folder FOLDER]

Makes two finished runs of N synthetic samples each (audit rows and outcome files written directly:
nothing is curated) and measures each command in a process of its own. Peak memory is that of the
process less that of one that has imported the same and done nothing. Wall times depend on what else
the machine does: CPU seconds stand beside them. PostgreSQL works in processes of its own, whose CPU
and memory are not counted here.
"""

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).parents[1]
DEFAULT_ROWS = (20_000, 200_000)
SHARE_DUPLICATE = 0.1
SHARE_CHANGED = 0.05
RUNS = ("bench-a", "bench-b")
ACTIONS = ("nothing", "diff", "redecide", "export", "export --mix")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=DEFAULT_ROWS)
    parser.add_argument("--db", help="an empty audit database; default: SQLite in a new folder")
    parser.add_argument("--folder", type=Path, help="keep what is made in this folder")
    parser.add_argument("--measure", nargs=3, metavar=("ACTION", "URL", "FOLDER"))
    given = parser.parse_args()
    if given.measure:
        action, url, folder = given.measure
        print(json.dumps(measure(action, url, Path(folder))))
        return 0
    if given.db and len(given.rows) > 1:
        parser.error("one --db holds one size: give one number of --rows")
    print(f"{'rows a run':>10} {'action':<14} {'s':>7} {'CPU s':>7} {'rows/s':>9} {'MiB':>7}")
    for num_rows in given.rows:
        with tempfile.TemporaryDirectory() as scratch:
            folder = (given.folder or Path(scratch)) / str(num_rows)
            folder.mkdir(parents=True)
            url = given.db or f"sqlite:///{folder / 'audit.db'}"
            make_runs(url, folder, num_rows)
            report(url, folder, num_rows)
    return 0


def report(url: str, folder: Path, num_rows: int) -> None:
    idle = 0.0
    for action in ACTIONS:
        done = subprocess.run(
            [sys.executable, __file__, "--measure", action, url, str(folder)],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.stderr.decode())
        found = json.loads(done.stdout)
        idle = idle or found["mib"]
        speed = found["rows"] / max(found["seconds"], 1e-9)
        print(
            f"{num_rows:>10,} {action:<14} {found['seconds']:>7.1f} {found['cpu']:>7.1f} "
            f"{speed:>9,.0f} {found['mib'] - idle:>7.0f}"
        )


def measure(action: str, url: str, folder: Path) -> dict[str, float]:
    """Run one action in this process."""
    work = actions(url, folder)[action]
    begun, cpu = time.monotonic(), time.process_time()
    num_rows = work()
    return {
        "rows": num_rows,
        "seconds": time.monotonic() - begun,
        "cpu": time.process_time() - cpu,
        "mib": peak_mib(),
    }


def peak_mib() -> float:
    """The most memory this program held; `ru_maxrss` would count what its parent held, too."""
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def actions(url: str, folder: Path) -> dict[str, Callable[[], int]]:
    from assay.audit.engine import open_engine
    from assay.rubrics import load_rubric
    from assay_filter.comparing.comparison import Comparison, compare
    from assay_filter.exporting.export import ExportRequest, export_runs
    from assay_filter.exporting.mix import Mix
    from assay_filter.redeciding import Replay, redecide

    engine = open_engine(url, read_only=True)
    strict = load_rubric("default").model_copy(update={"accept_at": 4.5})
    groups = [
        {"name": "small", "source": ["source-0"], "weight": 1, "max_repeats": 2},
        {"name": "large", "source": [f"source-{n}" for n in range(1, 20)], "weight": 9},
    ]
    mix = Mix.model_validate({"id": "bench", "version": 1, "groups": groups})

    def diff() -> int:
        comparison = Comparison(RUNS)
        for _ in compare(engine, comparison):
            pass
        return 2 * comparison.sums.num_matched

    def replay() -> int:
        result = Replay(RUNS[0])
        for _ in redecide(engine, RUNS[0], strict, result):
            pass
        return result.num_samples

    def export(**more: Any) -> int:
        request = ExportRequest(
            RUNS, folder / "set", splits={"validation": 0.02}, overwrite=True, **more
        )
        return int(sum(file["rows"] for file in export_runs(engine, request)["inputs"]))

    return {
        "nothing": lambda: 0,
        "diff": diff,
        "redecide": replay,
        "export": export,
        "export --mix": lambda: export(mix=mix),
    }


def make_runs(url: str, folder: Path, num_rows: int) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.fakes.stored_runs import store_run

    from assay.audit.engine import open_engine
    from assay.audit.schema import upgrade
    from assay.configs import load_config
    from assay.rubrics import load_rubric
    from assay_filter.pipeline import Pipeline

    engine = open_engine(url)
    upgrade(engine)
    rubric = load_rubric("default").model_dump(mode="json")
    pipeline = load_config(Pipeline, "pipelines", "default").model_dump(mode="json")
    for run_id, seed in zip(RUNS, (1, 2), strict=True):
        samples = list_samples(num_rows, seed)
        exports = [write_accepted(folder / run_id, list_samples(num_rows, seed))]
        store_run(
            engine,
            run_id,
            samples,
            out_dir=str(folder / run_id),
            exports=exports,
            pipeline=pipeline,
            rubric=rubric,
        )
    engine.dispose()


def list_samples(num_rows: int, seed: int) -> Iterator[Any]:
    """Yield samples whose decisions are those that their judgements give."""
    from tests.fakes.stored_runs import StoredSample

    from assay.domain.judgement import DimensionScore, Judgement
    from assay.rubrics import load_rubric
    from assay_filter.curation.verdicts import Policy, decide_sample, outcome_of

    rubric, policy = load_rubric("default"), Policy(accept_without_score=True)
    for at in range(num_rows):
        rng = random.Random(at if random.Random(at ^ 5).random() > SHARE_CHANGED else at * seed + 1)
        scores = {name: rng.randrange(2500, 5001) for name in rubric.dimensions}
        judgement = Judgement(
            judge="evidence",
            version="1",
            turn=1,
            scores={name: DimensionScore(score=score) for name, score in scores.items()},
        )
        decided = decide_sample([judgement], rubric, policy, drops=[], caps=[]).verdict
        is_duplicate = at > 0 and rng.random() < SHARE_DUPLICATE
        yield StoredSample(
            f"sample {at}",
            "duplicate" if is_duplicate else outcome_of(decided).value,
            decided.overall,
            ["dedup.near"] if is_duplicate else list(decided.reasons),
            source=f"source-{at % 20}",
            events=[("rules", "norm.whitespace", "fix")] if at % 3 == 0 else [],
            scores=scores,
            duplicate_of=(at - 1, "near") if is_duplicate else None,
        )


def write_accepted(folder: Path, samples: Iterator[Any]) -> tuple[str, int, int, str]:
    """Write the accepted rows, some 2 KiB each; return the row of table `export`."""
    folder.mkdir(parents=True)
    text = " ".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(26))
    digest, num_rows, num_bytes = hashlib.sha256(), 0, 0
    with (folder / "accepted.jsonl").open("wb") as stream:
        for at, sample in enumerate(samples):
            if sample.outcome != "accepted":
                continue
            row = {
                "type": "single_turn",
                "messages": [
                    {"role": "user", "content": f"Question {at // 2} of the bench?"},
                    {"role": "assistant", "content": f"{at} {text}"},
                ],
                "language": "en",
                "source": sample.source,
                "assay": {"sample_id": sample.sample_id, "outcome": "accepted"},
            }
            line = orjson.dumps(row) + b"\n"
            stream.write(line)
            digest.update(line)
            num_rows, num_bytes = num_rows + 1, num_bytes + len(line)
    return ("accepted.jsonl", num_rows, num_bytes, digest.hexdigest())


if __name__ == "__main__":
    raise SystemExit(main())
