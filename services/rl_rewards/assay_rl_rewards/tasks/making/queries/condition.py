"""Conditions on the rows of a table, three times: in words, in SQL, and as a test in Python.

What is not known meets no condition, in SQL as here, unless a condition asks for just that.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from assay_rl_rewards.tasks.making.queries.rows import Row, Value, World, write_value
from assay_rl_rewards.tasks.making.queries.schema import Column, Table

_PREFIX = "{p}"


@dataclass(frozen=True, slots=True)
class Condition:
    """Attributes are the same thing: `words` follow a noun, `test` is of a row."""

    words: str
    pattern: str
    test: Callable[[Row], bool]

    def where(self, prefix: str = "") -> str:
        """Return it as SQL, with `prefix` before each column (`books.`)."""
        return self.pattern.replace(_PREFIX, prefix)


def draw_condition(table: Table, world: World, chance: random.Random) -> Condition:
    """Return one condition, or two of different columns joined by `and` or `or`."""
    columns = [column for column in table.columns if column.kind != "label"]
    if chance.random() < 0.55:
        return _draw_simple(table, chance.choice(columns), world, chance)
    first, second = (
        _draw_simple(table, column, world, chance) for column in chance.sample(columns, 2)
    )
    if chance.random() < 0.7:
        return Condition(
            f"{first.words} and {second.words}",
            f"{first.pattern} AND {second.pattern}",
            lambda row: first.test(row) and second.test(row),
        )
    return Condition(
        f"{first.words} or {second.words}",
        f"({first.pattern} OR {second.pattern})",
        lambda row: first.test(row) or second.test(row),
    )


def draw_category_pair(column: Column, chance: random.Random) -> tuple[Condition, Condition]:
    """Return conditions for two different values of a category."""
    first, second = chance.sample(column.values, 2)
    return _is_value(column, first), _is_value(column, second)


def _draw_simple(table: Table, column: Column, world: World, chance: random.Random) -> Condition:
    if column.kind == "category":
        return _draw_category(column, chance)
    if column.is_nullable and chance.random() < 0.3:
        return _draw_gap(column, chance)
    known = [row[column.name] for row in world[table.name] if row[column.name] is not None]
    if column.kind == "day":
        return _draw_day(column, [str(value) for value in known], chance)
    return _draw_number(column, known, chance)


def _draw_category(column: Column, chance: random.Random) -> Condition:
    name, phrase = column.name, column.phrase
    draw = chance.random()
    if draw < 0.6:
        return _is_value(column, chance.choice(column.values))
    values = tuple(chance.sample(column.values, 2))
    if draw < 0.8:
        a, b = values
        return Condition(
            f"whose {phrase} is '{a}' or '{b}'",
            f"{_PREFIX}{name} IN ({write_value(a)}, {write_value(b)})",
            lambda row: row[name] in values,
        )
    return Condition(
        f"whose {phrase} is not '{values[0]}'",
        f"{_PREFIX}{name} <> {write_value(values[0])}",
        lambda row: row[name] != values[0],
    )


def _is_value(column: Column, value: str) -> Condition:
    name = column.name
    return Condition(
        f"whose {column.phrase} is '{value}'",
        f"{_PREFIX}{name} = {write_value(value)}",
        lambda row: row[name] == value,
    )


def _draw_gap(column: Column, chance: random.Random) -> Condition:
    name = column.name
    if chance.random() < 0.5:
        return Condition(
            f"whose {column.phrase} is not known",
            f"{_PREFIX}{name} IS NULL",
            lambda row: row[name] is None,
        )
    return Condition(
        f"whose {column.phrase} is known",
        f"{_PREFIX}{name} IS NOT NULL",
        lambda row: row[name] is not None,
    )


def _draw_number(column: Column, known: list[Value], chance: random.Random) -> Condition:
    name, phrase = column.name, column.phrase
    low, high = sorted(_draw_bound(column, known, chance) for _ in range(2))
    draw = chance.random()
    if draw < 0.4:
        return Condition(
            f"whose {phrase} is above {low}",
            f"{_PREFIX}{name} > {low}",
            lambda row: (value := row[name]) is not None and float(value) > low,
        )
    if draw < 0.75:
        return Condition(
            f"whose {phrase} is at most {high}",
            f"{_PREFIX}{name} <= {high}",
            lambda row: (value := row[name]) is not None and float(value) <= high,
        )
    return Condition(
        f"whose {phrase} is between {low} and {high}, both included,",
        f"{_PREFIX}{name} BETWEEN {low} AND {high}",
        lambda row: (value := row[name]) is not None and low <= float(value) <= high,
    )


def _draw_bound(column: Column, known: list[Value], chance: random.Random) -> int | float:
    """A value that occurs, or one between those that may."""
    if known and chance.random() < 0.3:
        value = chance.choice(known)
        assert isinstance(value, int | float)
        return value
    if column.kind == "whole":
        return chance.randint(column.low, column.high)
    return round(chance.uniform(column.low, column.high), 1)


def _draw_day(column: Column, known: list[str], chance: random.Random) -> Condition:
    name, phrase = column.name, column.phrase
    day = date.fromisoformat(chance.choice(known)) + timedelta(days=chance.randint(-40, 40))
    draw = chance.random()
    if draw < 0.35:
        return Condition(
            f"whose {phrase} is before {day}",
            f"{_PREFIX}{name} < '{day}'",
            lambda row: str(row[name]) < day.isoformat(),
        )
    if draw < 0.7:
        return Condition(
            f"whose {phrase} is {day} or later",
            f"{_PREFIX}{name} >= '{day}'",
            lambda row: str(row[name]) >= day.isoformat(),
        )
    year = f"{chance.randint(column.low, column.high)}"
    return Condition(
        f"whose {phrase} is in {year}",
        f"strftime('%Y', {_PREFIX}{name}) = '{year}'",
        lambda row: str(row[name]).startswith(year),
    )
