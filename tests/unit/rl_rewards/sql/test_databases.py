"""Databases from scripts."""

from pathlib import Path

import pytest

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.sql.databases import build_database
from assay_rl_rewards.sql.result import Table
from assay_rl_rewards.sql.sandbox import Budget, run_query

DUMP = """PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT CHECK (length(a) > 0), d DATE);
INSERT INTO t VALUES (1, 'x', '2024-01-01'), (2, 'y;--', NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES ('t', 2);
CREATE INDEX by_a ON t (a);
CREATE VIEW v AS SELECT a FROM t;
COMMIT;
"""


def count(source: str) -> object:
    result = run_query(build_database(source), "SELECT count(*) FROM t", Budget())
    assert isinstance(result, Table)
    return result.rows[0][0]


def test_a_dump_is_built() -> None:
    assert count(DUMP) == 2


def test_a_transaction_left_open_is_closed() -> None:
    assert count("BEGIN; CREATE TABLE t (a); INSERT INTO t VALUES (1);") == 1


def test_a_digest_is_of_the_script() -> None:
    assert build_database(DUMP).digest == build_database(DUMP).digest
    assert build_database(DUMP).digest != build_database(DUMP + " ").digest


@pytest.mark.parametrize(
    "script",
    [
        "ATTACH DATABASE '{folder}/x' AS x;",
        "CREATE TABLE t (a); VACUUM INTO '{folder}/x';",
        "PRAGMA writable_schema=1;",
        "PRAGMA journal_mode=WAL;",
        "CREATE VIRTUAL TABLE t USING fts5(a);",
        "CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;",
        "CREATE TABLE t (a); INSERT INTO t VALUES (random());",
        "CREATE TABLE t (a); INSERT INTO t VALUES (date('now'));",
        "CREATE TABLE t (a DEFAULT CURRENT_TIMESTAMP, b); INSERT INTO t (b) VALUES (1);",
        "CREATE TABLE t (a DEFAULT (random()), b); INSERT INTO t (b) VALUES (1);",
        "CREATE TABLE t (a DEFAULT (load_extension('x')), b); INSERT INTO t (b) VALUES (1);",
        "CREATE TABLE t (a); INSERT INTO t VALUES (printf('%.*c', 900000000, 'x'));",
        "SELECT load_extension('x');",
        "CREATE TABLE t (a",
        "CREATE TABLE t (a); INSERT INTO t VALUES (1, 2);",
        "CREATE TABLE t (a); \x00",
        "CREATE TABLE t (a); -- \ud800",
        "-- " + "x" * (1 << 20),
        "CREATE TABLE t (a); INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL"
        " SELECT i + 1 FROM n) SELECT hex(hex(hex(hex(hex(i || 'some text'))))) FROM n;",
    ],
)
def test_a_script_may_only_do_what_a_dump_needs(script: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidTaskError):
        build_database(script.replace("{folder}", str(tmp_path)))
    assert list(tmp_path.iterdir()) == []
