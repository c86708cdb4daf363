"""`assay curate`: from raw conversations to a clean set, an audit and a report."""

import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import typer
from rich.console import Console

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade
from assay.configs import load_config
from assay.datasets.sources import STDIN, Source, expand_inputs, source_of_stdin
from assay.domain.errors import (
    AssayError,
    BudgetError,
    ConfigError,
    InputError,
    JudgeBackendError,
    OutputError,
)
from assay.domain.ports import Judge, Repairer
from assay.rubrics import load_rubric
from assay_cli.curate_options import (
    Against,
    Config,
    Database,
    EmbeddingModel,
    EmbeddingUrl,
    EvalSets,
    Format,
    Index,
    Inputs,
    JudgeName,
    Out,
    Overwrite,
    Resume,
    RubricFile,
    Seed,
    Semantic,
    SemanticThreshold,
    Workers,
)
from assay_cli.display import describe_outcomes, open_display
from assay_cli.judge_options import (
    Concurrency,
    JudgeBudget,
    JudgeCache,
    JudgeMode,
    JudgeModel,
    Prices,
)
from assay_cli.judges import (
    JudgeMaker,
    JudgeOptions,
    MakeModelJudge,
    check_judge,
    close_judge,
    judge_factory,
)
from assay_cli.semantic import SemanticOptions, look_at_embedder
from assay_cli.settings import CliSettings
from assay_filter.curation.workspace import MANIFEST, REPORT, WORK_FOLDER, Workspace

if TYPE_CHECKING:  # rules and deduplication take two seconds to load: for a run alone
    from assay_filter.pipeline import Pipeline
    from assay_filter.runs.request import Evaluation
    from assay_filter.runs.starting import Order

EXIT_DONE = 0
EXIT_JUDGE_GONE = 1
EXIT_BAD_INPUT = 2
EXIT_WITH_ERRORS = 3
EXIT_INTERRUPTED = 130
BUDGET_FILE = "budget.sqlite"
EVALUATION_FOLDER = "evaluation"


