"""`assay export`: a data set from finished runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import orjson
import typer
from rich.console import Console
from rich.table import Table

from assay.audit.engine import open_engine
from assay.audit.schema import check_revision
from assay_cli.settings import CliSettings

Outcomes: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="accepted (the default) or borderline; may be given twice."),
]
Splits: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="NAME=FRACTION beside train, e.g. validation=0.02; clusters stay whole."),
]


def export_dataset(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Finished runs' ids.")],
    out: Annotated[Path, typer.Option(help="The folder to write; it must not exist.")],
    mix: Annotated[
        str | None, typer.Option(help="How much of what: a shipped mix's name or a YAML file.")
    ] = None,
    output_format: Annotated[
        Literal["jsonl", "parquet"], typer.Option("--format", help="Format of the files.")
    ] = "jsonl",
    outcome: Outcomes = None,
    split: Splits = None,
    seed: Annotated[int, typer.Option(help="Decides who is sampled and who is split off.")] = 0,
    max_rows: Annotated[
        int | None, typer.Option(min=1, help="Write no more rows; all groups shrink alike.")
    ] = None,
    unreviewed: Annotated[
        bool, typer.Option("--unreviewed", help="Take borderline samples that nobody reviewed.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a former export at --out.")
    ] = False,
    db: Annotated[
        str | None,
        typer.Option(help="Audit database; default $ASSAY_DATABASE_URL or sqlite:///assay.db."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The manifest as JSON.")] = False,
) -> None:
    """Write a data set: train and other splits, a card, a manifest and its lineage.

    The outcome files of the runs are verified against the audit first. Near copies and samples
    with the same prompt never stand on two sides of a split.

    Example: assay export 20261122-031500-1a2b3c4d --out dataset --split validation=0.02
    """
    from assay_filter.exporting.export import ExportRequest, export_runs
    from assay_filter.exporting.mix import load_mix
    from assay_filter.exporting.splits import parse_splits

    request = ExportRequest(
        runs,
        out,
        mix=None if mix is None else load_mix(mix),
        format=output_format,
        outcomes=tuple(outcome or ("accepted",)),
        splits=parse_splits(split or ()),
        seed=seed,
        max_rows=max_rows,
        unreviewed=unreviewed,
        overwrite=overwrite,
    )
    engine = open_engine(db or CliSettings().database_url, read_only=True)
    check_revision(engine)
    manifest = export_runs(engine, request)
    if as_json:
        typer.echo(orjson.dumps(manifest).decode())
    else:
        _print(Console(), manifest, out)


def _print(console: Console, manifest: Mapping[str, Any], out: Path) -> None:
    if manifest["mix"] is not None:
        table = Table("group", "asked", "available", "given", title=f"mix {manifest['mix']['id']}")
        for quota in manifest["quotas"]:
            numbers = (f"{quota[key]:,}" for key in ("asked", "available", "given"))
            table.add_row(quota["group"], *numbers)
        console.print(table)
    for entry in manifest["splits"]:
        asked = "" if entry["asked"] is None else f" (asked {entry['asked']:g})"
        _say(
            console,
            f"{entry['split']}: {entry['rows']:,} rows, {entry['clusters']:,} clusters{asked}",
        )
    left_out = ", ".join(
        f"{number:,} {name.replace('_', ' ')}"
        for name, number in manifest["left_out"].items()
        if number
    )
    if left_out:
        _say(console, f"left out: {left_out}")
    unknown = sum(rows for _, name, rows in manifest["figures"]["licenses"] if name == "unknown")
    if unknown:
        _say(console, f"{unknown:,} rows have no known licence: name it in the mix or in the rows")
    _say(console, f"written to {out}")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
