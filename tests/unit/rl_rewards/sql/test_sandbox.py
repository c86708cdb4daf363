"""Every attack on the sandbox, and that a plain query is none."""

import math
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from assay_rl_rewards.sql.databases import build_database
from assay_rl_rewards.sql.result import Refusal, Table
from assay_rl_rewards.sql.sandbox import (
    MAX_ROWS,
    NO_TABLE,
    TOO_LARGE,
    TOO_MUCH_MEMORY,
    UNRUNNABLE,
    Budget,
    run_query,
)

SCRIPT = (
    "CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT, weight REAL, born TEXT);"
    "CREATE VIEW heavy AS SELECT name FROM pets WHERE weight > 50;"
    "INSERT INTO pets VALUES "
    + ",".join(f"({i}, 'pet{i}', {i}.5, '20{i % 20 + 10}-03-01')" for i in range(1, 101))
)
PETS = build_database(SCRIPT)
# A thousandth of what is granted in earnest: the fence is the same.
FEW_STEPS = 30_000


def run(sql: str, max_steps: int = FEW_STEPS) -> Table | Refusal:
    return run_query(PETS, sql, Budget(max_steps))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM pets WHERE weight > 50 ORDER BY weight LIMIT 3",
        "SELECT count(*), avg(weight), group_concat(DISTINCT name) FROM pets",
        "WITH big AS (SELECT * FROM pets WHERE weight > 90) SELECT count(*) FROM big",
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 9)"
        " SELECT count(*) FROM n JOIN pets ON id = i",
        "SELECT name, row_number() OVER (ORDER BY weight DESC) FROM pets",
        "SELECT strftime('%Y', born), count(*) FROM pets GROUP BY 1",
        "SELECT printf('%08.2f kg', weight) FROM pets",
        "SELECT count(*) FROM heavy",
        "SELECT name FROM pets WHERE name LIKE '%9%' EXCEPT SELECT name FROM heavy",
        "SELECT name FROM pets -- done",
        "SELECT name FROM pets;",
    ],
)
def test_plain_queries_run(sql: str) -> None:
    result = run(sql)

    assert isinstance(result, Table)
    assert result.rows


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
        "SELECT count(*) FROM pets a, pets b, pets c, pets d",
        "SELECT sum(a.weight) OVER (ORDER BY b.weight) FROM pets a, pets b, pets c",
        "SELECT a.name FROM pets a, pets b, pets c ORDER BY b.weight * c.weight LIMIT 1",
        "SELECT length(group_concat(a.name, '')) FROM pets a, pets b, pets c"
        " GROUP BY b.id HAVING 0",
    ],
)
def test_endless_work_is_cut_off(sql: str) -> None:
    with pytest.raises(TimeoutError):
        run(sql)


def test_processor_time_cuts_off_what_few_instructions_do() -> None:
    slow = "SELECT count(*) FROM pets a, pets b, pets c, pets d"

    with pytest.raises(TimeoutError):
        run_query(PETS, slow, Budget(max_steps=1 << 50, max_seconds=0.005))


def test_one_budget_is_for_all_queries_of_an_answer() -> None:
    sql = "SELECT sum(a.id * b.id) FROM pets a, pets b"
    budget = Budget(max_steps=100_000)

    assert run_query(PETS, sql, budget) == Table(1, ((5050 * 5050,),))
    with pytest.raises(TimeoutError):
        for _ in range(9):
            run_query(PETS, sql, budget)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)"
        " SELECT i, (SELECT count(*) FROM pets) FROM n",
        "SELECT a.id FROM pets a, pets b, pets c",
    ],
)
def test_endless_rows_are_not_fetched(sql: str) -> None:
    result = run_query(PETS, sql, Budget())

    assert result == Refusal(TOO_LARGE)


