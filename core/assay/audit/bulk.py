"""Rows in bulk: by the driver on SQLite, by binary COPY on PostgreSQL.

Both take tuples as they are; rows of dicts through the toolkit cost twice as much or more.
"""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, Table

from assay.audit.rows import RowCells

_POSTGRES_TYPES = ((BigInteger, "int8"), (Integer, "int4"), (LargeBinary, "bytea"))


def insert_rows(
    connection: Connection, table: Table, run_id: str, rows: Sequence[RowCells]
) -> None:
    """Insert rows of a run; `rows` hold the table's cells in column order, but for the run's id."""
    if not rows:
        return
    names = [column.name for column in table.columns]
    assert names[0] == "run_id"
    if connection.dialect.name == "postgresql":
        _copy(connection, table, names, run_id, rows)
        return
    marks = ", ".join("?" * len(names))
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})",
        [(run_id, *row) for row in rows],
    )


def _copy(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    run_id: str,
    rows: Sequence[RowCells],
) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_postgres_type(column.type) for column in table.columns])
        for row in rows:
            copy.write_row((run_id, *row))


def _postgres_type(kind: object) -> str:
    return next((name for known, name in _POSTGRES_TYPES if isinstance(kind, known)), "text")
