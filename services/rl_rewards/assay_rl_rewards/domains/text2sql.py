"""Questions to a database: the query that is answered must give what the gold query gives.

Both are run on every database of the task, which differ in their values alone, so that an answer
that states a result instead of asking for it fails on the second. The gold is checked before
anything is graded: a result that `SELECT 1`, an empty result or a constant would earn is refused,
and so is one that depends on the order in which rows happen to be stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.sql.bounded_cache import BoundedCache
from assay_rl_rewards.sql.comparison import MAX_PERMUTED_COLUMNS, are_equal
from assay_rl_rewards.sql.databases import build_database, digest_script
from assay_rl_rewards.sql.result import Cell, Refusal, Table
from assay_rl_rewards.sql.sandbox import Budget, Database, run_query
from assay_rl_rewards.sql.statement import (
    Dialect,
    Statement,
    break_ties,
    find_statement,
    read_statement,
)
from assay_rl_rewards.verifier import Decoy, Grade, Task

MAX_DATABASES = 8
MAX_CACHED_BYTES = 64 << 20  # of built databases, and as much of gold results
MAX_DECOY_ROWS = 20

NO_BLOCK = "there is no closed block of SQL"
DIFFERENT = "the result is not the expected one"
OPEN_ORDER = "it leaves open which rows come, or in what order (order: any, or more keys)"
EQUAL = "the result is the expected one"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSource(_Strict):
    """A database: the script that makes it (CREATE and INSERT)."""

    script: str


class QueryParams(_Strict):
    """What a text2sql task holds beside its gold query.

    Attributes:
        databases: variants of one database, with other values; the question is about each of them.
        dialect: in which statements are written; they are translated to SQLite where it is another.
        order: whether rows must come in the gold's order: when it ends in an ORDER BY, or never.
        any_column_order: columns may be swapped, where there are at most 6.
        allow_single: one database is enough. A lucky constant then passes as long as the query
            reads some table.
    """

    databases: tuple[DatabaseSource, ...] = Field(min_length=1, max_length=MAX_DATABASES)
    dialect: Dialect = "sqlite"
    order: Literal["as_gold", "any"] = "as_gold"
    any_column_order: bool = False
    allow_single: bool = False


@dataclass(frozen=True, slots=True)
class QueryTask:
    """A task as read; `golds` are the gold's results, one for each of `databases`."""

    gold: str
    dialect: Dialect
    databases: tuple[Database, ...]
    golds: tuple[Table, ...]
    is_ordered: bool
    any_column_order: bool


class Text2SqlVerifier:
    """Runs the last ```sql block on all databases and compares results."""

    id: ClassVar[str] = "text2sql"
    version: ClassVar[int] = 2

    def __init__(self) -> None:
        self._built = BoundedCache[Database](MAX_CACHED_BYTES)
        self._golds = BoundedCache[Table | Refusal](MAX_CACHED_BYTES)

    def read_task(self, task: Task) -> QueryTask:
        params = _read_params(task)
        gold = task.reference
        if not isinstance(gold, str):
            raise InvalidTaskError("text2sql expects a query as reference, a string")
        statement = _read_gold(gold, params.dialect)
        databases = tuple(self._find_database(source) for source in params.databases)
        if len({database.digest for database in databases}) < len(databases):
            raise InvalidTaskError("text2sql expects databases that differ, found one twice")
        is_ordered = params.order == "as_gold" and statement.is_ordered
        golds = tuple(
            self._find_gold(database, statement, is_ordered=is_ordered) for database in databases
        )
        _refuse_degenerate(golds, any_column_order=params.any_column_order)
        return QueryTask(
            gold, params.dialect, databases, golds, is_ordered, params.any_column_order
        )

    def grade(self, task: QueryTask, text: str) -> Grade:
        """Grade the last SQL block of `text`.

        Raises:
            TimeoutError: its query takes more work than is granted.
        """
        answer = find_statement(text)
        if answer is None:
            return _fail(NO_BLOCK, None)
        statement = read_statement(answer, task.dialect)
        if isinstance(statement, Refusal):
            return _fail(statement.reason, answer)
        budget = Budget()
        results: list[Table] = []
        for database in task.databases:
            result = run_query(database, statement.sql, budget)
            if isinstance(result, Refusal):
                return _fail(result.reason, answer)
            results.append(result)
        is_equal = are_equal(
            task.golds,
            results,
            is_ordered=task.is_ordered,
            any_column_order=task.any_column_order,
        )
        reason = EQUAL if is_equal else DIFFERENT
        return Grade(float(is_equal), reason, answer, {"executable": 1.0})

    def render_gold(self, task: QueryTask) -> str:
        return _render(task.gold)

    def list_decoys(self, task: QueryTask) -> Sequence[Decoy]:
        """Constants, nothing, and statements that would change something."""
        first = task.golds[0]
        constants = [Decoy("constant", _render(_write_constant(first)))]
        if len(first.rows) == 1:
            cells = ", ".join(map(_write_cell, first.rows[0]))
            constants.append(Decoy("constant", _render(f"SELECT {cells}")))
        return (
            *constants,
            Decoy("select_one", _render("SELECT 1")),
            Decoy("empty_statement", _render("")),
            Decoy("comment", _render("-- " + task.gold.replace("\n", " "))),
            Decoy("drop", _render(f"DROP TABLE IF EXISTS t; {task.gold}")),
            Decoy("attach", _render("ATTACH DATABASE ':memory:' AS other")),
        )

    def _find_database(self, source: DatabaseSource) -> Database:
        digest = digest_script(source.script)
        built = self._built.find(digest)
        if built is None:
            built = build_database(source.script)
            self._built.store(digest, built, len(built.source))
        return built

    def _find_gold(self, database: Database, gold: Statement, *, is_ordered: bool) -> Table:
        key = (database.digest, gold.sql, is_ordered)
        result = self._golds.find(key)
        if result is None:
            result = _run_gold(database, gold, is_ordered=is_ordered)
            num_bytes = result.measure_bytes() if isinstance(result, Table) else 0
            self._golds.store(key, result, num_bytes + len(gold.sql))
        if isinstance(result, Refusal):
            raise InvalidTaskError(f"the gold query: {result.reason} {result.detail}".rstrip())
        return result


