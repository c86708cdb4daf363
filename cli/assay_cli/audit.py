"""`assay audit`: checks and exports the audit, and removes a sample from it."""

import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import orjson
import typer
from rich.console import Console

from assay.audit.engine import open_engine
from assay.audit.schema import check_revision
from assay.audit.story import export_rows
from assay.audit.verification import RunCheck, verify_runs
from assay.domain.errors import InputError, OutputError
from assay_cli.settings import CliSettings

EXIT_BREACH = 1

audit_app = typer.Typer(
    help="Check and export the audit, remove a sample from it.", no_args_is_help=True
)

Database = Annotated[
    str | None,
    typer.Option(help="Audit database; default $ASSAY_DATABASE_URL or sqlite:///assay.db."),
]


@audit_app.command()
def verify(
    run: Annotated[str | None, typer.Argument(help="A run's id; default every run.")] = None,
    db: Database = None,
    manifest: Annotated[
        Path | None, typer.Option(help="manifest.json whose chain head must be the run's.")
    ] = None,
) -> None:
    """Re-derive the hash chain from every audit row and name the first one that does not fit.

    Exit code 1 means a breach: a row was changed, removed, added or reordered after the run.
    """
    console = Console()
    expected = _read_manifest(manifest) if manifest else None
    wanted = run or (expected.run_id if expected else None)
    engine = open_engine(db or CliSettings().database_url, read_only=True)
    check_revision(engine)
    is_sound = True
    for check in verify_runs(engine, wanted):
        if check.breach is None and expected and check.head != expected.chain_head:
            breach = f"the chain ends in {check.head}, the manifest says {expected.chain_head}"
        else:
            breach = check.breach or ""
        is_sound = is_sound and not breach
        state = f"BREACH: {breach}" if breach else f"ok, {_rows_of(check)}, head {check.head}"
        _say(console, f"{check.run_id}: {state}")
    if not is_sound:
        raise typer.Exit(EXIT_BREACH)


@audit_app.command()
def export(
    run: Annotated[str | None, typer.Argument(help="A run's id; default every run.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write; default standard output.")
    ] = None,
    db: Database = None,
) -> None:
    """Write every audit row as a JSON line with its table's name."""
    engine = open_engine(db or CliSettings().database_url, read_only=True)
    check_revision(engine)
    rows = export_rows(engine, run)
    if out is None:
        for row in rows:
            sys.stdout.buffer.write(row)
        return
    try:
        with out.open("wb") as stream:
            stream.writelines(rows)
    except OSError as exc:
        raise OutputError(f"expected to write {str(out)!r}, found: {exc.strerror}") from exc


@audit_app.command()
def redact(
    name: Annotated[
        str,
        typer.Argument(metavar="ID", help="A sample_id, an id of yours, or FILE:LINE."),
    ],
    reason: Annotated[
        str, typer.Option(help="Why; it stays readable for ever, so name no person in it.")
    ],
    run: Annotated[str | None, typer.Option(help="From this run alone.")] = None,
    actor: Annotated[str, typer.Option(help="Who removes it; kept beside the reason.")] = "cli",
    db: Database = None,
) -> None:
    """Remove what a sample said from the audit, the outcome files and the report of its runs.

    All rows with the same content go. Addresses, scores and outcomes stay, and tombstones, so that
    `assay audit verify` still holds. Inputs, exports and judgement caches are yours to clean.

    Example: assay audit redact data.jsonl:12 --reason "request 2026-114"
    """
    from assay.audit.redaction import Warrant
    from assay_filter.removal.removing import contents_called, remove_contents

    engine = open_engine(db or CliSettings().database_url)
    check_revision(engine)
    warrant = Warrant(actor, reason)
    sample_ids = contents_called(engine, name, run_id=run)
    console = Console()
    for removal in remove_contents(engine, sample_ids, warrant, run_id=run):
        files = f", {', '.join(removal.files)} rewritten" if removal.files else ""
        _say(
            console,
            f"run {removal.run_id}: {len(removal.ordinals):,} sample(s), {removal.num_rows:,} "
            f"row(s) redacted{files}",
        )
        for file in removal.missing_files:
            _say(console, f"run {removal.run_id}: {file} is not in its folder; clean it yourself")


def _rows_of(check: RunCheck) -> str:
    parts = [f"{check.num_rows:,} rows"]
    if check.num_redacted:
        parts.append(f"{check.num_redacted:,} rows redacted")
    if check.num_files_changed:
        parts.append(f"{check.num_files_changed:,} files rewritten since")
    return ", ".join(parts)


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


class _Expected(NamedTuple):
    """What a manifest says of its run."""

    run_id: str
    chain_head: str


def _read_manifest(path: Path) -> _Expected:
    try:
        body = orjson.loads(path.read_bytes())
        return _Expected(body["run"]["id"], body["chain_head"])
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise InputError(
            f"expected a run's manifest in {str(path)!r}, found: {exc}; give its manifest.json"
        ) from exc
