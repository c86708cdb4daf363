"""`assay tasks`: RL tasks made from a seed, each checked before it is handed out."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
import yaml
from rich.console import Console

from assay.domain.errors import ConfigError
from assay_cli.tasks_display import SupplyProgress, SupplySums, print_supply
from assay_judge.scoring.sinks import FileSink, StreamSink

if TYPE_CHECKING:  # the extra rl-rewards; loads for making tasks alone
    from assay_rl_rewards.tasks.making.supply import Supply

EXIT_FAILED = 1
MAX_TASKS = 1_000_000
_STANDARD_OUTPUT = "-"

tasks_app = typer.Typer(help="Make tasks for RL.", no_args_is_help=True)


@tasks_app.callback()
def tasks() -> None:
    """Make tasks for RL."""


@tasks_app.command()
def make(
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="One of those named above.")],
    count: Annotated[int, typer.Option("--n", min=1, max=MAX_TASKS, help="How many tasks.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
    out: Annotated[
        str, typer.Option(metavar="FILE|-", help="JSONL file; - is standard output.")
    ] = _STANDARD_OUTPUT,
    card: Annotated[
        Path | None,
        typer.Option(
            help="YAML or JSON with name, maker, languages, licence, context_length of your model,"
            " for identity and knowledge_calibration; an invented model without it."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The sums as one JSON object.")] = False,
) -> None:
    """Make distinct tasks with answers that two ways of solving agree on, one JSON line each.

    Domains: math, logical_reasoning, temporal_reasoning, in_context_learning, structured_output,
    text2sql, identity, knowledge_calibration.

    A line has id, domain, messages, reference, params, language and source: what a trainer sends
    with each answer to POST /v1/rewards. Before a task is handed out its gold answer must earn 1,
    and empty answers, "I don't know", the echoed question and the decoys of its domain must earn
    nothing; what fails is dropped, counted and told. Train and held-out tasks: two seeds, and drop
    from one the ids that the other has.

    Progress and sums go to standard error; with --json and --out FILE, sums go to standard output.
    Exit code 1: the domain has fewer tasks than were asked for (those made are kept); 2: bad
    options.

    Example: assay tasks make math --n 10000 --seed 1 --out math.jsonl
    """
    supply = _open_supply(domain, seed, _read_card(card))
    console = Console(stderr=True)
    to_stream = out == _STANDARD_OUTPUT
    sums = _write(supply, count, None if to_stream else Path(out), console)
    if as_json:
        typer.echo(orjson.dumps(sums.summary()).decode(), err=to_stream)
    else:
        print_supply(console, sums)
    if sums.num_made < count:
        console.print(
            f"expected {count:,} tasks, found no more than {sums.num_made:,} that are fit;"
            " ask for fewer",
            highlight=False,
        )
        raise typer.Exit(EXIT_FAILED)


def _write(supply: "Supply", count: int, out: Path | None, console: Console) -> SupplySums:
    sink = StreamSink(sys.stdout.buffer) if out is None else FileSink(out)
    sums = SupplySums(supply.domain.value, count, supply.drops, supply.languages)
    progress = SupplyProgress(console, count)
    with sink, progress.shown():
        for row in supply.take(count):
            sink.write(orjson.dumps(row))
            sums.num_made += 1
            progress.show(sums)
    return sums


def _open_supply(domain: str, seed: int, card: Mapping[str, Any] | None) -> "Supply":
    try:
        from assay_rl_rewards.tasks.making.catalogue import open_maker, read_domain
        from assay_rl_rewards.tasks.making.supply import Supply
    except ImportError as exc:
        raise ConfigError(
            f"expected the extra rl-rewards, found no {exc.name}; pip install 'assay[rl-rewards]'"
        ) from exc
    known = read_domain(domain)
    return Supply(known, open_maker(known, seed, card))


def _read_card(path: Path | None) -> Mapping[str, Any] | None:
    if path is None:
        return None
    try:
        card = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        told = " ".join(str(exc).split())
        raise ConfigError(f"expected a model card in YAML or JSON: {str(path)!r}: {told}") from exc
    if not isinstance(card, dict):
        raise ConfigError(f"expected a model card with names and values in {str(path)!r}")
    return card
