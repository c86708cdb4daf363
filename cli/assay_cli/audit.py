"""`assay audit`: checks and exports the audit."""

import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import orjson
import typer
from rich.console import Console

from assay.audit.engine import open_engine
from assay.audit.schema import check_revision
from assay.audit.story import export_rows
from assay.audit.verification import verify_runs
from assay.domain.errors import InputError, OutputError
from assay_cli.settings import CliSettings

EXIT_BREACH = 1

audit_app = typer.Typer(help="Check and export the audit.", no_args_is_help=True)

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
        state = f"BREACH: {breach}" if breach else f"ok, {check.num_rows:,} rows, head {check.head}"
        console.print(f"{check.run_id}: {state}", highlight=False, markup=False, soft_wrap=True)
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
