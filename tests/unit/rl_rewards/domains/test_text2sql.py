"""Grading queries by their results, and refusing golds that anybody would meet."""

from collections.abc import Sequence

import pytest

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.domains.text2sql import (
    DIFFERENT,
    EQUAL,
    NO_BLOCK,
    QueryTask,
    Text2SqlVerifier,
)
from assay_rl_rewards.sql.sandbox import NO_TABLE
from assay_rl_rewards.sql.statement import EMPTY, NO_QUERY, SEVERAL
from assay_rl_rewards.verifier import Task

VERIFIER = Text2SqlVerifier()
GOLD = "SELECT name FROM p WHERE age > 30 ORDER BY age DESC"


def script(*ages: int | None) -> dict[str, str]:
    rows = ", ".join(
        f"({i}, 'n{i}', {'NULL' if age is None else age})" for i, age in enumerate(ages, 1)
    )
    columns = "id INTEGER, name TEXT, age INTEGER"
    return {"script": f"CREATE TABLE p ({columns}); INSERT INTO p VALUES {rows};"}


VARIANTS = [script(20, 35, 50, 41), script(60, 31, 25, 70), script(33, 32, 31, 30)]


def read(
    gold: JsonValue = GOLD,
    databases: Sequence[dict[str, str]] = VARIANTS,
    **params: JsonValue,
) -> QueryTask:
    return VERIFIER.read_task(
        Task("text2sql", (), reference=gold, params={"databases": list(databases), **params})
    )


def score(task: QueryTask, sql: str) -> float:
    return VERIFIER.grade(task, f"Here it is:\n```sql\n{sql}\n```").score


def test_gold_scores_one() -> None:
    task = read()
    grade = VERIFIER.grade(task, VERIFIER.render_gold(task))

    assert (grade.score, grade.reason, grade.extracted) == (1.0, EQUAL, GOLD)
    assert grade.parts == {"executable": 1.0}


def test_another_query_of_the_same_result_scores_one() -> None:
    assert (
        score(
            read(), "WITH q AS (SELECT * FROM p) SELECT name FROM q WHERE age >= 31 ORDER BY -age;"
        )
        == 1.0
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM p WHERE age > 30 ORDER BY age",
        "SELECT name FROM p ORDER BY age DESC",
        "SELECT name, age FROM p WHERE age > 30 ORDER BY age DESC",
        "SELECT age FROM p WHERE age > 30 ORDER BY age DESC",
        "SELECT name FROM p WHERE age > 30 UNION ALL SELECT name FROM p WHERE age > 30",
    ],
)
def test_another_result_scores_zero(sql: str) -> None:
    grade = VERIFIER.grade(read(), f"```sql\n{sql}\n```")

    assert (grade.score, grade.reason) == (0.0, DIFFERENT)
    assert grade.parts == {"executable": 1.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Sorry, I do not know", NO_BLOCK),  # nothing stands in for a missing query
        (GOLD, NO_BLOCK),
        ("```sql\n```", EMPTY),
        ("```sql\n-- " + GOLD + "\n```", EMPTY),
        ("```sql\nSELECT 1\n```", NO_TABLE),
        (f"```sql\n{GOLD}; DROP TABLE p\n```", SEVERAL),
        ("```sql\nDROP TABLE p\n```", NO_QUERY),
        (f"```sql\n{GOLD}\n```\n```sql\nSELECT 1\n```", NO_TABLE),
    ],
)
def test_no_query_scores_zero(text: str, reason: str) -> None:
    grade = VERIFIER.grade(read(), text)

    assert (grade.score, grade.reason) == (0.0, reason)
    assert grade.parts == {"executable": 0.0}


def test_an_answer_changes_no_database() -> None:
    task = read()
    for sql in ("DROP TABLE p", "DELETE FROM p", "UPDATE p SET age = 99"):
        score(task, sql)

    assert score(task, GOLD) == 1.0


def test_order_is_as_the_task_says() -> None:
    unordered = "SELECT name FROM p WHERE age > 30"

    assert score(read(), unordered + " ORDER BY age") == 0.0
    assert score(read(order="any"), unordered + " ORDER BY age") == 1.0
    assert score(read(unordered), unordered + " ORDER BY age") == 1.0
    assert score(read(unordered + " ORDER BY 1 = 1", order="any"), unordered) == 1.0


def test_columns_swap_as_the_task_says() -> None:
    gold, swapped = "SELECT name, age FROM p", "SELECT age, name FROM p"

    assert score(read(gold), swapped) == 0.0
    assert score(read(gold, any_column_order=True), swapped) == 1.0


def test_a_constant_fails_on_the_second_database() -> None:
    gold = "SELECT max(age) FROM p"
    lucky = "SELECT 50 FROM p LIMIT 1"

    assert score(read(gold), lucky) == 0.0
    alone = read(gold, [script(20, 35, 50, 41)], allow_single=True)
    assert score(alone, lucky) == 1.0  # why one database is not enough
    assert score(alone, "SELECT 50") == 0.0


