"""Finding the one statement of a response, and refusing what is not a plain query.

The statement is the last closed block fenced as `sql`; there is no second guess. Comments are the
parser's business, not that of a pattern that may eat what follows. sqlglot recurses as deep as a
statement nests, so length and brackets are bounded first, and what nests otherwise (signs, CASE)
and exhausts the stack is refused. The sandbox is the fence; this is about what an answer is.
"""

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from assay.verifiers.view import find_code_blocks
from assay_rl_rewards.sql.result import Refusal
from assay_rl_rewards.sql.sandbox import MAX_SQL_BYTES

Dialect: TypeAlias = Literal["sqlite", "mysql", "postgres"]
MAX_BRACKET_DEPTH = 40

EMPTY = "the statement is empty"
TOO_LONG = "the statement is too long"
TOO_DEEP = "the statement nests too deep"
UNPARSABLE = "the statement does not parse"
SEVERAL = "there is more than one statement"
NO_QUERY = "the statement is not a query"
UNTRANSLATABLE = "the statement has no equal in SQLite"

_QUERIES = (exp.Select, exp.SetOperation, exp.Values)

# It warns of every statement that it does not model.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Statement:
    """A query as SQLite takes it; `is_ordered`: it ends in an ORDER BY of its own."""

    sql: str
    is_ordered: bool


def find_statement(text: str) -> str | None:
    """Return the last closed block of `text` that is fenced as `sql`, None without one."""
    blocks = [b for b in find_code_blocks(text) if b.closed and b.language == "sql"]
    return blocks[-1].body.strip() if blocks else None


def read_statement(text: str, dialect: Dialect) -> Statement | Refusal:
    """Parse `text` as one query of `dialect`."""
    if len(text.encode(errors="replace")) > MAX_SQL_BYTES:
        return Refusal(TOO_LONG)
    if _measure_depth(text) > MAX_BRACKET_DEPTH:
        return Refusal(TOO_DEEP)
    try:
        parsed = sqlglot.parse(text, read=dialect, error_level=ErrorLevel.RAISE)
        trees = [tree for tree in parsed if tree and not isinstance(tree, exp.Semicolon)]
        if len(trees) != 1:
            return Refusal(SEVERAL if trees else EMPTY)
        return _read_tree(text, trees[0], dialect)
    except RecursionError:
        return Refusal(TOO_DEEP)
    except SqlglotError as exc:
        return Refusal(UNPARSABLE, str(exc))
    except (LookupError, TypeError, AttributeError, ValueError) as exc:  # the parser's own slips
        return Refusal(UNPARSABLE, f"sqlglot: {exc}")


@lru_cache(maxsize=256)  # the same for each database of a task
def break_ties(sql: str, num_columns: int, *, is_descending: bool) -> str:
    """Order what the ORDER BY of `sql` leaves open by its columns, from the first to the last.

    Results of both directions are the same just when nothing that shows was left open. What
    sqlglot cannot read back is returned as it is.
    """
    try:
        tree = sqlglot.parse_one(sql, read="sqlite")
    except SqlglotError:
        return sql
    keys = [
        exp.Ordered(this=exp.Literal.number(number), desc=is_descending)
        for number in range(1, num_columns + 1)
    ]
    tree.args["order"].set("expressions", [*tree.args["order"].expressions, *keys])
    broken: str = tree.sql(dialect="sqlite")
    return broken


def _read_tree(text: str, tree: exp.Expression, dialect: Dialect) -> Statement | Refusal:
    if not isinstance(tree, _QUERIES):
        return Refusal(NO_QUERY)
    is_ordered = tree.args.get("order") is not None
    if dialect == "sqlite":
        return Statement(text, is_ordered)
    try:
        translated = tree.sql(dialect="sqlite", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as exc:
        return Refusal(UNTRANSLATABLE, str(exc))
    return Statement(translated, is_ordered)


def _measure_depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif character == ")":
            depth -= 1
    return deepest
