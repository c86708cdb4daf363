"""`assay db`: the audit database's schema."""

from typing import Annotated

import typer

from assay.audit.engine import open_engine
from assay.audit.schema import head_revision, upgrade
from assay_cli.settings import CliSettings

database_app = typer.Typer(help="Prepare the audit database.", no_args_is_help=True)


@database_app.callback()
def database() -> None:
    """Prepare the audit database."""


@database_app.command("upgrade")
def upgrade_command(
    db: Annotated[
        str | None,
        typer.Option(help="Audit database; default $ASSAY_DATABASE_URL or sqlite:///assay.db."),
    ] = None,
) -> None:
    """Bring the audit database to the revision that this version reads."""
    url = db or CliSettings().database_url
    upgrade(open_engine(url))
    typer.echo(f"revision {head_revision()}")
