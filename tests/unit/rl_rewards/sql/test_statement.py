"""Which statement of a response is graded, and what is no plain query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.sql.result import Refusal
from assay_rl_rewards.sql.statement import (
    EMPTY,
    NO_QUERY,
    SEVERAL,
    TOO_DEEP,
    TOO_LONG,
    UNPARSABLE,
    UNTRANSLATABLE,
    Statement,
    find_statement,
    read_statement,
)


def test_the_last_block_counts() -> None:
    text = "First:\n```sql\nSELECT 1\n```\nNo, rather:\n```SQL\nSELECT a\nFROM t;\n```\nDone."

    assert find_statement(text) == "SELECT a\nFROM t;"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sorry, I do not know",
        "SELECT a FROM t",
        "```\nSELECT a FROM t\n```",
        "```python\nSELECT a FROM t\n```",
        "```sql\nSELECT a FROM t",
        "`SELECT a FROM t`",
    ],
)
def test_without_a_closed_sql_block_nothing_stands_in(text: str) -> None:
    assert find_statement(text) is None


def test_a_later_block_of_another_kind_does_not_hide_the_query() -> None:
    assert find_statement("```sql\nSELECT 1\n```\n```text\n1\n```") == "SELECT 1"


@pytest.mark.parametrize(
    ("sql", "is_ordered"),
    [
        ("SELECT a FROM t", False),
        ("SELECT a FROM t ORDER BY a;", True),
        ("SELECT a FROM t UNION SELECT b FROM u ORDER BY 1", True),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a)", False),
        ("SELECT a, row_number() OVER (ORDER BY a) FROM t", False),
        ("WITH q AS (SELECT a FROM t ORDER BY a) SELECT a FROM q", False),
        ("WITH q AS (SELECT a FROM t) SELECT a FROM q ORDER BY a LIMIT 3", True),
        ("VALUES (1), (2)", False),
        ("SELECT a FROM t -- ORDER BY a", False),
        ("SELECT '--', a FROM t ORDER BY a", True),
        ("SELECT a FROM t EXCEPT SELECT a FROM u", False),
    ],
)
def test_queries_are_read_with_their_own_order(sql: str, is_ordered: bool) -> None:
    assert read_statement(sql, "sqlite") == Statement(sql, is_ordered)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", EMPTY),
        ("-- SELECT a FROM t", EMPTY),
        (";", EMPTY),
        ("SELECT 1; SELECT 2", SEVERAL),
        ("SELECT 1; DROP TABLE t", SEVERAL),
        ("SELECT 1 /* ; */ ; /* */ DROP TABLE t", SEVERAL),
        ("DROP TABLE t", NO_QUERY),
        ("INSERT INTO t SELECT 1", NO_QUERY),
        ("WITH q AS (SELECT 1) DELETE FROM t", NO_QUERY),
        ("ATTACH DATABASE 'x' AS y", NO_QUERY),
        ("PRAGMA query_only = 0", NO_QUERY),
        ("EXPLAIN SELECT 1", NO_QUERY),
        ("BEGIN", NO_QUERY),
        ("SELECT FROM WHERE", UNPARSABLE),
        ("SELECT 'a", UNPARSABLE),
        ("SELECT " + "(" * 5000 + "1" + ")" * 5000, TOO_DEEP),
        ("SELECT " + "- " * 5000 + "1", TOO_DEEP),
        ("SELECT " + "NOT " * 4000 + "1", TOO_DEEP),
        ("SELECT " + "CASE WHEN 1 THEN " * 600 + "1" + " END" * 600, TOO_DEEP),
        ("SELECT 1" + " " * 20_000, TOO_LONG),
        ("SELECT '" + "\u20ac" * 7_000 + "'", TOO_LONG),
    ],
)
def test_what_is_no_single_query_is_refused(sql: str, reason: str) -> None:
    result = read_statement(sql, "sqlite")

    assert isinstance(result, Refusal)
    assert result.reason == reason


def test_another_dialect_is_translated() -> None:
    result = read_statement("SELECT `a` FROM `t` WHERE b <=> NULL ORDER BY 1 LIMIT 2, 3", "mysql")

    assert result == Statement(
        'SELECT "a" FROM "t" WHERE b IS NULL ORDER BY 1 LIMIT 3 OFFSET 2', is_ordered=True
    )


def test_what_sqlite_cannot_say_is_refused() -> None:
    result = read_statement("SELECT DISTINCT ON (a) a, b FROM t ORDER BY a", "postgres")

    assert isinstance(result, Statement | Refusal)
    if isinstance(result, Refusal):
        assert result.reason == UNTRANSLATABLE


@given(st.text(alphabet="SELECT FROM()'\"`;,-/*1at\n\x00\ud800[]{}:?@#.", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert isinstance(read_statement(text, "sqlite"), Statement | Refusal)