def test_many_bytes_in_few_rows_are_not_fetched() -> None:
    doubled = "SELECT name || hex(name) || hex(name) AS t FROM pets"
    wide = (
        f"WITH a AS ({doubled}), b AS (SELECT group_concat(t) AS t FROM a, pets p WHERE p.id < 8)"
    )
    sql = f"{wide} SELECT {', '.join(['t'] * 150)} FROM b, (SELECT 1 FROM pets LIMIT 9)"

    assert run_query(PETS, sql, Budget()) == Refusal(TOO_LARGE)


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH DATABASE '{folder}/new.db' AS other",
        "VACUUM INTO '{folder}/new.db'",
        "DROP TABLE pets",
        "DELETE FROM pets",
        "INSERT INTO pets(name) VALUES ('x')",
        "UPDATE pets SET name = 'x'",
        "REPLACE INTO pets(id, name) VALUES (1, 'x')",
        "PRAGMA writable_schema = 1",
        "PRAGMA query_only = 0",
        "CREATE TEMP TABLE t (a)",
        "CREATE TABLE t (a)",
        "CREATE VIRTUAL TABLE t USING fts5(a)",
        "BEGIN EXCLUSIVE",
        "SAVEPOINT s",
        "ALTER TABLE pets RENAME TO p",
        "REINDEX",
        "ANALYZE",
        "SELECT load_extension('/tmp/x.so') FROM pets",
        "SELECT * FROM pragma_table_info('pets'), pets",
        "SELECT count(*) FROM pragma_database_list, pets",
        "SELECT sql FROM sqlite_master, pets",
        "SELECT count(*) FROM sqlite_schema, pets",
        "SELECT count(*) FROM dbstat, pets",
        "SELECT count(*) FROM sqlite_stmt, pets",
        "SELECT fts3_tokenizer('simple') FROM pets",
        "SELECT readfile('/etc/passwd') FROM pets",
        "SELECT writefile('{folder}/new.db', name) FROM pets",
        "SELECT randomblob(9) FROM pets",
        "SELECT random() FROM pets",
        "SELECT zeroblob(900000000) FROM pets",
        "SELECT sqlite_version() FROM pets",
        "SELECT name FROM pets; DROP TABLE pets",
        "SELECT name FROM pets; SELECT name FROM pets",
        "SELECT name FROM pets WHERE id = ?",
        "SELECT \ud800 FROM pets",
        "SELECT name\x00 FROM pets",
        "SELECT " + "(" * 5000 + "1" + ")" * 5000 + " FROM pets",
        "SELECT 1 FROM pets" + " UNION SELECT 1 FROM pets" * 600,
        "SELECT " + "1+" * 250 + "1 FROM pets",
        "SELECT name FROM pets WHERE name LIKE '" + "%a" * 500 + "'",
        "",
        "nonsense",
    ],
)
def test_what_is_no_reading_is_refused(sql: str, tmp_path: Path) -> None:
    result = run(sql.replace("{folder}", str(tmp_path)))

    assert isinstance(result, Refusal)
    assert result.reason in (UNRUNNABLE, NO_TABLE)
    assert list(tmp_path.iterdir()) == []
    assert run("SELECT count(*) FROM pets") == Table(1, ((100,),))


@pytest.mark.parametrize(
    "call",
    [
        "date('now')", "date()", "DATE(' NOW ')", "date('n' || 'ow')", "strftime('%Y')",
        "strftime('%s', 'now')", "julianday('now')", "datetime(born, 'localtime')",
        "time('subsec')", "unixepoch('now')", "current_date", "CURRENT_TIMESTAMP",
        "datetime(born, 'utc')", "date(x'6e6f77')", "datetime(born, x'6c6f63616c74696d65')",
        "date('now' || char(0))", "strftime('%s', CAST('now' AS BLOB))",
    ],
)  # fmt: skip
def test_the_clock_and_the_time_zone_are_not_read(call: str) -> None:
    result = run(f"SELECT {call} FROM pets")

    assert isinstance(result, Refusal)
    assert result.reason == UNRUNNABLE


@pytest.mark.parametrize(
    "call",
    [
        "printf('%.*c', 900000000, 'x')", "format('%.*c', 900000000, 'x')",
        "printf('%900000000d', 1)", "printf('%-,900000000.3s', 'x')",
        "printf('%.' || '900000000' || 'f', 1)", "printf('%5d %*d', 1, 900000000, 2)",
        "printf(CAST('%.900000000d' AS BLOB), 1)",
    ],
)  # fmt: skip
def test_wide_formats_are_refused_before_they_run(call: str) -> None:
    result = run(f"SELECT {call} FROM pets")

    assert isinstance(result, Refusal)
    assert result.reason == UNRUNNABLE


