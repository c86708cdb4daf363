"""`assay submit`, `runs`, `watch`, `fetch`: runs on a filter service, from this terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from assay.datasets.sources import STDIN, expand_inputs
from assay.domain.errors import ConfigError, InputError
from assay_cli.curate_options import Against, EvalSets, Index, Semantic, SemanticThreshold
from assay_cli.display import LiveDisplay, PlainDisplay, describe_outcomes, open_display
from assay_cli.remote_settings import RemoteSettings

if TYPE_CHECKING:
    from assay.client.blocking_filter import BlockingFilterClient
    from assay.client.filter_wire import RemoteRun, RunEvent

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_WITH_ERRORS = 3
EXIT_INTERRUPTED = 130
MAX_LISTED = 50
SHOWN_STAGES = ("rules", "judge", "decide")
YAML_SUFFIXES = (".yaml", ".yml")
_BAD_INPUT = ("InputError", "ConfigError", "RunStateError")

Display: TypeAlias = LiveDisplay | PlainDisplay
Url = Annotated[
    str | None,
    typer.Option(help="Filter service; default $ASSAY_FILTER_URL or http://127.0.0.1:8002."),
]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]

runs_app = typer.Typer(help="List, show, cancel and resume runs on a filter service.")


def submit(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Files, folders or globs.")
    ],
    pipeline: Annotated[
        str | None, typer.Option(help="A pipeline that the service knows, or a YAML file.")
    ] = None,
    rubric: Annotated[
        str | None, typer.Option(help="A rubric that the service knows, or a YAML file.")
    ] = None,
    judge: Annotated[str | None, typer.Option(help="A judge that the service knows.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    output_format: Annotated[
        str | None, typer.Option("--format", help="Of the results: jsonl or parquet.")
    ] = None,
    index: Index = False,
    against: Against = None,
    eval_set: EvalSets = None,
    semantic: Semantic = False,
    semantic_threshold: SemanticThreshold = None,
    wait: Annotated[bool, typer.Option("--wait", help="Watch it to its end.")] = False,
    url: Url = None,
) -> None:
    """Upload files to a filter service and make a run over them; print the run's id.

    The run goes on without this terminal: `assay watch` and `assay fetch` find it by its id.

    Example: assay submit data/*.jsonl --pipeline default --wait
    """
    console = Console(stderr=True)
    sources = _sources(inputs, console)
    eval_sources = _sources(eval_set, console) if eval_set else []
    options = {  # looked at before anything is uploaded
        "pipeline": _configuration(pipeline),
        "rubric": _configuration(rubric),
        "judge": judge,
        "seed": seed,
        "output_format": _format(output_format),
        "index": index or None,
        "against": against,
        "semantic": _semantic(semantic, semantic_threshold),
    }
    with _connect(url) as client:
        evaluation = _upload(client, eval_sources, console) or None
        file_ids = _upload(client, sources, console)
        run = client.submit(file_ids, evaluation=evaluation, **options)
        typer.echo(run.id)
        if wait:
            raise typer.Exit(_follow(client, run.id, console))


@runs_app.callback(invoke_without_command=True)
def runs(context: typer.Context, url: Url = None) -> None:
    """List, show, cancel and resume runs on a filter service; alone: list."""
    if context.invoked_subcommand is None:
        list_runs(url=url)


@runs_app.command("list")
def list_runs(
    status: Annotated[str | None, typer.Option(help="Runs in this state alone.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = MAX_LISTED,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """List runs, newest first."""
    with _connect(url) as client:
        found = []
        for run in client.runs(status=status):
            found.append(run)
            if len(found) == limit:
                break
    if as_json:
        for run in found:
            typer.echo(run.model_dump_json())
        return
    table = Table("run", "state", "begun", "input", "outcomes")
    for run in found:
        table.add_row(
            run.id,
            run.status,
            run.created_at,
            _short(", ".join(run.inputs)),
            describe_outcomes(run.outcomes or {}),
        )
    Console().print(table)


@runs_app.command("show")
def show_run(run: RunId, as_json: AsJson = False, url: Url = None) -> None:
    """Tell how far a run is, and what stopped it."""
    with _connect(url) as client:
        found = client.run(run)
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        _print_run(Console(), found)


@runs_app.command("cancel")
def cancel_run(run: RunId, url: Url = None) -> None:
    """Stop a run; what is done stays, and a resume goes on from there."""
    with _connect(url) as client:
        _print_run(Console(), client.cancel(run))


@runs_app.command("resume")
def resume_run(run: RunId, url: Url = None) -> None:
    """Let a stopped run go on where it stopped."""
    with _connect(url) as client:
        _print_run(Console(), client.resume(run))


def watch(run: RunId, url: Url = None) -> None:
    """Watch a run to its end; Ctrl-C leaves it going.

    Exit codes are those of `assay curate`.
    """
    console = Console(stderr=True)
    with _connect(url) as client:
        raise typer.Exit(_follow(client, run, console))


def fetch(
    run: RunId,
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    url: Url = None,
) -> None:
    """Fetch all results of a finished run: outcome files, report, manifest.

    Every file is checked against its digest. What is there already is not fetched again; a broken
    connection, or Ctrl-C, costs nothing but time.
    """
    from assay_cli.fetching import fetch_run

    console = Console(stderr=True)
    with _connect(url) as client:
        for line in fetch_run(client, run, out):
            _say(console, line)


def _connect(url: str | None) -> "BlockingFilterClient":
    from assay.client.blocking_filter import BlockingFilterClient  # loads aiohttp

    settings = RemoteSettings()
    key = None if settings.api_key is None else settings.api_key.get_secret_value()
    return BlockingFilterClient(url or settings.filter_url, api_key=key)


def _sources(inputs: list[str], console: Console) -> list[tuple[Path, str]]:
    if STDIN in inputs:
        raise InputError("expected files to upload, found -; write standard input to a file first")
    expanded = expand_inputs(inputs)
    for skipped in expanded.skipped:
        _say(console, f"skipped {skipped.name}: {skipped.reason}")
    found = []
    for source in expanded.sources:
        assert source.path is not None
        found.append((source.path, source.path.name))
    return found


def _upload(
    client: "BlockingFilterClient", sources: Sequence[tuple[Path, str]], console: Console
) -> list[str]:
    file_ids = []
    for path, name in sources:
        kept = client.upload(path, name=name)
        _say(console, f"uploaded {name}: {kept.bytes:,} bytes, {kept.id}")
        file_ids.append(kept.id)
    return file_ids


def _semantic(is_wanted: bool, threshold: float | None) -> float | Literal[True] | None:
    if threshold is not None and not is_wanted:
        raise ConfigError("expected --semantic with --semantic-threshold, found it alone")
    return (threshold or True) if is_wanted else None


def _configuration(name_or_path: str | None) -> str | Mapping[str, Any] | None:
    """Return a name as it is, and what a YAML file holds."""
    if name_or_path is None or not name_or_path.endswith(YAML_SUFFIXES):
        return name_or_path
    from assay.configs import read_yaml

    body = read_yaml(Path(name_or_path))
    if not isinstance(body, dict):
        raise ConfigError(f"expected a mapping in {name_or_path!r}, found {type(body).__name__}")
    return body


def _format(text: str | None) -> Literal["jsonl", "parquet"] | None:
    if text not in (None, "jsonl", "parquet"):
        raise ConfigError(f"expected --format jsonl or parquet, found {text!r:.80}")
    return "jsonl" if text == "jsonl" else "parquet" if text == "parquet" else None


def _follow(client: "BlockingFilterClient", run_id: str, console: Console) -> int:
    """Show a run until it ends or stops; return the exit code that it means."""
    try:
        with open_display(console) as display:
            display.note(f"run {run_id}")
            follower = _Follower(display)
            for event in client.watch(run_id):
                follower.show(event)
        run = client.run(run_id)
    except KeyboardInterrupt:
        _say(console, f"not watching any more; the run goes on: assay watch {run_id}")
        return EXIT_INTERRUPTED
    outcomes = run.outcomes or {}
    _say(console, f"{run.status}: {describe_outcomes(outcomes)}")
    if run.error is not None:
        _say(console, f"{run.error.kind}: {run.error.message}")
    if run.status == "completed":
        _say(console, f"results: assay fetch {run_id} --out DIR")
        return EXIT_WITH_ERRORS if outcomes.get("error") else EXIT_DONE
    return _code_of(run.status, None if run.error is None else run.error.kind)


def _code_of(status: str, error_kind: str | None) -> int:
    """Return the exit code of a run that stopped, as `assay curate` has it."""
    if status == "cancelled":
        return EXIT_INTERRUPTED
    if error_kind == "BudgetError":
        return EXIT_WITH_ERRORS
    return EXIT_BAD_INPUT if error_kind in _BAD_INPUT else EXIT_FAILED


class _Follower:
    """Draws a run's events; stages come in order and never go back."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._shown = -1

    def show(self, event: "RunEvent") -> None:
        """Draw what an event tells."""
        for rank, stage in enumerate(SHOWN_STAGES):
            progress = event.progress.get(stage)
            if progress is None or not progress.total or rank < self._shown:
                continue
            if rank > self._shown:
                self._display.start_stage(stage, progress.total, "chunks")
                self._shown = rank
            self._display.advance(progress.done, progress.samples, progress.total)
            if stage == "decide":
                self._display.count(event.outcomes)


def _print_run(console: Console, run: "RemoteRun") -> None:
    _say(console, f"run      {run.id}")
    _say(console, f"state    {run.status}, stage {run.stage}")
    ended = f", ended {run.finished_at}" if run.finished_at else ""
    _say(console, f"begun    {run.created_at}{ended}")
    _say(console, f"input    {', '.join(run.inputs)}")
    for stage, progress in run.progress.items():
        _say(
            console,
            f"{stage:<8} {progress.done:,} of {progress.total:,} chunks, "
            f"{progress.samples:,} samples",
        )
    if run.outcomes:
        _say(console, f"outcomes {describe_outcomes(run.outcomes)}")
    if run.error is not None:
        _say(console, f"error    {run.error.kind}: {run.error.message}")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
