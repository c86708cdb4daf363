"""The clock of the database, in milliseconds since 1970, UTC.

Leases are granted and expire by this clock alone, so a machine whose own clock is wrong can neither
hold a task too long nor take one too early.
"""

from typing import Any

from sqlalchemy import BigInteger, Connection, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class database_milliseconds(FunctionElement[int]):
    """The time of the database at the statement, whole milliseconds."""

    type = BigInteger()
    inherit_cache = True


@compiles(database_milliseconds, "sqlite")
def _of_sqlite(element: database_milliseconds, compiler: SQLCompiler, **_: Any) -> str:
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(database_milliseconds, "postgresql")
def _of_postgresql(element: database_milliseconds, compiler: SQLCompiler, **_: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


def milliseconds_of(connection: Connection) -> int:
    """Return the time of the database."""
    return int(connection.execute(select(database_milliseconds())).scalar_one())
