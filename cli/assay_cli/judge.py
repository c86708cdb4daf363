"""`assay judge`: judge a file of conversations, one line of judgements for each row."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import orjson
import typer
from rich.console import Console

from assay.configs import parse_config
from assay.datasets.expansion import Bounds
from assay.datasets.reading import read_lines
from assay.datasets.sources import Source, expand_inputs
from assay.domain.errors import ConfigError, InputError, JudgeBackendError
from assay.rubrics import load_rubric
from assay_cli.judge_display import (
    JudgeProgress,
    estimate_of,
    print_estimate,
    print_summary,
    summary_of,
)
from assay_cli.judges import (
    JudgeOptions,
    MakeEvidenceJudge,
    MakeModelJudge,
    MakeServiceJudge,
    check_judge,
    judge_factory,
    nonce_key,
)
from assay_cli.settings import CliSettings
from assay_judge.cost.ledger import Ledger
from assay_judge.cost.prices import load_prices
from assay_judge.scoring.file_scorer import FileScorer, Tally
from assay_judge.scoring.handle import EvidenceMany, JudgeHandle
from assay_judge.scoring.interrupts import Interrupts
from assay_judge.scoring.loop_thread import LoopThread
from assay_judge.scoring.rows import read_rows
from assay_judge.scoring.sinks import FileSink, StreamSink

if TYPE_CHECKING:  # loads prompts and forms, for a dry run alone
    from assay_judge.cost.estimate import Estimate, Estimator

T = TypeVar("T")

EXIT_BAD_INPUT = 2
EXIT_WITH_ERRORS = 3
EXIT_INTERRUPTED = 130

OpenJudge = Callable[[], Awaitable[JudgeHandle]]

Input = Annotated[
    str,
    typer.Argument(metavar="FILE", help="JSONL, .gz, .zst, Parquet, or - for standard input."),
]
JudgeName = Annotated[
    str,
    typer.Option(
        help="evidence (no model: code decides what code can), or the URL of a model server or of "
        "an Assay judge service."
    ),
]
Model = Annotated[
    str | None,
    typer.Option("--judge-model", help="Model on that server; needed where it serves several."),
]
ModeName = Annotated[
    Literal["fast", "standard", "thorough", "cascade"] | None,
    typer.Option(
        help="How much is asked of the model for a turn. Default: standard, or what a judge "
        "service does by itself."
    ),
]
RubricFile = Annotated[str, typer.Option(help="Rubric: a shipped name or a YAML file.")]
BudgetText = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="Most that judging may use, '2M tokens' or '5 usd' (needs --prices). What it does not "
        "reach becomes an error; the same command with a higher budget goes on.",
    ),
]
Prices = Annotated[str, typer.Option(help="Price table: a shipped name or a YAML file.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Judge nothing; show what it would take in each mode.")
]
Out = Annotated[Path | None, typer.Option(help="File for the lines; standard output unless given.")]
Cache = Annotated[
    str | None,
    typer.Option(help="sqlite:///FILE, redis://HOST/DB or off; default $ASSAY_JUDGE_CACHE."),
]
Concurrency = Annotated[int, typer.Option(min=1, max=4096, help="Samples judged at one time.")]
AsJson = Annotated[bool, typer.Option("--json", help="The sums as one JSON object.")]


def judge(
    file: Input,
    judge: JudgeName = "evidence",
    judge_model: Model = None,
    mode: ModeName = None,
    rubric: RubricFile = "default",
    budget: BudgetText = None,
    prices: Prices = "default",
    dry_run: DryRun = False,
    out: Out = None,
    cache: Cache = None,
    concurrency: Concurrency = 64,
    as_json: AsJson = False,
) -> None:
    """Judge conversations: a line of judgements and the verdict on them for each row.

    Lines come in the order of the input; a row that could not be judged says why. Interrupt it at
    any time: what was judged is in the cache, and the same command goes on at no cost for it. Sums
    go to standard output with --out and to standard error without.

    Example: assay judge chats.jsonl --out judged.jsonl
    """
    console = Console(stderr=True)
    options = JudgeOptions(
        model=judge_model,
        mode=mode,
        rubric=load_rubric(rubric),
        cache=cache,
        budget=budget,
        prices=prices,
        max_in_flight=concurrency,
    )
    source = _source(file, out)
    if dry_run:
        _show_estimate(source, judge, options, as_json=as_json)
        return
    open_judge = _open(judge, options)
    with LoopThread() as loop, Interrupts() as interrupts:
        with interrupts.allowed():
            handle = loop.submit(_await(open_judge)).result()
        try:
            tally = _score(_Job(source, out, options, as_json), handle, loop, interrupts, console)
        finally:
            loop.submit(_await(handle.judge.close)).result()
    raise typer.Exit(_exit_code(tally, console))


@dataclass(frozen=True, slots=True)
class _Job:
    """What is read, where lines go, and how sums are shown."""

    source: Source
    out: Path | None
    options: JudgeOptions
    as_json: bool


def _open(name: str, options: JudgeOptions) -> OpenJudge:
    """Return what opens the judge called `name`, in the loop where it will live.

    Raises:
        ConfigError: no judge has this name, or the options do not fit it.
        JudgeBackendError: a server cannot be reached.
    """
    maker = judge_factory(name, options)
    if isinstance(maker, MakeModelJudge):
        return partial(_open_model_judge, maker, options.prices)
    if isinstance(maker, MakeServiceJudge):
        return partial(_open_service_judge, maker)
    if isinstance(maker, MakeEvidenceJudge):
        return _open_evidence_judge
    raise ConfigError(f"expected a judge for --judge, found {name!r}; name evidence or a URL")


async def _open_evidence_judge() -> JudgeHandle:
    return JudgeHandle("evidence", EvidenceMany(), accept_without_score=True)


async def _open_model_judge(maker: MakeModelJudge, prices: str) -> JudgeHandle:
    from assay_judge.engine.collecting import collect_rarely
    from assay_judge.opening import JudgeTarget, open_llm_judge

    collect_rarely()
    settings = CliSettings()
    ledger = Ledger(load_prices(prices))
    opened = await open_llm_judge(
        JudgeTarget.model_validate_json(maker.target),
        nonce_key=nonce_key(settings),
        api_key=settings.judge_backend_api_key,
        ledger=ledger,
    )
    try:
        for problem in check_judge(opened):
            Console(stderr=True).print(f"judge: {problem}", highlight=False, markup=False)
    except JudgeBackendError:
        await opened.close()
        raise
    return JudgeHandle(opened.name, opened, ledger)


async def _open_service_judge(maker: MakeServiceJudge) -> JudgeHandle:
    from assay.client.judge import JudgeClient

    key = CliSettings().judge_backend_api_key
    client = JudgeClient(
        maker.url,
        api_key=key.get_secret_value() if key else None,
        mode=maker.mode,
        rubric=maker.rubric,
        max_in_flight=maker.max_in_flight,
    )
    return JudgeHandle(maker.url, client)


async def _await(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _score(
    job: _Job, handle: JudgeHandle, loop: LoopThread, interrupts: Interrupts, console: Console
) -> Tally:
    assert job.options.rubric is not None
    scorer = FileScorer(
        handle,
        loop,
        job.options.rubric,
        concurrency=job.options.max_in_flight,
        prices=load_prices(job.options.prices),
    )
    lines = read_lines(job.source, bounds=_bounds())
    progress = JudgeProgress(console, _size(job.source))
    sink = StreamSink(sys.stdout.buffer) if job.out is None else FileSink(job.out)
    with sink, progress.shown():
        tally = scorer.score(
            read_rows(lines),
            sink,
            interrupts,
            show=lambda sums: progress.show(sums, scorer.ledger, lines.num_bytes_read),
        )
    sums = scorer.ledger.snapshot()
    if job.as_json:
        text = orjson.dumps(summary_of(handle.name, tally, sums)).decode()
        typer.echo(text, err=job.out is None)
    else:
        print_summary(console, handle.name, tally, sums)
    return tally


def _bounds() -> Bounds:
    return Bounds(CliSettings().max_expansion, sys.maxsize)


def _show_estimate(source: Source, name: str, options: JudgeOptions, *, as_json: bool) -> None:
    """Print what judging would take; a server that cannot be reached only makes it coarser."""
    from assay_judge.cost.estimate import Estimator

    assert options.rubric is not None
    if name == "evidence":
        raise ConfigError(
            "expected --dry-run with --judge URL, found --judge evidence, which makes no calls and "
            "costs nothing; leave --dry-run out"
        )
    prices = load_prices(options.prices)
    estimator = Estimator(options.rubric)
    for row in read_rows(read_lines(source, bounds=_bounds())):
        if row.sample is not None:
            estimator.add(row.sample)
    console = Console(stderr=True)
    try:
        estimate = asyncio.run(_finish(estimator, name, options))
    except JudgeBackendError as exc:
        console.print(f"the server does not count tokens: {exc}", highlight=False, markup=False)
        estimate = asyncio.run(estimator.finish())
    if as_json:
        typer.echo(orjson.dumps(estimate_of(estimate, prices, options.model)).decode())
    else:
        print_estimate(Console(), estimate, prices, options.model)


async def _finish(estimator: "Estimator", url: str, options: JudgeOptions) -> "Estimate":
    from assay_judge.backend.server import connect
    from assay_judge.backend.settings import BackendSettings

    key = CliSettings().judge_backend_api_key
    settings = parse_config(
        BackendSettings, {"url": url, "model": options.model, "api_key": key}, "--judge"
    )
    backend = await connect(settings)
    try:
        return await estimator.finish(backend.count_tokens)
    finally:
        await backend.close()


def _source(file: str, out: Path | None) -> Source:
    (source, *others) = expand_inputs([file]).sources
    if others:
        raise InputError(
            f"expected one file, found the folder {file!r}; judge its files one by one"
        )
    if out is not None and source.path is not None and source.path.resolve() == out.resolve():
        raise InputError(f"expected --out to be another file than the input, found {str(out)!r}")
    return source


def _size(source: Source) -> int | None:
    return None if source.path is None else source.path.stat().st_size


def _exit_code(tally: Tally, console: Console) -> int:
    if tally.is_interrupted:
        console.print(
            "interrupted; what was judged is kept. Go on with the same command", highlight=False
        )
        return EXIT_INTERRUPTED
    if not tally.errors:
        return 0
    return EXIT_BAD_INPUT if tally.num_bad_lines == tally.num_rows else EXIT_WITH_ERRORS
