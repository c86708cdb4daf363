"""`assay index`: what was kept before, in any run."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.audit.engine import open_engine
from assay.audit.schema import check_revision
from assay_cli.settings import CliSettings

index_app = typer.Typer(help="Keep the index of what was kept before.", no_args_is_help=True)

Database = Annotated[
    str | None,
    typer.Option(help="Audit database; default $ASSAY_DATABASE_URL or sqlite:///assay.db."),
]


@index_app.command()
def add(
    run: Annotated[str, typer.Argument(help="A finished run's id.")], db: Database = None
) -> None:
    """Add what a finished run kept, read again from its outcome files."""
    from assay_filter.index.adding import add_run  # loads compiled code

    engine = open_engine(db or CliSettings().database_url)
    check_revision(engine)
    added = add_run(engine, run)
    typer.echo(f"added {added.num_entries:,} samples of {run}; the index is at head {added.head}")


@index_app.command()
def status(db: Database = None) -> None:
    """Show the index's head, and what each run added."""
    from assay_filter.index.managing import status as read_status

    engine = open_engine(db or CliSettings().database_url, read_only=True)
    check_revision(engine)
    found = read_status(engine)
    console = Console()
    line = f"head {found.head}, {found.num_entries:,} samples"
    if found.num_removed:
        line += f", {found.num_removed:,} removed and not deleted yet"
    console.print(line, highlight=False)
    if not found.runs:
        return
    table = Table("run", "samples", "added at head", "removed at head")
    for indexed in found.runs:
        table.add_row(
            Text(indexed.run_id),
            f"{indexed.num_entries:,}",
            "being written" if indexed.added is None else str(indexed.added),
            "" if indexed.added is None or indexed.removed is None else str(indexed.removed),
        )
    console.print(table)


@index_app.command()
def remove(
    run: Annotated[str | None, typer.Argument(help="A run's id.")] = None,
    sample: Annotated[
        str | None, typer.Option(help="Only this sample (its sample_id), of RUN or of all runs.")
    ] = None,
    keep_history: Annotated[
        bool,
        typer.Option(help="Keep a run's entries for look-ups as of an earlier head."),
    ] = False,
    db: Database = None,
) -> None:
    """Take a run, or one sample, out of the index: its content may be kept again."""
    from assay_filter.index.managing import remove_run, remove_sample

    if run is None and sample is None:
        raise typer.BadParameter("expected RUN or --sample, found neither")
    if sample is not None and keep_history:
        raise typer.BadParameter("a single sample is deleted for good; leave out --keep-history")
    engine = open_engine(db or CliSettings().database_url)
    check_revision(engine)
    if sample is not None:
        removal = remove_sample(engine, sample, run)
    else:
        assert run is not None
        removal = remove_run(engine, run, for_good=not keep_history)
    typer.echo(f"removed {removal.num_removed:,} samples, deleted {removal.num_purged:,} for good")
