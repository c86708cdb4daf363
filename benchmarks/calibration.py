"""Calibrates a judge on the human-labelled subsets and prints the figures as Markdown tables.

Usage: python benchmarks/calibration.py [FOLDER] [--subset NAME]... [--judge evidence|URL]
       [--judge-model M] [--bootstrap 1000] [--bias 100] [--out DIR]
FOLDER holds the labelled rows (`dev/*.jsonl.gz`); `benchmarks/calibration/NAME.yaml` says where in
them the labels stand. With --out each subset's report and figures are kept there.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from assay.configs import parse_config, read_yaml
from assay.datasets.sources import expand_inputs
from assay.rubrics import load_rubric
from assay_cli.judges import JudgeOptions, judge_factory
from assay_judge.calibration.labelled_samples import label_samples, read_rows
from assay_judge.calibration.mapping import LabelMapping
from assay_judge.calibration.page import render
from assay_judge.calibration.readings import show
from assay_judge.calibration.results import (
    Calibration,
    CalibrationSettings,
    calibration_json,
)
from assay_judge.calibration.run import calibrate

DEFAULT_FOLDER = Path(__file__).resolve().parents[1].parent / "shared" / "data"
MAPPINGS = Path(__file__).parent / "calibration"


class Bars:
    """Progress on a terminal's standard error."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def start(self, name: str, total: int) -> None:
        self._task = self._progress.add_task(name, total=max(total, 1))

    def advance(self, num: int) -> None:
        assert self._task is not None
        self._progress.advance(self._task, num)


