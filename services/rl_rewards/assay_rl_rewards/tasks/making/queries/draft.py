"""A question with its gold query and a solver that never sees the query."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from assay_rl_rewards.tasks.making.queries.condition import Condition, draw_condition
from assay_rl_rewards.tasks.making.queries.rows import Row, Value, World
from assay_rl_rewards.tasks.making.queries.schema import Column, Schema, Table

Answer: TypeAlias = list[tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A question; `solve` works the answer out from the rows, in Python alone."""

    question: str
    sql: str
    solve: Callable[[World], Answer]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a question is made from: a schema, its first database, and chance."""

    schema: Schema
    world: World
    chance: random.Random

    def pick_table(self) -> Table:
        """One of the tables with a label: those of groups and of things, these more often."""
        return self.chance.choice((self.schema.groups, self.schema.things, self.schema.things))

    def pick_number(self, table: Table) -> Column:
        return self.chance.choice(table.numbers)

    def pick_category(self, table: Table) -> Column:
        return self.chance.choice(table.categories)

    def pick_condition(self, table: Table) -> Condition:
        return draw_condition(table, self.world, self.chance)


def read_number(row: Row, column: Column) -> int | float:
    """Return a number that is always known."""
    value = row[column.name]
    assert isinstance(value, int | float)
    return value


def group_rows(rows: Iterable[Row], name: str) -> dict[Value, list[Row]]:
    """Return the rows for each value of a column."""
    groups: dict[Value, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A way to put the numbers of some rows into one."""

    phrase: str
    function: str
    apply: Callable[[list[int | float]], int | float]


AGGREGATES = (
    Aggregate("total", "SUM", sum),
    Aggregate("average", "AVG", lambda numbers: sum(numbers) / len(numbers)),
    Aggregate("smallest", "MIN", min),
    Aggregate("largest", "MAX", max),
)