def test_guarded_functions_say_what_their_originals_say() -> None:
    calls = (
        "date('2024-02-29', '+1 year'), datetime(1e9, 'unixepoch'), julianday('2000-01-01'),"
        " strftime('%Y-%W', '2021-05-06'), unixepoch('1970-01-02'), time('12:00', '-1 hours'),"
        " printf('%5.1f|%-4s|%,d', 2.25, 'a', 1234567), date(NULL), format('%%')"
    )
    expected = sqlite3.connect(":memory:").execute(f"SELECT {calls}").fetchall()
    result = run(f"SELECT {calls} FROM pets LIMIT 1")

    assert isinstance(result, Table)
    assert list(result.rows) == expected


def test_cells_cannot_grow_without_bound() -> None:
    bomb = "'aaaaaaaaaa'"
    for _ in range(6):
        bomb = f"replace({bomb}, 'a', 'aaaaaaaaaa')"
    result = run(f"SELECT length({bomb}) FROM pets")

    assert isinstance(result, Refusal)


def test_searching_a_long_text_stays_short() -> None:
    # At a cell of 1 MiB one such call takes ten seconds, and nothing inside can stop it.
    long = "replace(hex(hex(hex(hex(group_concat(name, ''))))), '3', '3')"
    result = run(f"SELECT instr(t, substr(t, 1, 20000) || 'x') FROM (SELECT {long} AS t FROM pets)")

    assert isinstance(result, Table | Refusal)


def test_a_constant_that_reads_no_table_is_refused() -> None:
    assert run("SELECT 3") == Refusal(NO_TABLE)
    assert run("SELECT 3 UNION SELECT 4") == Refusal(NO_TABLE)
    assert run("WITH t AS (SELECT 3 AS a) SELECT a FROM t") == Refusal(NO_TABLE)


def test_a_query_that_needs_the_whole_heap_is_refused() -> None:
    script = (
        "import sqlite3\n"
        "from assay_rl_rewards.sql import sandbox\n"
        "from assay_rl_rewards.sql.databases import build_database\n"
        "sandbox.MAX_HEAP_BYTES = 4 << 20\n"
        f"pets = build_database({SCRIPT!r})\n"
        "sql = ('SELECT max(x) FROM (SELECT DISTINCT a.name || b.name || c.name AS x'\n"
        "       ' FROM pets a, pets b, pets c)')\n"
        "print(sandbox.run_query(pets, sql, sandbox.Budget(10**12, 60)).reason)\n"
    )

    assert _run_python(script, deadline_seconds=60).strip() == TOO_MUCH_MEMORY


def test_without_its_guard_a_wide_format_outlives_the_handler() -> None:
    """One instruction that runs for seconds: only a kill from outside ends it."""
    script = (
        "import sys\n"
        "from contextlib import closing\n"
        "from assay_rl_rewards.sql import sandbox\n"
        "from assay_rl_rewards.sql.databases import build_database\n"
        f"pets = build_database({SCRIPT!r})\n"
        "class NoGuards:\n"
        "    def __init__(self, *_): pass\n"
        "    def close(self): pass\n"
        "sandbox.Guards = NoGuards\n"
        "print('ready', flush=True)\n"
        "sql = \"SELECT printf('%.*c', 900000000, 'x') FROM pets\"\n"
        "sandbox.run_query(pets, sql, sandbox.Budget(max_seconds=0.01))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], env=_environment(), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.3)
        process.kill()


def _run_python(script: str, deadline_seconds: float) -> str:
    return subprocess.run(
        [sys.executable, "-c", script],
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=deadline_seconds,
    ).stdout


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def test_rows_without_an_order_can_come_the_other_way_round() -> None:
    sql = "SELECT id FROM pets WHERE id < 4"

    assert run(sql) == Table(1, ((1,), (2,), (3,)))
    assert run_query(PETS, sql, Budget(), is_reversed=True) == Table(1, ((3,), (2,), (1,)))


def test_results_keep_their_types() -> None:
    result = run("SELECT 1, 1.0, '1', NULL, x'01', 9e999 FROM pets LIMIT 1")

    assert isinstance(result, Table)
    assert [type(cell) for cell in result.rows[0]] == [int, float, str, type(None), bytes, float]
    assert result.rows[0][-1] == math.inf


def test_row_bound_lets_its_own_number_through() -> None:
    below = f"SELECT a.id FROM pets a, pets b LIMIT {MAX_ROWS}"
    result = run_query(PETS, below, Budget())

    assert isinstance(result, Table)
    assert len(result.rows) == MAX_ROWS
