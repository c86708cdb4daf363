"""Databases from scripts and from a folder."""

import sqlite3
from pathlib import Path

import pytest

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.sql.databases import FolderDatabases, build_database
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


def make_file(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.close()


def test_files_of_the_folder_have_names(tmp_path: Path) -> None:
    make_file(tmp_path / "shop.sqlite")
    found = FolderDatabases(tmp_path).find("shop")

    assert found is not None
    assert run_query(found, "SELECT count(*) FROM t", Budget()) == Table(1, ((0,),))


@pytest.mark.parametrize(
    "name",
    [
        "../outside", "shop.sqlite", "./shop", "/etc/passwd", "link", "", "shop\x00", "SHOP",
        "shop.sqlite?mode=rw", "%73hop", "nested/inner", "other",
    ],
)  # fmt: skip
def test_no_name_is_a_path(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "nested").mkdir(parents=True)
    make_file(tmp_path / "outside.sqlite")
    make_file(folder / "shop.sqlite")
    make_file(folder / "nested" / "inner.sqlite")
    (folder / "other.db").touch()
    (folder / "link.sqlite").symlink_to(tmp_path / "outside.sqlite")

    assert FolderDatabases(folder).find(name) is None


def test_without_a_folder_no_name_is_known() -> None:
    assert FolderDatabases().find("shop") is None
