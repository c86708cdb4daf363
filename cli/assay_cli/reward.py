"""`assay reward`: rewards for files of rollouts, without a service or from one."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import orjson
import typer
from rich.console import Console

from assay.datasets.reading import Lines, read_lines
from assay.datasets.sources import Source
from assay.domain.errors import ConfigError
from assay.domain.reward import Reward
from assay.domain.rollout import Rollout
from assay_cli.remote_settings import RemoteSettings
from assay_cli.reward_display import Progressing, RewardTally, print_summary
from assay_cli.reward_opening import local_engine, one_source
from assay_cli.reward_records import alarms, replay
from assay_cli.reward_tasks import validate
from assay_judge.scoring.sinks import FileSink, StreamSink

if TYPE_CHECKING:  # the extra rl-rewards; loads for scoring alone
    from assay_rl_rewards.engine import UnreadRollout
    from assay_rl_rewards.rollout_reading import RolloutReader

EXIT_BAD_INPUT = 2
EXIT_WITH_NULLS = 3

ScoreBatch: TypeAlias = Callable[[Sequence["Rollout | UnreadRollout"]], Sequence[Reward]]

reward_app = typer.Typer(help="Reward rollouts, check tasks, look back.", no_args_is_help=True)
reward_app.command()(validate)
reward_app.command()(replay)
reward_app.command()(alarms)


@reward_app.callback()
def reward() -> None:
    """Reward rollouts, check tasks, look back at what was rewarded."""


@reward_app.command()
def score(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="JSONL, .gz, .zst, Parquet, or - for standard input."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="File for the lines; standard output unless given.")
    ] = None,
    routes: Annotated[
        str | None, typer.Option(help="Routes: a shipped name (default) or a YAML file.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=512, help="Worker processes; default: one a core.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Ask this reward service instead of working here.")
    ] = None,
    batch: Annotated[
        int, typer.Option(min=1, max=65_536, help="Rollouts rewarded at one time.")
    ] = 1024,
    as_json: Annotated[bool, typer.Option("--json", help="The sums as one JSON object.")] = False,
) -> None:
    """Reward rollouts: a line with the reward, its parts and its reason for each line.

    Lines come in the order of the input; one that cannot be read has a null and says why. Sums go
    to standard output with --out and to standard error without. Exit code 3: some reward is null.

    Example: assay reward score rollouts.jsonl --out rewards.jsonl
    """
    source = one_source(file, out)
    if url is not None and (routes is not None or workers is not None):
        raise ConfigError("expected --url alone, found --routes or --workers; the service has its")
    opened = _remote(url) if url is not None else _local(routes, workers)
    console = Console(stderr=True)
    with opened as score_batch:
        tally = _score(_Job(source, out, batch), score_batch, console)
    if as_json:
        typer.echo(orjson.dumps(tally.summary()).decode(), err=out is None)
    else:
        print_summary(console, tally)
    raise typer.Exit(_exit_code(tally))


@dataclass(frozen=True, slots=True)
class _Job:
    """What is read, where lines go, how many are rewarded at one time."""

    source: Source
    out: Path | None
    batch: int


@dataclass(slots=True)
class _Batch:
    """Rollouts that are rewarded together, read by one reader."""

    reader: "RolloutReader"
    rollouts: "list[Rollout | UnreadRollout]" = field(default_factory=list)


def _score(job: _Job, score_batch: ScoreBatch, console: Console) -> RewardTally:
    lines = read_lines(job.source)
    size = None if job.source.path is None else job.source.path.stat().st_size
    progress = Progressing(console, size, "rewarding", "rollouts")
    tally = RewardTally()
    sink = StreamSink(sys.stdout.buffer) if job.out is None else FileSink(job.out)
    with sink, progress.shown():
        for batch in _batches(lines, job.batch):
            for rollout, reward in zip(batch, score_batch(batch), strict=True):
                sink.write(reward.model_dump_json().encode())
                tally.add(reward, is_read=isinstance(rollout, Rollout))
            progress.show(tally.num_rollouts, lines.num_bytes_read)
    return tally


def _batches(lines: Lines, size: int) -> "Iterator[list[Rollout | UnreadRollout]]":
    from assay_rl_rewards.engine import UnreadRollout
    from assay_rl_rewards.rollout_reading import RolloutReader

    batch = _Batch(RolloutReader())
    for line in lines:
        if line.data is None:
            reason = line.damage or "expected a line of at most 16 MiB, found a longer one"
            batch.rollouts.append(UnreadRollout(reason))
        else:
            batch.rollouts.append(batch.reader.read_text(line.data))
        if len(batch.rollouts) == size:
            yield batch.rollouts
            batch = _Batch(RolloutReader())
    if batch.rollouts:
        yield batch.rollouts


@contextmanager
def _local(routes: str | None, workers: int | None) -> Iterator[ScoreBatch]:
    """Reward in this process, with worker processes of its own."""
    with local_engine(routes, workers) as (loop, engine):
        yield lambda rollouts: loop.wait(engine.score(rollouts)).rewards


@contextmanager
def _remote(url: str) -> Iterator[ScoreBatch]:
    """Let a service reward; what cannot be read here is not sent."""
    from assay.client.rewards import BlockingRewardsClient

    key = RemoteSettings().api_key
    secret = key.get_secret_value() if key else None
    with BlockingRewardsClient(url, api_key=secret) as client:
        yield partial(_ask, lambda rollouts: client.score(rollouts).rewards)


def _ask(
    ask: Callable[[list[Rollout]], Sequence[Reward]],
    rollouts: "Sequence[Rollout | UnreadRollout]",
) -> list[Reward]:
    from assay_rl_rewards.rewarding.assembly import refuse

    read = [rollout for rollout in rollouts if isinstance(rollout, Rollout)]
    rewards = iter(ask(read) if read else ())
    return [
        next(rewards) if isinstance(rollout, Rollout) else refuse(rollout.id, rollout.reason).reward
        for rollout in rollouts
    ]


def _exit_code(tally: RewardTally) -> int:
    if tally.num_rollouts == tally.num_unread:
        return EXIT_BAD_INPUT
    return EXIT_WITH_NULLS if tally.num_null else 0
