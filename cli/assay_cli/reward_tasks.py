"""`assay reward validate`: which tasks may be trained on, before a trainer sees one of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import orjson
import typer
from rich.console import Console

from assay.datasets.lines import RawLine
from assay.datasets.reading import Lines, read_lines
from assay.datasets.sources import Source
from assay_cli.reward_display import Progressing
from assay_cli.reward_opening import in_loop, one_source, read_reward_settings
from assay_cli.reward_tasks_display import TaskTally, print_tasks
from assay_judge.scoring.sinks import FileSink

if TYPE_CHECKING:  # the extra rl-rewards
    from assay_rl_rewards.tasks.screening import ScreenedTask

EXIT_UNFIT = 1
EXIT_BAD_INPUT = 2
EXIT_UNCHECKED = 3

ScreenBatch: TypeAlias = Callable[[Sequence[bytes]], "Sequence[ScreenedTask]"]


def validate(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="JSONL, .gz, .zst, Parquet, or - for standard input."),
    ],
    out: Annotated[Path | None, typer.Option(help="File for the fit tasks, as they are.")] = None,
    refused: Annotated[
        Path | None, typer.Option(help="File for the others, each with its reasons.")
    ] = None,
    routes: Annotated[
        str | None, typer.Option(help="Routes: a shipped name (default) or a YAML file.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=512, help="Worker processes; default: one a core.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=65_536, help="Tasks checked at one time.")] = 512,
    as_json: Annotated[bool, typer.Option("--json", help="The sums as one JSON object.")] = False,
) -> None:
    """Check tasks: the gold answer must earn 1, and what knows nothing must earn nothing.

    Sums go to standard output: faults by kind, and how many fit tasks each fixed answer would win.
    Exit code 1: some task is unfit; 2: no line is a task; 3: some task could not be checked.

    Example: assay reward validate tasks.jsonl --out fit.jsonl --refused refused.jsonl
    """
    job = _Job(one_source(file, out, refused), out, refused, batch)
    with _screening(routes, workers) as screen:
        tally = _validate(job, screen, Console(stderr=True))
    if as_json:
        typer.echo(orjson.dumps(tally.summary()).decode())
    else:
        print_tasks(Console(), tally)
    raise typer.Exit(_exit_code(tally))


@dataclass(frozen=True, slots=True)
class _Job:
    """What is read, where lines go, how many tasks are checked at one time."""

    source: Source
    out: Path | None
    refused: Path | None
    batch: int


def _validate(job: _Job, screen: ScreenBatch, console: Console) -> TaskTally:
    lines = read_lines(job.source)
    size = None if job.source.path is None else job.source.path.stat().st_size
    progress = Progressing(console, size, "checking", "tasks")
    tally = TaskTally()
    with ExitStack() as stack:
        fit = None if job.out is None else stack.enter_context(FileSink(job.out))
        refused = None if job.refused is None else stack.enter_context(FileSink(job.refused))
        stack.enter_context(progress.shown())
        for batch in _batches(lines, job.batch):
            for line, screened in zip(batch, _screen(batch, screen), strict=True):
                tally.add(screened)
                if screened.is_fit and fit is not None and line.data is not None:
                    fit.write(line.data)
                elif not screened.is_fit and refused is not None:
                    refused.write(_refusal(line, screened))
            progress.show(tally.num_tasks, lines.num_bytes_read)
    return tally


def _batches(lines: Lines, size: int) -> Iterator[list[RawLine]]:
    batch: list[RawLine] = []
    for line in lines:
        batch.append(line)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _screen(batch: Sequence[RawLine], screen: ScreenBatch) -> "list[ScreenedTask]":
    from assay_rl_rewards.tasks.screening import unread

    read = [line.data for line in batch if line.data is not None]
    screened = iter(screen(read) if read else ())
    return [
        unread(line.damage or "expected a line of at most 16 MiB, found a longer one")
        if line.data is None
        else next(screened)
        for line in batch
    ]


def _refusal(line: RawLine, screened: "ScreenedTask") -> bytes:
    """Return the line of a task that is not fit: where it is, why, and the task as it was."""
    check = screened.checked.check
    return orjson.dumps(
        {
            "line": line.number,
            "id": screened.id,
            "domain": screened.domain,
            "is_fit": screened.is_fit,
            "status": screened.checked.status.value,
            "reason": screened.checked.reason,
            "faults": [] if check is None else check.faults,
            "task": orjson.Fragment(line.data) if screened.is_read and line.data else None,
        }
    )


@contextmanager
def _screening(routes: str | None, workers: int | None) -> Iterator[ScreenBatch]:
    """Check in worker processes: reading a hostile task must harm nobody."""
    settings = read_reward_settings(routes, workers)
    from assay_rl_rewards.opening import open_screen

    with in_loop(lambda: open_screen(settings)) as (loop, screen):
        yield lambda texts: loop.wait(screen.screen(texts))


def _exit_code(tally: TaskTally) -> int:
    if tally.num_tasks == tally.num_unread:
        return EXIT_BAD_INPUT
    if tally.num_unchecked:
        return EXIT_UNCHECKED
    return 0 if tally.num_fit == tally.num_tasks else EXIT_UNFIT
