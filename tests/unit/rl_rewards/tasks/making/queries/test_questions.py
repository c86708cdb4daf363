"""Each template of a question: its query and its solver agree, on a plain connection."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from assay_rl_rewards.sql.comparison import are_equal
from assay_rl_rewards.sql.result import Table
from assay_rl_rewards.sql.statement import Statement, read_statement
from assay_rl_rewards.tasks.making.queries.condition import draw_condition
from assay_rl_rewards.tasks.making.queries.draft import Draft, Scene
from assay_rl_rewards.tasks.making.queries.rows import World, draw_world, write_script
from assay_rl_rewards.tasks.making.queries.schema import Schema
from assay_rl_rewards.tasks.making.queries.schemas import SCHEMAS
from assay_rl_rewards.tasks.making.text2sql import QUESTIONS

NUM_DRAWS = 4


def open_world(schema: Schema, world: World) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(write_script(schema, world))
    return connection


@pytest.mark.parametrize("template", QUESTIONS, ids=lambda t: t.__name__)
def test_query_and_solver_agree(template: Callable[[Scene], Draft]) -> None:
    chance = random.Random(template.__name__)
    for _ in range(NUM_DRAWS):
        schema = chance.choice(SCHEMAS)
        world = draw_world(schema, chance)
        draft = template(Scene(schema, world, chance))
        with closing(open_world(schema, world)) as connection:
            rows = connection.execute(draft.sql).fetchall()
        solved = draft.solve(world)
        statement = read_statement(draft.sql, "sqlite")

        assert isinstance(statement, Statement)
        assert len(rows) == len(solved), draft.sql
        width = len(rows[0]) if rows else 1
        assert are_equal(
            [Table(width, tuple(rows))],
            [Table(width, tuple(solved))],
            is_ordered=statement.is_ordered,
            any_column_order=False,
        ), draft.sql


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.name)
def test_conditions_mean_the_same_in_sql_and_in_python(schema: Schema) -> None:
    chance = random.Random(schema.name)
    world = draw_world(schema, chance)
    with closing(open_world(schema, world)) as connection:
        for table in schema.tables * 8:
            condition = draw_condition(table, world, chance)
            sql = f"SELECT {table.key} FROM {table.name} WHERE {condition.where(table.name + '.')}"
            found = {key for (key,) in connection.execute(sql)}

            assert found == {r[table.key] for r in world[table.name] if condition.test(r)}, sql


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.name)
def test_names_in_a_table_are_unique_and_every_row_has_a_parent(schema: Schema) -> None:
    world = draw_world(schema, random.Random(1))
    with closing(open_world(schema, world)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    for table in (schema.groups, schema.things):
        names = [row[table.label.name] for row in world[table.name]]
        assert len(set(names)) == len(names)


def test_no_column_has_the_name_of_an_alias() -> None:
    """In a GROUP BY a column would win over the alias, and the query would group by that."""
    aliases = {"year_of_day", "total", "a", "b"}

    for schema in SCHEMAS:
        for table in schema.tables:
            assert aliases.isdisjoint(column.name for column in table.columns)
