"""`assay calibrate`: how far a judge agrees with people, and the rubric that follows from it."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from assay.configs import parse_config, read_yaml
from assay.datasets.atomic_file import AtomicFile
from assay.datasets.sources import expand_inputs
from assay.domain.errors import ConfigError, InputError, JudgeBackendError
from assay.domain.ports import Judge
from assay.domain.rubric import Rubric
from assay.domain.sample import JsonObject
from assay.rubrics import load_rubric
from assay_cli.judge_options import (
    Concurrency,
    JudgeBudget,
    JudgeCache,
    JudgeMode,
    JudgeModel,
    Prices,
)
from assay_cli.judges import JudgeOptions, check_judge, close_judge, judge_factory

if TYPE_CHECKING:  # numpy and scipy load when the command runs, not when `assay` starts
    from collections.abc import Sequence

    from assay_judge.calibration.labelled_samples import LabelledSample
    from assay_judge.calibration.labels import ReadingNotes
    from assay_judge.calibration.mapping import LabelMapping
    from assay_judge.calibration.results import Calibration, CalibrationSettings

EXIT_WITH_ERRORS = 3
FIGURES, REPORT, OVERLAY = "calibration.json", "calibration.html", "rubric.yaml"

LabelFiles = Annotated[
    list[str],
    typer.Argument(
        metavar="LABELS...",
        help="Labelled samples: files (JSONL, .gz, .zst, Parquet) or folders.",
    ),
]
JudgeName = Annotated[
    str, typer.Option(help="evidence, or the URL of a model server or an Assay judge service.")
]
RubricFile = Annotated[str, typer.Option(help="Rubric: a shipped name or a YAML file.")]
MapFile = Annotated[
    Path | None,
    typer.Option("--map", help="YAML that says where the labels stand; see the guide."),
]
Target = Annotated[
    float, typer.Option(min=0.5, max=1.0, help="Wanted share of accepts that people accept.")
]
Split = Annotated[
    float,
    typer.Option(min=0.1, max=0.9, help="Share of the prompts that curves and threshold see."),
]
Seed = Annotated[int, typer.Option(help="Of the split and the intervals; recorded.")]
Out = Annotated[Path, typer.Option(help="Folder for the results; created when absent.")]
Bootstrap = Annotated[int, typer.Option(min=0, max=100_000, help="Draws for the intervals.")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="Judge about so many labelled samples, whole prompts.")
]
Bias = Annotated[
    int,
    typer.Option(
        min=0, help="Samples for the bias tests (three judgements each, four by a model); 0: none."
    ),
]


def calibrate_judge(
    labels: LabelFiles,
    judge: JudgeName = "evidence",
    judge_model: JudgeModel = None,
    mode: JudgeMode = None,
    rubric: RubricFile = "default",
    mapping_file: MapFile = None,
    target_precision: Target = 0.95,
    split: Split = 0.5,
    seed: Seed = 0,
    out: Out = Path("calibration"),
    bootstrap: Bootstrap = 1000,
    limit: Limit = None,
    bias: Bias = 100,
    budget: JudgeBudget = None,
    prices: Prices = "default",
    concurrency: Concurrency = 64,
    cache: JudgeCache = None,
) -> None:
    """Measure a judge against people's labels, and write a rubric calibrated for it.

    Writes calibration.html, calibration.json and, where something was learnt, rubric.yaml into
    --out. Use it with: assay curate ... --rubric DIR/rubric.yaml. Exit code 3 means that some
    samples could not be judged; they are in no figure.

    Example: assay calibrate labels.jsonl --judge evidence --map mapping.yaml --out calibration
    """
    _require_extra()
    from assay_judge.calibration.results import CalibrationSettings

    console = Console(stderr=True)
    base = load_rubric(rubric)
    labelled = _read(labels, mapping_file, base, console)
    settings = CalibrationSettings(target_precision, split, seed, bootstrap, bias, limit)
    options = JudgeOptions(
        model=judge_model,
        mode=mode,
        rubric=base,
        seed=seed,
        cache=cache,
        budget=budget,
        prices=prices,
        max_in_flight=concurrency,
    )
    found = _measure(labelled, judge, options, settings, console)
    _write(found, rubric, out)
    _tell(found, out, console)
    if not found.is_whole:
        raise typer.Exit(EXIT_WITH_ERRORS)


@dataclass(frozen=True, slots=True)
class _Labelled:
    """What was read, and by which mapping."""

    samples: "Sequence[LabelledSample]"
    notes: "ReadingNotes"
    mapping: "LabelMapping"


def _read(
    labels: "Sequence[str]", mapping_file: Path | None, base: Rubric, console: Console
) -> _Labelled:
    from assay_judge.calibration.labelled_samples import label_samples, read_rows

    given = None if mapping_file is None else _load_mapping(mapping_file)
    expanded = expand_inputs(labels)
    for skipped in expanded.skipped:
        _say(console, f"skipped {skipped.name}: {skipped.reason}")
    read = read_rows(expanded.sources)
    mapping = given or _guess(read.bodies, base)
    return _Labelled(label_samples(read, mapping), read.notes, mapping)


def _measure(
    labelled: _Labelled,
    name: str,
    options: JudgeOptions,
    settings: "CalibrationSettings",
    console: Console,
) -> "Calibration":
    from assay_judge.calibration.run import calibrate

    assert options.rubric is not None
    with ExitStack() as stack:
        judge = _open_judge(name, options)
        stack.callback(close_judge, judge)
        for problem in check_judge(judge):
            _say(console, f"judge: {problem}")
        progress = stack.enter_context(_Bars(console))
        try:
            return calibrate(
                judge,
                labelled.samples,
                labelled.notes,
                labelled.mapping,
                options.rubric,
                settings,
                progress,
            )
        except JudgeBackendError as exc:
            _say(console, f"assay: {exc}")
            raise typer.Exit(EXIT_WITH_ERRORS) from None


class _Bars:
    """Progress on a terminal; silent elsewhere."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("[bold]{task.description:<8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("elapsed"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def start(self, name: str, total: int) -> None:
        self._task = self._progress.add_task(name, total=max(total, 1))

    def advance(self, num: int) -> None:
        assert self._task is not None
        self._progress.advance(self._task, num)


def _require_extra() -> None:
    try:
        import scipy  # noqa: F401  looked for, not used
    except ImportError as exc:
        raise ConfigError(
            "expected the extra 'judge' for calibration, found it not installed; run "
            "pip install 'assay[judge]'"
        ) from exc


def _load_mapping(path: Path) -> "LabelMapping":
    from assay_judge.calibration.mapping import LabelMapping

    return parse_config(LabelMapping, read_yaml(path), str(path))


def _guess(rows: "Sequence[JsonObject]", rubric: Rubric) -> "LabelMapping":
    from assay_judge.calibration.mapping import describe_keys, guess_mapping

    mapping = guess_mapping(rows, rubric)
    if mapping is None:
        raise InputError(
            "expected labels under 'scores', 'defects' or 'expected' (at the top or in 'labels'), "
            f"found the keys {describe_keys(rows)}; say with --map where the labels stand"
        )
    return mapping


def _open_judge(name: str, options: JudgeOptions) -> Judge:
    factory = judge_factory(name, options)
    if factory is None:
        raise ConfigError("expected a judge to calibrate, found off; choose evidence or a URL")
    return factory()


def _write(found: "Calibration", rubric: str, out: Path) -> None:
    from assay_judge.calibration.overlay import extends_path, render_overlay
    from assay_judge.calibration.page import render
    from assay_judge.calibration.results import calibration_json

    _replace(out / FIGURES, calibration_json(found))
    _replace(out / REPORT, render(found).encode())
    overlay = out / OVERLAY
    if not found.has_change:
        overlay.unlink(missing_ok=True)  # one of a former calibration would be taken for this one's
        return
    text = render_overlay(
        found.rubric,
        extends=extends_path(rubric, out),
        judge=f"{found.judge}, version {found.judge_version}",
        has_threshold=found.has_threshold,
        notes=found.not_written,
    )
    _replace(overlay, text.encode())


def _replace(path: Path, data: bytes) -> None:
    file = AtomicFile(path)
    file.write(data)
    file.commit()


def _tell(found: "Calibration", out: Path, console: Console) -> None:
    from assay_judge.calibration.readings import show

    intake = found.intake
    failed = sum(intake.judge_errors.values()) + intake.num_unjudged
    _say(
        console,
        f"{intake.num_judged:,} of {intake.num_labelled:,} labelled samples judged, {failed:,} "
        f"errors, {intake.num_bad_lines:,} bad lines, {sum(intake.bad_labels.values()):,} bad "
        f"labels, {intake.num_unlabelled:,} without a label",
    )
    for figures in found.dimensions:
        people = show(figures.ceiling.kappa) if figures.ceiling else "unknown"
        kappa = show(figures.agreement.kappa) if figures.agreement else "n/a"
        _say(
            console,
            f"{figures.dimension}: kappa {kappa} (people {people}), scored "
            f"{figures.num_scored:,} of {figures.num_labelled:,}",
        )
    for defect in found.defects:
        verified = defect.verified
        _say(
            console,
            f"{defect.kind}: precision {show(verified.precision)}, recall {show(verified.recall)} "
            f"({defect.num_present:,} of {defect.num_labelled:,})",
        )
    if found.threshold is not None:
        chosen, precision = found.threshold.accept_at, show(found.threshold.precision, 3)
        _say(
            console,
            f"no threshold written: {found.threshold.reason}"
            if chosen is None
            else f"accept_at {chosen:.3f}: held-out precision {precision}",
        )
    for name in (REPORT, FIGURES, *([OVERLAY] if found.has_change else [])):
        _say(console, f"wrote {out / name}")


def _say(console: Console, text: str) -> None:
    """Print a line as it is: paths may hold brackets, and must not be broken."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)
