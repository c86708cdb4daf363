"""`assay explain`: the whole story of one sample."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from assay.audit.engine import open_engine
from assay.audit.schema import check_revision
from assay.audit.story import Story, find_samples, tell
from assay_cli.settings import CliSettings

MAX_EDIT_CHARS = 200
_STYLES = {"drop": "red", "flag": "yellow", "note": "dim", "fix": "green", "error": "magenta"}


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="A sample_id (or its start), an id of yours, or FILE:LINE."
        ),
    ],
    db: Annotated[
        str | None,
        typer.Option(help="Audit database; default $ASSAY_DATABASE_URL or sqlite:///assay.db."),
    ] = None,
    run: Annotated[str | None, typer.Option(help="Look in this run alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a sample.")] = False,
    show_all: Annotated[
        bool, typer.Option("--all", help="Every match, not the newest alone.")
    ] = False,
) -> None:
    """Tell what happened to a sample, and why: every rule, edit, score, duplicate and decision."""
    engine = open_engine(db or CliSettings().database_url, read_only=True)
    check_revision(engine)
    found = find_samples(engine, name, run_id=run)
    console = Console()
    for run_id, ordinal in found if show_all else found[:1]:
        story = tell(engine, run_id, ordinal)
        if as_json:
            typer.echo(orjson.dumps(asdict(story)).decode())
        else:
            _print(console, story)
    if len(found) > 1 and not show_all and not as_json:
        _say(console, f"{len(found) - 1} more row(s) are called {name!r}: see --all", "dim")


def _print(console: Console, story: Story) -> None:
    sample, decision = story.sample, story.decision
    _say(console, f"sample  {sample['sample_id']}", "bold")
    _say(console, f"row     {sample['file']}:{sample['line']}  run {sample['run_id']}")
    facts = ("user_id", "format", "type", "language", "source", "num_tokens")
    known = [f"{key} {sample[key]}" for key in facts if sample[key] is not None]
    _say(console, f"facts   {', '.join(known)}")
    for row in story.identical:
        _say(console, f"same as {row}", "dim")
    for event in story.events:
        _print_event(console, event)
    if story.measures:
        values = "  ".join(f"{name}={value:g}" for name, value in sorted(story.measures.items()))
        _say(console, f"measured, within bounds: {values}", "dim")
    for judgement in story.judgements:
        _print_judgement(console, judgement)
    _print_duplicates(console, story)
    _print_people(console, story)
    if decision is None:
        _say(console, "decision: none yet, the run is not finished", "yellow")
        return
    _print_decision(console, decision)


def _print_event(console: Console, event: Mapping[str, Any]) -> None:
    measured = f" ({event['value']} against {event['threshold']})" if event["threshold"] else ""
    _say(
        console,
        f"{event['action']:<6}  {event['rule']} v{event['version']}{measured}: {event['reason']}",
        _STYLES.get(event["action"], ""),
    )
    if event["place"]:
        message, field, start, quote = orjson.loads(event["place"])
        _say(console, f"        message {message}, {field}, from {start}: {quote!r}")
    edits: Sequence[Any] = orjson.loads(event["edits"]) if event["edits"] else ()
    for pointer, _, before, after, *_ in edits:
        _say(console, f"        {pointer}")
        _say(console, f"        - {_cut(before)}", "red")
        _say(console, f"        + {_cut(after)}", "green")


def _print_judgement(console: Console, judgement: Mapping[str, Any]) -> None:
    scores = orjson.loads(judgement["scores"])
    shown = "  ".join(f"{name} {_points(score)}" for name, score in scores.items())
    _say(
        console,
        f"judged  turn {judgement['turn']} by {judgement['judge']} {judgement['version']} "
        f"({judgement['basis']}): {shown}",
        "cyan",
    )
    if judgement["detail"]:
        _print_detail(console, judgement)
    for defect in orjson.loads(judgement["defects"]) if judgement["defects"] else ():
        _say(
            console,
            f"        {defect['status']} {defect['kind']} ({defect['detector']}): "
            f"{defect['quote']!r}: {defect['reason']}",
        )


def _print_detail(console: Console, judgement: Mapping[str, Any]) -> None:
    """Print what a model judge told beyond its scores."""
    detail = judgement["detail"]
    spreads = orjson.loads(judgement["spreads"]) if judgement["spreads"] else {}
    if spreads:
        shown = "  ".join(f"{name} {_points(spread)}" for name, spread in spreads.items())
        _say(console, f"        standard deviations: {shown}", "dim")
    facts = [f"mode {detail['mode']}"] if "mode" in detail else []
    facts += [f"flag {flag}" for flag in detail.get("flags", ())]
    facts += [f"check {name} {yes / 1000:.2f}" for name, yes in detail.get("checks", {}).items()]
    for name in ("num_fabricated_quotes", "num_neutralised"):
        if name in detail:
            facts.append(f"{name.removeprefix('num_').replace('_', ' ')} {detail[name]}")
    if "reduction" in detail:
        facts += [f"{k.replace('_', ' ')} {v}" for k, v in detail["reduction"].items()]
    if "before_repair" in detail:
        scores = detail["before_repair"]["scores"]
        shown = "  ".join(f"{name} {_points(score['score'])}" for name, score in scores.items())
        facts.append(f"before the repair: {shown}")
    if facts:
        _say(console, f"        {', '.join(facts)}", "dim")


def _print_duplicates(console: Console, story: Story) -> None:
    kept = story.duplicate_of
    if kept is not None:
        _say(
            console,
            f"duplicate ({kept['method']}) of {kept['sample_id']} at {kept['row']}, similarity "
            f"{_points(kept['context_similarity'])} context, "
            f"{_points(kept['response_similarity'])} response",
            "blue",
        )
    for other in story.duplicates:
        _say(
            console,
            f"stands for its {other['method']} duplicate {other['sample_id'][:12]} at "
            f"{other['file']}:{other['line']}",
            "dim",
        )


def _print_people(console: Console, story: Story) -> None:
    """Print what reviewers decided and what was removed on request."""
    for review in story.reviews:
        comment = f": {review['comment']}" if review["comment"] else ""
        _say(console, f"review  {review['decision']} by {review['reviewer']}{comment}", "cyan")
    for removal in story.redactions:
        _say(
            console,
            f"removed {removal['created_at']} by {removal['actor']}: {removal['reason']}",
            "yellow",
        )


def _print_decision(console: Console, decision: Mapping[str, Any]) -> None:
    reasons = ", ".join(orjson.loads(decision["reasons"])) or "nothing speaks against it"
    overall = "" if decision["overall"] is None else f", overall {_points(decision['overall'])}"
    _say(console, f"{decision['outcome']}: {reasons} (basis {decision['basis']}{overall})", "bold")
    if decision["judged_as"] is not None:
        _say(console, "its judgement is shared with an exact copy", "dim")


def _points(score: int | None) -> str:
    return "n/a" if score is None else f"{score / 1000:.2f}"


def _cut(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return repr(text) if len(text) <= MAX_EDIT_CHARS else f"{text[:MAX_EDIT_CHARS]!r}..."


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)