def _read_params(task: Task) -> QueryParams:
    try:
        params = QueryParams.model_validate(dict(task.params))
    except ValidationError as exc:
        first = exc.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "params"
        raise InvalidTaskError(f"params of text2sql: {place}: {first['msg']}") from exc
    if len(params.databases) < 2 and not params.allow_single:
        raise InvalidTaskError(
            "text2sql expects 2 or 3 databases that differ in their values, found 1;"
            " a constant would pass (allow_single: true to do so all the same)"
        )
    return params


@lru_cache(maxsize=1024)
def _read_gold(gold: str, dialect: Dialect) -> Statement:
    statement = read_statement(gold.strip(), dialect)
    if isinstance(statement, Refusal):
        raise InvalidTaskError(f"the gold query: {statement.reason} {statement.detail}".rstrip())
    return statement


def _run_gold(database: Database, gold: Statement, *, is_ordered: bool) -> Table | Refusal:
    """Run it as it stands, and in all ways in which what it leaves open may come out."""
    budget = Budget()
    try:
        result = run_query(database, gold.sql, budget)
        if isinstance(result, Refusal):
            return result
        others = [run_query(database, gold.sql, budget, is_reversed=True)]
        for is_descending in (False, True) if gold.is_ordered else ():
            sql = break_ties(gold.sql, result.num_columns, is_descending=is_descending)
            others.append(run_query(database, sql, budget))
    except TimeoutError as exc:
        return Refusal(str(exc))
    for other in others:
        if isinstance(other, Refusal):
            continue  # the parser writes it in a way that does not run; the gold itself does
        if not are_equal([result], [other], is_ordered=is_ordered, any_column_order=False):
            return Refusal(OPEN_ORDER)
    return result


def _refuse_degenerate(golds: Sequence[Table], *, any_column_order: bool) -> None:
    if any(not gold.rows for gold in golds):
        raise InvalidTaskError("the gold query has an empty result")
    if any(gold.rows in (((0,),), ((1,),), ((None,),)) for gold in golds):
        raise InvalidTaskError("the gold query gives a single 0, 1 or NULL, which anybody guesses")
    if len(golds) > 1 and all(
        are_equal([golds[0]], [gold], is_ordered=False, any_column_order=False)
        for gold in golds[1:]
    ):
        raise InvalidTaskError("the gold query gives the same on all databases: a constant")
    if any_column_order and golds[0].num_columns > MAX_PERMUTED_COLUMNS:
        raise InvalidTaskError(
            f"columns in any order: at most {MAX_PERMUTED_COLUMNS}, found {golds[0].num_columns}"
        )


def _fail(reason: str, answer: str | None) -> Grade:
    return Grade(0.0, reason, answer, {"executable": 0.0})


def _render(sql: str) -> str:
    return f"```sql\n{sql}\n```"


def _write_constant(table: Table) -> str:
    """The result itself as a query that asks nothing."""
    rows = [", ".join(map(_write_cell, row)) for row in table.rows[:MAX_DECOY_ROWS]]
    return " UNION ALL ".join(f"SELECT {row}" for row in rows)


def _write_cell(cell: Cell) -> str:
    if cell is None:
        return "NULL"
    if isinstance(cell, bytes):
        return f"x'{cell.hex()}'"
    if isinstance(cell, str):
        return "'" + cell.replace("'", "''") + "'"
    return repr(cell)
