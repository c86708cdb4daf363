"""`assay reward replay` and `assay reward alarms`: a look back at rewards that a service kept."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from assay.domain.errors import InputError
from assay_cli.reward_opening import Opened, local_engine, read_reward_settings
from assay_judge.scoring.sinks import FileSink

if TYPE_CHECKING:  # the extra rl-rewards, and Arrow
    from assay_rl_rewards.engine import RewardEngine
    from assay_rl_rewards.keeping.alarms import Alarm
    from assay_rl_rewards.keeping.record import KeptReward
    from assay_rl_rewards.keeping.replay import DomainChanges

EXIT_ALARM = 1
EXIT_LOST = 3

Kept = Annotated[
    Path, typer.Argument(metavar="PATH", help="What ASSAY_RL_REWARDS_KEEP named, or a file there.")
]


def replay(
    path: Kept,
    out: Annotated[
        Path | None, typer.Option(help="File for what changed, a line for each rollout.")
    ] = None,
    routes: Annotated[
        str | None, typer.Option(help="Routes: a shipped name (default) or a YAML file.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=512, help="Worker processes; default: one a core.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The sums as one JSON object.")] = False,
) -> None:
    """Reward kept rollouts again, with the routes and verifiers of today, and tell what changed.

    Nothing is written over. Exit code 3: rollouts that had a reward have none now.

    Example: assay reward replay kept/ --routes new.yaml --out changes.jsonl
    """
    records = _records(path)
    _check_output(path, out)
    with local_engine(routes, workers) as opened:
        domains = _replay(records, opened, out)
    if as_json:
        typer.echo(orjson.dumps(_summary(domains)).decode())
    else:
        _print_changes(Console(), domains)
    if any(changes.num_lost for changes in domains.values()):
        raise typer.Exit(EXIT_LOST)


def alarms(
    path: Kept,
    rows_per_window: Annotated[
        int, typer.Option(min=1, help="Rollouts of a domain that are looked at together.")
    ] = 1024,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each alarm.")] = False,
) -> None:
    """Look for signs that a policy learns to please the rewards, or that they come adrift.

    No alarm proves anything: each says what was measured. Exit code 1: there is one.

    Example: assay reward alarms kept/
    """
    records = _records(path)
    from assay_rl_rewards.keeping.alarms import find_alarms

    found = find_alarms(records, rows_per_window=rows_per_window)
    if as_json:
        for alarm in found:
            typer.echo(orjson.dumps(alarm).decode())
    else:
        _print_alarms(Console(), found)
    if found:
        raise typer.Exit(EXIT_ALARM)


def _records(path: Path) -> "Iterator[KeptReward]":
    read_reward_settings(None, None)  # says what to install where the extra is not there
    from assay_rl_rewards.keeping.store import read_kept

    return read_kept(path)


def _check_output(path: Path, out: Path | None) -> None:
    if out is not None and out.resolve() == path.resolve():
        raise InputError(f"expected --out to be another file than the input, found {str(out)!r}")


def _replay(
    records: "Iterator[KeptReward]", opened: "Opened[RewardEngine]", out: Path | None
) -> "dict[str, DomainChanges]":
    from assay_rl_rewards.keeping.replay import Replay, describe_change

    replayed = Replay(opened.held)
    with nullcontext() if out is None else FileSink(out) as sink:
        for change in opened.loop.iterate(replayed.run(records)):
            if sink is not None:
                sink.write(orjson.dumps(describe_change(change)))
    return replayed.domains


def _summary(domains: "dict[str, DomainChanges]") -> dict[str, Any]:
    return {
        name: {
            "rollouts": changes.num_rollouts,
            "compared": changes.num_compared,
            "changed": changes.num_changed,
            "lost": changes.num_lost,
            "gained": changes.num_gained,
            "mean_before": changes.mean_before,
            "mean_after": changes.mean_after,
            "versions": dict(changes.versions),
        }
        for name, changes in sorted(domains.items())
    }


def _print_changes(console: Console, domains: "dict[str, DomainChanges]") -> None:
    table = Table(box=None, pad_edge=False)
    names = ("domain", "rollouts", "changed", "lost", "gained", "mean before", "mean after")
    for name in names:
        table.add_column(name, justify="left" if name == "domain" else "right")
    for name, changes in sorted(domains.items()):
        counts = (changes.num_rollouts, changes.num_changed, changes.num_lost, changes.num_gained)
        means = (changes.mean_before, changes.mean_after)
        table.add_row(
            name,
            *[f"{count:,}" for count in counts],
            *["-" if mean is None else f"{mean:.4f}" for mean in means],
        )
    console.print(table)


def _print_alarms(console: Console, found: "list[Alarm]") -> None:
    if not found:
        console.print("no alarm")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("domain", "alarm", "found", "limit", "what was measured"):
        table.add_column(name, justify="right" if name in ("found", "limit") else "left")
    for alarm in found:
        figures = (f"{alarm.found:.3f}", f"{alarm.limit:.3f}")
        table.add_row(alarm.domain, alarm.kind.value, *figures, alarm.text)
    console.print(table)
