"""A database as the release before the queue of record left it, at revision 0002.

Made from runs of today: rows lose the columns and tables that came later. What that release wrote
otherwise is put as it wrote it: no tasks, leaves in the ledger alone, and of a run that was killed
a state `running` with whatever chunks it had committed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from alembic import command
from sqlalchemy import Connection, MetaData, Table, insert, select

from assay.audit import schema
from assay.audit.engine import Engine, reading

REVISION = "0002"
KEPT_OF_KILLED = ("config_snapshot", "run", "chunk", "sample", "event", "ledger", "expense")


def write_old_database(today: Engine, old: Engine, *, killed_run: str) -> None:
    """Copy the runs of `today` into the empty database `old`.

    Args:
        today: a database of the newest revision.
        old: an empty one; it is left at `REVISION`.
        killed_run: the last run of `today`; the copy ends after its stage `rules`.
    """
    config = schema._config()
    with old.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, REVISION)
    tables = _tables_of(old)
    newer = _tables_of(today)
    with reading(today) as source, old.begin() as target:
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = _old_rows(source, newer.tables[table.name], table, killed_run)
            if rows:
                target.execute(insert(table), rows)


def _tables_of(engine: Engine) -> MetaData:
    found = MetaData()
    with engine.connect() as connection:
        found.reflect(connection)
    return found


def _old_rows(
    source: Connection, newer: Table, table: Table, killed_run: str
) -> Sequence[dict[str, Any]]:
    query = select(*(newer.c[column.name] for column in table.columns))
    rows = [dict(row._mapping) for row in source.execute(query)]  # `run_id` names run.id otherwise
    return [
        _old_row(table.name, row, killed_run) for row in rows if _is_kept(table, row, killed_run)
    ]


def _is_kept(table: Table, row: Mapping[str, Any], killed_run: str) -> bool:
    if row.get("run_id") != killed_run:
        return True
    return table.name in KEPT_OF_KILLED and row.get("stage", "rules") == "rules"


def _old_row(name: str, row: dict[str, Any], killed_run: str) -> dict[str, Any]:
    if name != "run" or row["id"] != killed_run:
        return row
    unfinished = {"state": "running", "stage": "judge", "error": None}
    return {**row, **unfinished, "finished_at": None, "counts": None, "chain_head": None}
