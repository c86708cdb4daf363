"""Generated text2sql tasks: distinct, repeatable, and right twice over."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice
from typing import cast

import pytest

from assay.domain.sample import JsonValue
from assay_rl_rewards.domains.text2sql import QueryTask, Text2SqlVerifier
from assay_rl_rewards.tasks.making import text2sql
from assay_rl_rewards.tasks.making.queries.draft import Draft, Scene
from assay_rl_rewards.tasks.making.queries.schemas import SCHEMAS
from assay_rl_rewards.verifier import Task

NUM_TASKS = 150
VERIFIER = Text2SqlVerifier()


@pytest.fixture(scope="module")
def tasks() -> list[dict[str, JsonValue]]:
    return list(islice(text2sql.make(seed=5), NUM_TASKS))


def read(task: dict[str, JsonValue]) -> QueryTask:
    params = cast(Mapping[str, JsonValue], task["params"])
    return VERIFIER.read_task(Task("text2sql", (), task["reference"], params))


def test_tasks_have_the_fields_of_a_task(tasks: list[dict[str, JsonValue]]) -> None:
    for task in tasks:
        assert list(task) == [
            "id", "domain", "messages", "reference", "params", "language", "source",
        ]  # fmt: skip
        assert json.loads(json.dumps(task)) == task
        assert (task["domain"], task["language"], task["source"]) == (
            "text2sql", "en", text2sql.SOURCE,
        )  # fmt: skip


def test_no_two_tasks_ask_the_same(tasks: list[dict[str, JsonValue]]) -> None:
    assert len({json.dumps(task["messages"]) for task in tasks}) == NUM_TASKS
    assert len({str(task["id"]) for task in tasks}) == NUM_TASKS
    assert len({str(task["reference"]) for task in tasks}) > 0.99 * NUM_TASKS


def test_all_schemas_come_up(tasks: list[dict[str, JsonValue]]) -> None:
    prompts = json.dumps([task["messages"] for task in tasks])

    assert len(SCHEMAS) >= 12
    assert all(f"CREATE TABLE {schema.things.name} " in prompts for schema in SCHEMAS)


def test_gold_scores_one_and_decoys_zero(tasks: list[dict[str, JsonValue]]) -> None:
    for task in tasks[:12]:
        read_task = read(task)
        grades = [
            VERIFIER.grade(read_task, decoy.text).score for decoy in VERIFIER.list_decoys(read_task)
        ]

        assert len(read_task.databases) == text2sql.NUM_VARIANTS
        assert VERIFIER.grade(read_task, VERIFIER.render_gold(read_task)).score == 1.0
        assert set(grades) == {0.0}


def test_the_result_learnt_by_heart_scores_zero(tasks: list[dict[str, JsonValue]]) -> None:
    for task in tasks[:12]:
        read_task = read(task)
        constant = VERIFIER.list_decoys(read_task)[0].text.removeprefix("```sql\n")
        table = str(task["reference"]).split(" FROM ")[1].split()[0].rstrip(")")
        lucky = f"```sql\nWITH t AS (SELECT 1 FROM {table}) {constant}"

        assert VERIFIER.grade(read_task, lucky).score == 0.0


def test_a_seed_gives_the_same_tasks_again(tasks: list[dict[str, JsonValue]]) -> None:
    assert list(islice(text2sql.make(seed=5), 5)) == tasks[:5]
    assert next(text2sql.make(seed=6)) != tasks[0]


def _draft(sql: str, question: str = "") -> Callable[[Scene], Draft]:
    """A template that counts things: always the right solver, and `sql` for a query."""

    def write(scene: Scene) -> Draft:
        things = scene.schema.things
        name, number = things.name, things.numbers[0].name
        return Draft(
            question or f"How many? {scene.chance.random()}",
            sql.format(name=name, number=number),
            lambda world: [(len(world[name]), sum(float(str(row[number])) for row in world[name]))],
        )

    return write


RIGHT = "SELECT COUNT(*), SUM({number}) FROM {name}"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT COUNT(*) + 1, SUM({number}) FROM {name}", "unequal"),
        ("SELECT COUNT(*), MAX({number}) FROM {name}", "unequal"),
        ("SELECT SUM({number}), COUNT(*) FROM {name}", "unequal"),
        ("SELECT COUNT(*), 0 FROM {name}", "refused"),  # the same on all databases
        ("SELECT COUNT(*) FROM nowhere", "refused"),
    ],
)
def test_a_query_that_its_solver_contradicts_is_dropped(
    sql: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text2sql, "QUESTIONS", (_draft(sql), _draft(RIGHT)))
    drops = Counter[str]()
    made = list(islice(text2sql.make(seed=1, drops=drops), 5))

    assert drops[reason] > 0
    assert set(drops) == {reason}
    assert all(" MAX(" not in str(task["reference"]) for task in made)


def test_a_question_asked_before_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text2sql, "QUESTIONS", (_draft(RIGHT, "How many?"), _draft(RIGHT)))
    monkeypatch.setattr(text2sql, "SCHEMAS", SCHEMAS[:1])
    drops = Counter[str]()
    made = list(islice(text2sql.make(seed=1, drops=drops), 8))

    assert drops["repeated"] > 0
    assert sum("How many?\\n" in json.dumps(task["messages"]) for task in made) == 1