@pytest.mark.parametrize(
    "params",
    [{}, {"allow_single": True}, {"order": "any"}, {"any_column_order": True}],
)
@pytest.mark.parametrize(
    "gold",
    [GOLD, "SELECT max(age) FROM p", "SELECT name, age FROM p", "SELECT 'it''s', age * 1.5 FROM p"],
)
def test_decoys_score_zero(gold: str, params: dict[str, JsonValue]) -> None:
    databases = VARIANTS[:1] if params.get("allow_single") else VARIANTS
    task = read(gold, databases, **params)
    decoys = VERIFIER.list_decoys(task)

    assert {decoy.kind for decoy in decoys} >= {"constant", "select_one", "drop", "attach"}
    assert {VERIFIER.grade(task, decoy.text).score for decoy in decoys} == {0.0}


@pytest.mark.parametrize(
    ("gold", "expected"),
    [
        ("SELECT name FROM p WHERE age > 99", "empty"),  # empty would equal empty
        ("SELECT name FROM p WHERE age > 59", "empty"),  # on the first and third alone
        ("SELECT count(*) FROM p WHERE age > 99", "single 0, 1 or NULL"),
        ("SELECT count(*) FROM p WHERE age = 50", "single 0, 1 or NULL"),
        ("SELECT max(age) FROM p WHERE age > 99", "single 0, 1 or NULL"),
        ("SELECT 1.0 FROM p LIMIT 1", "single 0, 1 or NULL"),
        ("SELECT count(*) FROM p", "constant"),
        ("SELECT name FROM p", "constant"),
        ("SELECT 1", "reads no table"),
        ("SELECT name FROM p LIMIT 2", "leaves open"),
        ("SELECT age > 30 FROM p ORDER BY name > 'a'", "leaves open"),
        ("SELECT name FROM p ORDER BY age > 30 DESC LIMIT 2", "leaves open"),
        ("SELECT name, 1 AS k FROM p UNION SELECT 'z', 1 ORDER BY k", "leaves open"),
        ("SELECT group_concat(name) FROM p WHERE age > 30", "leaves open"),
        ("DROP TABLE p", "not a query"),
        ("SELECT missing FROM p", "no such column"),
        ("SELECT name FROM p; SELECT name FROM p", "more than one statement"),
        ("SELECT date('now') FROM p", "does not run"),
        (None, "a string"),
        (3, "a string"),
    ],
)
def test_degenerate_golds_are_refused(gold: JsonValue, expected: str) -> None:
    with pytest.raises(InvalidTaskError, match=expected):
        read(gold)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "databases"),
        ({"databases": []}, "databases"),
        ({"databases": [script(1)]}, "allow_single"),
        ({"databases": [script(1), script(1)]}, "one twice"),
        ({"databases": VARIANTS, "surprise": 1}, "surprise"),
        ({"databases": VARIANTS, "dialect": "prolog"}, "dialect"),
        ({"databases": [{"script": "nonsense"}, script(1)]}, "does not run"),
        ({"databases": [{"name": "shop"}, script(1)]}, "databases.0"),
        ({"databases": [{"path": "/etc/passwd"}, script(1)]}, "databases.0"),
        ({"databases": [script(n) for n in range(9)]}, "at most 8"),
    ],
)
def test_params_that_do_not_fit_are_refused(params: dict[str, JsonValue], expected: str) -> None:
    with pytest.raises(InvalidTaskError, match=expected):
        VERIFIER.read_task(Task("text2sql", (), reference=GOLD, params=params))


def test_seven_columns_in_any_order_are_refused() -> None:
    with pytest.raises(InvalidTaskError, match="at most 6, found 7"):
        read("SELECT name, age, 1, 2, 3, 4, 5 FROM p", any_column_order=True)


def test_an_answer_that_works_without_end_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_rl_rewards.sql.sandbox.Budget.__init__.__defaults__", (9_000, 9.0))
    with pytest.raises(TimeoutError):
        score(read(), "SELECT count(*) FROM p a, p b, p c, p d, p e, p f, p g, p h, p i")


def test_a_gold_that_works_without_end_is_an_invalid_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_rl_rewards.sql.sandbox.Budget.__init__.__defaults__", (9_000, 9.0))
    with pytest.raises(InvalidTaskError, match="more work than is granted"):
        read("SELECT count(*) FROM p a, p b, p c, p d, p e, p f, p g, p h, p i")


def test_gold_results_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = Text2SqlVerifier()
    task = Task("text2sql", (), GOLD, {"databases": VARIANTS})
    first = verifier.read_task(task)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("run again")

    monkeypatch.setattr("assay_rl_rewards.domains.text2sql.run_query", never)
    monkeypatch.setattr("assay_rl_rewards.domains.text2sql.build_database", never)
    assert verifier.read_task(task).golds == first.golds


def test_nulls_and_repeated_rows_count() -> None:
    databases = [script(1, None, 1), script(2, 3, 3)]
    gold = "SELECT age FROM p"

    assert score(read(gold, databases), "SELECT DISTINCT age FROM p") == 0.0
    assert score(read(gold, databases), "SELECT coalesce(age, '') FROM p") == 0.0
    assert score(read(gold, databases), "SELECT age + 0.0 FROM p") == 1.0