def curate(
    inputs: Inputs,
    out: Out,
    config: Config = "default",
    rubric: RubricFile = "default",
    judge: JudgeName = "evidence",
    judge_model: JudgeModel = None,
    judge_mode: JudgeMode = None,
    judge_cache: JudgeCache = None,
    budget: JudgeBudget = None,
    prices: Prices = "default",
    concurrency: Concurrency = 64,
    db: Database = None,
    workers: Workers = None,
    output_format: Format = "jsonl",
    seed: Seed = 0,
    eval_set: EvalSets = None,
    index: Index = False,
    against: Against = None,
    semantic: Semantic = False,
    semantic_threshold: SemanticThreshold = None,
    embedding_url: EmbeddingUrl = None,
    embedding_model: EmbeddingModel = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
) -> None:
    """Curate conversations: keep what is good, say why the rest is not.

    Writes accepted, borderline, rejected, duplicate and error files, manifest.json and report.html
    into --out, and every step of every sample into the audit database. Interrupt it at any time;
    the same command with --resume goes on where it stopped and gives the same bytes.

    Example: assay curate examples --out out
    """
    _interrupt_on_sigterm()
    settings, console = CliSettings(), Console(stderr=True)
    eval_files = input_files(eval_set or (), out, console)
    job = _Job(out, workers or settings.num_workers, overwrite, STDIN in inputs, eval_files)
    options = JudgeOptions(
        model=judge_model,
        mode=judge_mode,
        rubric=load_rubric(rubric),
        seed=seed,
        cache=judge_cache,
        budget=budget,
        budget_file=out / WORK_FOLDER / BUDGET_FILE,
        prices=prices,
        max_in_flight=max(1, concurrency // job.num_workers),
    )
    order = _order(inputs, config, judge, db or settings.database_url, options, console, out)
    order = replace(order, resume=resume, output_format=output_format)
    order = replace(order, max_expansion=settings.max_expansion)
    asked = SemanticOptions(semantic, semantic_threshold, embedding_url, embedding_model)
    tier = asked.settings()
    order = replace(order, index=index, against=tuple(against or ()), semantic=tier)
    manifest = _carry_out(order, options, job, console)
    if manifest is not None:
        _tell(console, out, manifest)
        raise typer.Exit(exit_code(console, manifest))


def input_files(inputs: Sequence[str], out: Path, console: Console) -> tuple[Source, ...]:
    """Return the files that inputs name, but for standard input; say which are skipped.

    Raises:
        InputError: an input cannot be read, or stands inside of the results' folder.
    """
    names = [name for name in inputs if name != STDIN]
    if not names:
        return ()
    expanded = expand_inputs(names)
    for skipped in expanded.skipped:
        _say(console, f"skipped {skipped.name}: {skipped.reason}")
    for source in expanded.sources:
        assert source.path is not None
        if source.path.resolve().is_relative_to(out.resolve()):
            raise InputError(
                f"expected inputs outside of --out, found {source.name!r} inside of {str(out)!r}; "
                "choose an --out that holds no input"
            )
    return expanded.sources


def exit_code(console: Console, manifest: Mapping[str, Any]) -> int:
    """Return the exit code of a finished run; say so where there was nothing but bad lines."""
    formats = manifest["formats"]
    if set(formats) == {"unreadable"}:
        _say(
            console,
            f"expected conversations, found nothing but bad lines ({formats['unreadable']:,}); "
            "rejected.jsonl holds each with its reason",
        )
        return EXIT_BAD_INPUT
    return EXIT_WITH_ERRORS if manifest["outcomes"]["error"] else EXIT_DONE


def _order(
    inputs: Sequence[str],
    config: str,
    judge: str,
    database: str,
    options: JudgeOptions,
    console: Console,
    out: Path,
) -> "Order":
    from assay_filter.runs.starting import Order

    assert options.rubric is not None
    return Order(
        pipeline=_pipeline(config),
        rubric=options.rubric,
        sources=input_files(inputs, out, console),
        judge=judge,
        judge_version="",
        database=database,
        resume=False,
        seed=options.seed,
    )


@dataclass(frozen=True, slots=True)
class _Job:
    """What the command does with a run, apart from what the run is made of."""

    out: Path
    num_workers: int
    overwrite: bool
    reads_stdin: bool
    eval_files: Sequence[Source]


def _carry_out(
    order: "Order", options: JudgeOptions, job: _Job, console: Console
) -> Mapping[str, Any] | None:
    """Run in the folder of the results; None where a finished run was to be resumed."""
    with Workspace(job.out) as workspace:
        if order.resume and workspace.is_done and workspace.read_mark() is None:
            _say(console, f"{job.out}: the run is finished; nothing to resume")
            return None
        maker = judge_factory(order.judge, options)
        name, version = _look_at(maker, order.pipeline, console)
        if order.semantic is not None:
            look_at_embedder(order.semantic)
        if job.overwrite:
            workspace.clear()
        if job.reads_stdin:
            order = replace(order, sources=(*order.sources, _standard_input(workspace)))
        order = replace(order, judge=name, judge_version=version)
        if job.eval_files:
            order = replace(order, evaluation=_evaluation(job.eval_files, workspace, console))
        return _run(order, workspace, console, maker, job)


def _run(
    order: "Order",
    workspace: Workspace,
    console: Console,
    maker: JudgeMaker | None,
    job: _Job,
) -> Mapping[str, Any]:
    engine = open_engine(order.database)
    upgrade(engine)
    from assay_filter.runs.local import Crew, run_locally, stop_run
    from assay_filter.runs.starting import begin
    from assay_filter.semantic.embedder import EmbeddingOutageError

    run_id = begin(order, engine, workspace)
    crew = Crew(order.database, run_id, maker, job.num_workers)
    try:
        with open_display(console) as display:
            display.note(f"run {run_id}: {len(order.sources)} input(s), judge {order.judge}")
            run_locally(crew, engine, display)
    except KeyboardInterrupt:
        stop_run(engine, run_id, None, state="interrupted")
        _say(
            console,
            f"interrupted; everything committed is kept. Go on with: the same command and --resume "
            f"(run {run_id})",
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except BudgetError as exc:
        stop_run(engine, run_id, exc, state="interrupted")
        _say(
            console,
            f"stopped by the budget: {exc}. Everything judged is kept. Go on with: the same "
            f"command, a higher --budget and --resume (run {run_id})",
        )
        raise typer.Exit(EXIT_WITH_ERRORS) from None
    except (JudgeBackendError, EmbeddingOutageError) as exc:
        stop_run(engine, run_id, exc, state="interrupted")
        server = "judge" if isinstance(exc, JudgeBackendError) else "embedding server"
        _say(
            console,
            f"stopped, for the {server} gives no answer: {exc}. Everything judged is kept. Go on "
            f"with: the same command and --resume (run {run_id})",
        )
        raise typer.Exit(EXIT_JUDGE_GONE) from None
    except AssayError as exc:
        stop_run(engine, run_id, exc, state="failed")
        raise
    workspace.remove_work()  # by its last worker already, unless that one died at the very end
    manifest: dict[str, Any] = orjson.loads((job.out / MANIFEST).read_bytes())
    return manifest


def _pipeline(name_or_path: str) -> "Pipeline":
    """Load the pipeline, and refuse unknown rules and settings before anything is touched."""
    from assay_filter.pipeline import Pipeline, build_rules

    pipeline = load_config(Pipeline, "pipelines", name_or_path)
    build_rules(pipeline)
    return pipeline


def _evaluation(files: Sequence[Source], workspace: Workspace, console: Console) -> "Evaluation":
    from assay_filter.runs.evaluation import make_evaluation

    evaluation = make_evaluation(files, workspace.work_dir / EVALUATION_FOLDER)
    _say(
        console,
        f"evaluation sets: {evaluation.num_items:,} items, digest {evaluation.digest[:16]}",
    )
    return evaluation


def _standard_input(workspace: Workspace) -> Source:
    """Keep standard input in the work folder, so that a resume can read it again."""
    spool = workspace.work_dir / "stdin"
    if workspace.read_mark() is None or not spool.exists():
        _spool(spool)
    with spool.open("rb") as stream:
        return replace(source_of_stdin(stream), path=spool)


def _spool(spool: Path) -> None:
    aside = spool.with_suffix(".tmp")
    try:
        with aside.open("wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream, 1 << 20)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(spool)
    except OSError as exc:
        raise OutputError(
            f"expected to keep standard input in {str(spool)!r}, found: {exc.strerror}; free space"
        ) from exc


def _look_at(maker: JudgeMaker | None, pipeline: "Pipeline", console: Console) -> tuple[str, str]:
    """Return the judge's name and version, which a run is begun with; say what is wrong with it.

    Raises:
        JudgeBackendError: the judge cannot be had, or gives no usable scores.
        ConfigError: the pipeline asks for repair, and this judge cannot rewrite.
    """
    if maker is None:
        _check_repair(pipeline, None)
        return "off", "0"
    judge = maker.for_a_look()() if isinstance(maker, MakeModelJudge) else maker()
    try:
        _check_repair(pipeline, judge)
        for problem in check_judge(judge):
            _say(console, f"judge: {problem}")
        return judge.name, judge.version
    finally:
        close_judge(judge)


def _check_repair(pipeline: "Pipeline", judge: Judge | None) -> None:
    if pipeline.repair.enabled and not isinstance(judge, Repairer):
        raise ConfigError(
            "expected a judge on a model server for `repair.enabled: true`, found one that cannot "
            "rewrite; give --judge URL of a model server, or switch repair off"
        )


def _interrupt_on_sigterm() -> None:
    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _tell(console: Console, out: Path, manifest: Mapping[str, Any]) -> None:
    total = manifest["input"]
    _say(console, f"{total:,} samples: {describe_outcomes(manifest['outcomes'])}")
    if not manifest["judge"]["name"] or manifest["judge"]["name"] in ("evidence", "off"):
        _say(
            console,
            "no model judged these samples: accepted means that no defect was found",
        )
    cost = manifest["run"].get("judging")
    if cost is not None:
        _say(
            console,
            f"judging  {cost['judgements']:,} judgements ({cost['from_cache']:,} from the cache): "
            f"{cost['num_calls']:,} calls, {cost['num_prompt_tokens']:,} prompt tokens, "
            f"{cost['num_completion_tokens']:,} generated",
        )
    _say(console, f"results  {out}")
    _say(console, f"manifest {out / MANIFEST}")
    _say(console, f"report   {out / REPORT}")
    _say(console, f"why?     assay explain SAMPLE_ID (run {manifest['run']['id']})")


def _say(console: Console, text: str) -> None:
    """Print a line as it is: paths may hold brackets, and must not be broken."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)