def main() -> None:
    arguments = _arguments()
    folder = arguments.folder / "dev"
    if not folder.is_dir():
        sys.exit(f"expected labelled rows in {folder}, found none; give their folder")
    found: dict[str, Calibration] = {}
    for path in sorted(MAPPINGS.glob("*.yaml")):
        if not arguments.subset or path.stem in arguments.subset:
            begun = time.monotonic()
            found[path.stem] = _calibrate(path, folder, arguments)
            print(f"{path.stem}: {time.monotonic() - begun:.1f} s", file=sys.stderr)
    if not found:
        sys.exit(f"expected --subset among {sorted(p.stem for p in MAPPINGS.glob('*.yaml'))}")
    _print_scores(found)
    _print_defects(found)
    _print_verdicts(found)
    _print_pairs(found)
    _print_lengths(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--subset", action="append")
    parser.add_argument("--judge", default="evidence")
    parser.add_argument("--judge-model")
    parser.add_argument("--bootstrap", type=int, default=1000)
    parser.add_argument("--bias", type=int, default=100)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _calibrate(mapping_file: Path, folder: Path, arguments: argparse.Namespace) -> Calibration:
    mapping = parse_config(LabelMapping, read_yaml(mapping_file), str(mapping_file))
    files = sorted(folder.glob(f"{mapping_file.stem}.*.jsonl.gz"))
    read = read_rows(expand_inputs([str(file) for file in files]).sources)
    samples = label_samples(read, mapping)
    factory = judge_factory(arguments.judge, JudgeOptions(model=arguments.judge_model))
    assert factory is not None, "a judge that is off has nothing to calibrate"
    console = Console(stderr=True)
    settings = CalibrationSettings(
        num_resamples=arguments.bootstrap, num_bias_samples=arguments.bias
    )
    with Progress(console=console, disable=not console.is_terminal) as progress:
        found = calibrate(
            factory(), samples, read.notes, mapping, load_rubric("default"), settings,
            Bars(progress),
        )  # fmt: skip
    if arguments.out:
        out = arguments.out / mapping_file.stem
        out.mkdir(parents=True, exist_ok=True)
        (out / "calibration.html").write_text(render(found), encoding="utf-8")
        (out / "calibration.json").write_bytes(calibration_json(found))
    return found


def _print_scores(found: dict[str, Calibration]) -> None:
    rows = []
    for name, calibration in found.items():
        for d in calibration.dimensions:
            a, ceiling, each = d.agreement, d.ceiling, d.against_each
            rows.append(
                (
                    f"{name}: {d.dimension}",
                    f"{d.num_scored} of {d.num_labelled}",
                    show(a.kappa) if a else "n/a",
                    show(each.kappa) if each else "n/a",
                    show(ceiling.kappa) if ceiling else "unknown",
                    show(a.spearman) if a else "n/a",
                    show(ceiling.spearman) if ceiling else "unknown",
                    show(a.kendall) if a else "n/a",
                    show(a.alpha) if a else "n/a",
                    show(ceiling.alpha) if ceiling else "unknown",
                    show(a.mae) if a else "n/a",
                    show(a.bias) if a else "n/a",
                )
            )
    _table(
        "scored labels,scored,kappa,kappa one by one,kappa people,Spearman,Spearman people,"
        "Kendall,alpha,alpha people,error (points),lenient by",
        rows,
    )


def _print_defects(found: dict[str, Calibration]) -> None:
    rows = []
    for name, calibration in found.items():
        for d in calibration.defects:
            v = d.verified
            ranking = "n/a"
            if d.ranking is not None:
                chance = f"chance {d.ranking.prevalence:.2f}, n {d.ranking.num_scored}"
                ranking = f"{show(d.ranking.pr_auc)}, {chance}"
            rows.append(
                (
                    f"{name}: {d.kind}",
                    f"{d.num_present} of {d.num_labelled}",
                    f"{v.num_true_positives} right, {v.num_false_positives} wrong",
                    show(v.precision),
                    show(v.recall),
                    show(v.f1),
                    show(v.balanced_accuracy),
                    ranking,
                )
            )
    _table(
        "defect,marked,verified claims,precision,recall,F1,balanced accuracy,"
        "PR-AUC of low correctness",
        rows,
    )


def _print_verdicts(found: dict[str, Calibration]) -> None:
    rows = []
    for name, calibration in found.items():
        v, t = calibration.verdicts, calibration.threshold
        if v is None or t is None:
            continue
        good, bad = ("/".join(map(str, row)) for row in v.confusion)
        for policy in v.policies:
            rows.append(
                (
                    f"{name}: {policy.policy}",
                    f"{v.num_good} of {v.num_labelled}",
                    good,
                    bad,
                    show(policy.accept_rate),
                    show(policy.accept_precision),
                    show(policy.corrected),
                    show(policy.true_rate),
                    f"{t.accept_at:.3f}, held out {show(t.precision)}"
                    if t.accept_at is not None
                    else f"none: {t.reason}",
                )
            )
    _table(
        "verdicts,good,good: accept/no score/borderline/reject,bad: the same,accepted,of them good,"
        "corrected rate,true rate,accept_at for .95",
        rows,
    )


def _print_pairs(found: dict[str, Calibration]) -> None:
    rows = [
        (
            name,
            str(p.num_pairs),
            str(p.num_compared),
            str(p.num_ties),
            show(p.accuracy),
            "n/a" if p.half_credit is None else f"{p.half_credit:.3f}",
        )
        for name, calibration in found.items()
        if (p := calibration.pairs) is not None
    ]
    _table("pairs,all,compared,ties,right where scores differ,with ties as one half", rows)


def _print_lengths(found: dict[str, Calibration]) -> None:
    rows = [
        (f"{name}: {f.target}", str(f.num), show(f.plain), show(f.given_human))
        for name, calibration in found.items()
        for f in calibration.lengths
    ]
    _table("length,n,with the score,given people's score", rows)
    for name, calibration in found.items():
        bias = calibration.bias
        for test in filter(None, (bias.sample_order, bias.padding, *bias.attacks)):
            shift = test.shifts.get("overall")
            moved = "no overall score"
            if shift is not None:
                raised = f"rose in {show(shift.raised)} of {shift.num}"
                moved = f"overall {show(shift.mean_change)}, {raised}"
            largest = max((s.largest_change for s in test.shifts.values()), default=0.0)
            print(
                f"{name} {test.kind}: n {test.num_judged}, {moved}, largest change {largest:.2f}, "
                f"newly accepted {test.num_newly_accepted}"
            )


def _table(head: str, rows: Sequence[Sequence[str]]) -> None:
    if rows:
        names = head.split(",")
        print(f"\n| {' | '.join(names)} |\n|{'---|' * len(names)}")
        for row in rows:
            print(f"| {' | '.join(row)} |")
        print()


if __name__ == "__main__":
    main()
