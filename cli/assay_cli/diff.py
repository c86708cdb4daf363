"""`assay diff`: what changed between two runs, and why."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from assay.audit.engine import open_engine
from assay.audit.schema import check_revision
from assay.domain.errors import OutputError
from assay.domain.verdict import Outcome
from assay_cli.settings import CliSettings

if TYPE_CHECKING:
    from assay_filter.comparing.comparison import Comparison
    from assay_filter.comparing.flips import Ending, Flip

OUTCOMES = tuple(outcome.value for outcome in Outcome)
MAX_SHOWN = 10


def diff_runs(
    before: Annotated[str, typer.Argument(metavar="RUN_A", help="A finished run's id.")],
    after: Annotated[str, typer.Argument(metavar="RUN_B", help="Another finished run's id.")],
    db: Annotated[
        str | None,
        typer.Option(help="Audit database; default $ASSAY_DATABASE_URL or sqlite:///assay.db."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write every flip as a JSON line into this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The sums as one JSON object.")] = False,
) -> None:
    """Compare two runs: which samples ended elsewhere, why, and what was set differently.

    Samples are matched by their content, whatever file or row they stand in; equal contents in
    order of their rows. What one run alone holds is counted apart.

    Example: assay diff 20261122-031500-1a2b3c4d 20261122-051200-5e6f7a8b --out flips.jsonl
    """
    from assay_filter.comparing.comparison import Comparison, compare

    engine = open_engine(db or CliSettings().database_url, read_only=True)
    check_revision(engine)
    comparison = Comparison((before, after))
    flips = compare(engine, comparison)
    shown = _first(flips) if out is None else _write(flips, out)
    if as_json:
        typer.echo(orjson.dumps(comparison.body()).decode())
    else:
        _print(Console(), comparison, shown, out)


def _first(flips: "Iterator[Flip]") -> "list[Flip]":
    shown: list[Flip] = []
    for flip in flips:
        if len(shown) < MAX_SHOWN:
            shown.append(flip)
    return shown


def _write(flips: "Iterator[Flip]", out: Path) -> "list[Flip]":
    from assay_filter.comparing.flips import flip_body

    shown: list[Flip] = []
    try:
        with out.open("wb") as stream:
            for flip in flips:
                stream.write(orjson.dumps(flip_body(flip)) + b"\n")
                if len(shown) < MAX_SHOWN:
                    shown.append(flip)
    except OSError as exc:
        raise OutputError(f"expected to write {str(out)!r}, found: {exc.strerror}") from exc
    return shown


def _print(
    console: Console, comparison: "Comparison", shown: "list[Flip]", out: Path | None
) -> None:
    sums = comparison.sums
    table = Table("was \\ is", *OUTCOMES, title=" -> ".join(comparison.run_ids))
    for before in OUTCOMES:
        table.add_row(before, *(f"{sums.moves[before, after]:,}" for after in OUTCOMES))
    console.print(table)
    _say(
        console,
        f"{sums.num_matched:,} samples in both: {sums.num_flips:,} flip, "
        f"{sums.num_rescored:,} have another score and the same outcome; "
        f"{sums.only_before.total():,} in the first alone, "
        f"{sums.only_after.total():,} in the second alone",
    )
    _print_causes(console, comparison)
    for flip in shown:
        _say(
            console,
            f"  {flip.after.row} {flip.sample_id[:12]}: {_standing(flip.before)} -> "
            f"{_standing(flip.after)}",
        )
    if sums.num_flips > len(shown):
        where = f"all of them: {out}" if out else "--out FILE writes all of them"
        _say(console, f"  ... {where}")


def _print_causes(console: Console, comparison: "Comparison") -> None:
    body = comparison.body()
    for title, key in (("no more", "reasons_gone"), ("new", "reasons_new")):
        for reason in body[key][:MAX_SHOWN]:
            _say(
                console,
                f"  {reason['samples']:,} {reason['before']} -> {reason['after']}, {title}: "
                f"{reason['reason']}",
            )
    for source in body["by_source"][:MAX_SHOWN]:
        if source["flips"]:
            _say(console, f"  source {source['source']}: {source['flips']:,} flip")
    if not comparison.settings:
        _say(console, "set alike: pipeline, rubric, rules, judge, inputs")
    for part, key, before, after in comparison.settings[: 2 * MAX_SHOWN]:
        _say(console, f"  {part} {key}: {before or '(none)'} -> {after or '(none)'}")
    if len(comparison.settings) > 2 * MAX_SHOWN:
        _say(console, "  ... --json shows every setting that differs")


def _standing(ending: "Ending") -> str:
    overall = "no score" if ending.overall is None else f"{ending.overall / 1000:.2f}"
    reasons = f" ({', '.join(ending.reasons)})" if ending.reasons else ""
    return f"{ending.outcome} {overall}{reasons}"


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
