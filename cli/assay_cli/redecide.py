"""`assay redecide`: what another rubric would have decided, with no judge asked."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from assay.audit.engine import open_engine
from assay.audit.schema import check_revision
from assay.domain.errors import OutputError
from assay.domain.verdict import Decision, Verdict
from assay.rubrics import load_rubric
from assay_cli.settings import CliSettings

if TYPE_CHECKING:  # the rules behind a pipeline take two seconds to load: for a replay alone
    from assay_filter.redeciding import Flip, Replay

DECISIONS = tuple(decision.value for decision in Decision)
MAX_SHOWN = 10


def redecide_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A finished run's id.")],
    rubric: Annotated[str, typer.Option(help="The other rubric: a shipped name or a YAML file.")],
    db: Annotated[
        str | None,
        typer.Option(help="Audit database; default $ASSAY_DATABASE_URL or sqlite:///assay.db."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write every flip as a JSON line into this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The sums as one JSON object.")] = False,
) -> None:
    """Replay a run's judgements under another rubric, and show what would flip.

    Weights, thresholds, floors, hard defects and calibration curves can be tried out this way at
    no cost. The run, its files and its audit stay as they are: `assay curate` with the new rubric
    makes the new files, and takes its judgements from the cache.

    Example: assay redecide 20261122-031500-1a2b3c4d --rubric mine.yaml
    """
    from assay_filter.redeciding import Replay, redecide

    engine = open_engine(db or CliSettings().database_url, read_only=True)
    check_revision(engine)
    replay = Replay(run)
    flips = redecide(engine, run, load_rubric(rubric), replay)
    shown = _first(flips) if out is None else _write(flips, out)
    if as_json:
        typer.echo(orjson.dumps(_sums(replay)).decode())
    else:
        _print(Console(), replay, shown, out)


def _first(flips: "Iterator[Flip]") -> "list[Flip]":
    shown: list[Flip] = []
    for flip in flips:
        if len(shown) < MAX_SHOWN:
            shown.append(flip)
    return shown


def _write(flips: "Iterator[Flip]", out: Path) -> "list[Flip]":
    from assay_filter.redeciding import flip_line

    shown: list[Flip] = []
    try:
        with out.open("wb") as stream:
            for flip in flips:
                stream.write(flip_line(flip))
                if len(shown) < MAX_SHOWN:
                    shown.append(flip)
    except OSError as exc:
        raise OutputError(f"expected to write {str(out)!r}, found: {exc.strerror}") from exc
    return shown


def _sums(replay: "Replay") -> Mapping[str, Any]:
    return {
        "run": replay.run_id,
        "samples": replay.num_samples,
        "unjudged": replay.num_unjudged,
        "duplicates": replay.num_duplicates,
        "duplicates_flipped": replay.num_duplicates_flipped,
        "flips": replay.num_flips,
        "moves": [
            {"before": before, "after": after, "samples": number}
            for (before, after), number in sorted(replay.moves.items())
        ],
        "reasons": [
            {"decision": decision, "reason": reason, "samples": number}
            for (decision, reason), number in replay.reasons.most_common()
        ],
        "notes": replay.notes,
    }


def _print(console: Console, replay: "Replay", shown: "list[Flip]", out: Path | None) -> None:
    table = Table("was \\ would be", *DECISIONS, title=f"run {replay.run_id}")
    for before in DECISIONS:
        table.add_row(before, *(f"{replay.moves[before, after]:,}" for after in DECISIONS))
    console.print(table)
    _say(
        console,
        f"{replay.num_samples:,} samples: {replay.num_flips:,} flip; "
        f"{replay.num_unjudged:,} closed by rules or in error; "
        f"{replay.num_duplicates:,} duplicates ({replay.num_duplicates_flipped:,} of them with "
        "another verdict)",
    )
    for (decision, reason), number in replay.reasons.most_common(MAX_SHOWN):
        _say(console, f"  {number:,} to {decision}: {reason}")
    for flip in shown:
        _say(
            console,
            f"  {flip.row} {flip.sample_id[:12]}: {_standing(flip.before)} -> "
            f"{_standing(flip.after)}",
        )
    if replay.num_flips > len(shown):
        where = f"all of them: {out}" if out else "--out FILE writes all of them"
        _say(console, f"  ... {where}")
    for note in replay.notes:
        _say(console, f"note: {note}")


def _standing(verdict: Verdict) -> str:
    overall = "no score" if verdict.overall is None else f"{verdict.overall / 1000:.2f}"
    reasons = f" ({', '.join(verdict.reasons)})" if verdict.reasons else ""
    return f"{verdict.decision.value} {overall}{reasons}"


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
