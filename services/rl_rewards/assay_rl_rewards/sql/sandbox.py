"""Running a query of a model where it can do no harm: SQLite, read only, within limits.

Each query gets a connection of its own, on bytes in memory. What fences it in, from the outside:
the worker process, which may be killed (one instruction of SQLite's machine can run for seconds,
and nothing inside can stop it); the authorizer, which lets through reading tables of the database,
selecting, recursion and known functions; SQLite's own limits; a handler that is asked every
`STEPS_PER_TICK` instructions; bounds on rows and bytes.

The first bound on work is a number of instructions, so that a verdict does not depend on how busy a
machine is. Processor seconds are the second one, for instructions that are slow.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from assay_rl_rewards.sql.functions import ALLOWED_FUNCTIONS, Guards
from assay_rl_rewards.sql.result import Refusal, Row, Table, measure_cell

MAX_ROWS = 10_000
MAX_RESULT_BYTES = 4 << 20
MAX_SQL_BYTES = 20_000
# Of a cell or a stored row. `instr` and `replace` take time of the order of its square, in one
# instruction: 0.04 s at 64 KiB, 10.8 s at 1 MiB (SQLite 3.40). The handler is asked between rows
# only, so that a row of 119 such calls still overruns its budget, to 3.7 s.
MAX_CELL_BYTES = 1 << 16
MAX_HEAP_BYTES = 256 << 20  # of all SQLite connections of the process
STEPS_PER_TICK = 1000  # asked more often, a recursive query takes 1.2 (250) to 2 (50) times as long
MAX_STEPS = 30_000_000  # instructions for all queries of one answer: about a second
MAX_SECONDS = 1.5  # of processor time for the same

UNRUNNABLE = "the query does not run"
TOO_LARGE = "the result is too large"
TOO_MUCH_MEMORY = "the query needs too much memory"
NO_TABLE = "the query reads no table"

_SELECTING = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE))
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_CELL_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: MAX_SQL_BYTES,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 25_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


@dataclass(frozen=True, slots=True)
class Database:
    """A database to query; `digest` is of what it was made from.

    Attributes:
        source: a serialized database.
    """

    digest: str
    source: bytes = field(repr=False)


class Budget:
    """The work that the queries of one answer may do together."""

    def __init__(self, max_steps: int = MAX_STEPS, max_seconds: float = MAX_SECONDS) -> None:
        self._ticks_left = max_steps // STEPS_PER_TICK
        self._deadline = time.thread_time() + max_seconds

    def tick(self) -> bool:
        """Count `STEPS_PER_TICK` instructions; True when the query must stop."""
        self._ticks_left -= 1
        return self.is_spent

    @property
    def is_spent(self) -> bool:
        return self._ticks_left < 0 or time.thread_time() > self._deadline


def run_query(
    database: Database, sql: str, budget: Budget, *, is_reversed: bool = False
) -> Table | Refusal:
    """Run one statement.

    Args:
        database: what it may read.
        sql: the statement.
        budget: what is left of it is what the query may take.
        is_reversed: rows without an ORDER BY come in the opposite order, where SQLite can do so.

    Raises:
        TimeoutError: the budget is spent.
    """
    with (
        closing(_connect(database, is_reversed=is_reversed)) as connection,
        closing(Guards(connection, MAX_CELL_BYTES)),
    ):
        reader = _fence(connection, budget)
        try:
            table = _fetch(connection.execute(sql))
        except MemoryError:
            return Refusal(TOO_MUCH_MEMORY)
        except (sqlite3.Error, sqlite3.Warning, ValueError) as exc:
            if budget.is_spent:
                raise TimeoutError("a query took more work than is granted") from exc
            return Refusal(UNRUNNABLE, str(exc))
        return table if reader.tables_read else Refusal(NO_TABLE)


def _connect(database: Database, *, is_reversed: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(database.source)
    connection.execute("PRAGMA query_only=1")
    connection.execute("PRAGMA trusted_schema=0")
    connection.execute("PRAGMA temp_store=2")  # sorting spills into memory, not into files
    if is_reversed:
        connection.execute("PRAGMA reverse_unordered_selects=1")
    return connection


def _fence(connection: sqlite3.Connection, budget: Budget) -> "_Reader":
    names = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    reader = _Reader(frozenset(name for (name,) in names))
    limit(connection, budget.tick)
    connection.set_authorizer(reader.authorize)
    return reader


def limit(connection: sqlite3.Connection, tick: Callable[[], bool]) -> None:
    """Set SQLite's own limits, and have `tick` asked while it works."""
    connection.execute(f"PRAGMA hard_heap_limit={MAX_HEAP_BYTES}")
    for category, value in _LIMITS.items():
        connection.setlimit(category, value)
    connection.set_progress_handler(tick, STEPS_PER_TICK)


class _Reader:
    """The authorizer of one query: it may read `tables`; `tables_read` are those it reads."""

    def __init__(self, tables: frozenset[str]) -> None:
        self._tables = tables
        self.tables_read: set[str] = set()

    def authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action in _SELECTING:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and self._may_read(first or "", second or ""):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and second in ALLOWED_FUNCTIONS:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    def _may_read(self, table: str, column: str) -> bool:
        """No column of an unknown table: `count(*)` of a name that the query itself defines."""
        if table in self._tables:
            self.tables_read.add(table)
            return True
        return not column and not table.lower().startswith("sqlite_")


def _fetch(cursor: sqlite3.Cursor) -> Table | Refusal:
    """Read row by row: a single one may hold megabytes."""
    rows: list[Row] = []
    num_bytes = 0
    for row in cursor:
        rows.append(row)
        num_bytes += sum(map(measure_cell, row))
        if len(rows) > MAX_ROWS or num_bytes > MAX_RESULT_BYTES:
            return Refusal(TOO_LARGE)
    return Table(len(cursor.description or ()), tuple(rows))
