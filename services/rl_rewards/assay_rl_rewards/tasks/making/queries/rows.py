"""Random rows for a schema, and copies of them with other values.

A copy keeps names and what belongs to what for the most part, and draws about half of the other
values anew: a query stays sensible, a result that was learnt by heart does not.
"""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TypeAlias

from assay_rl_rewards.tasks.making.queries.schema import Column, Schema, Table

Value: TypeAlias = int | float | str | None
Row: TypeAlias = Mapping[str, Value]
World: TypeAlias = Mapping[str, list[Row]]

_NUM_ROWS = ((5, 7), (12, 16), (20, 28))  # of groups, things, events: least and most
_GAPS = 0.2  # share of values of a nullable column that are not known
_REDRAWN = 0.5
_DROPPED = 0.1


def draw_world(schema: Schema, chance: random.Random) -> World:
    """Return rows for each table, by its name."""
    world: dict[str, list[Row]] = {}
    parents: list[Row] = []
    parent_key = ""
    for table, (low, high) in zip(schema.tables, _NUM_ROWS, strict=True):
        rows = _draw_rows(table, chance.randint(low, high), chance)
        if table.parent_key:
            for row in rows:
                row[table.parent_key] = chance.choice(parents)[parent_key]
        world[table.name] = parents = list(rows)
        parent_key = table.key
    return world


def perturb_world(schema: Schema, world: World, chance: random.Random) -> World:
    """Return a copy with other values; some events are gone."""
    changed: dict[str, list[Row]] = {}
    for table in schema.tables:
        rows = [_perturb(table, row, chance) for row in world[table.name]]
        if table is schema.events:
            rows = [row for row in rows if chance.random() >= _DROPPED] or rows
        if table is not schema.groups and table.parent_key:
            keys = [row[table.parent_key] for row in world[table.name]]
            for row in rows:
                if chance.random() < _REDRAWN / 2:
                    row[table.parent_key] = chance.choice(keys)
        changed[table.name] = list(rows)
    return changed


def write_script(schema: Schema, world: World) -> str:
    """Return the statements that make a database of `world`."""
    inserts = []
    for table in schema.tables:
        names = [table.key, *([table.parent_key] if table.parent_key else [])]
        names += [column.name for column in table.columns]
        rows = ",\n".join(
            "(" + ",".join(write_value(row[name]) for name in names) + ")"
            for row in world[table.name]
        )
        inserts.append(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES\n{rows};")
    return schema.write_tables() + "\n" + "\n".join(inserts)


def write_value(value: Value) -> str:
    """Return a value as SQL."""
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _draw_rows(table: Table, num_rows: int, chance: random.Random) -> list[dict[str, Value]]:
    labels = {
        column.name: chance.sample(column.values, num_rows)
        for column in table.list_columns("label")
    }
    return [
        {
            table.key: number,
            **{
                column.name: labels[column.name][number - 1]
                if column.kind == "label"
                else _draw_value(column, chance)
                for column in table.columns
            },
        }
        for number in range(1, num_rows + 1)
    ]


def _perturb(table: Table, row: Row, chance: random.Random) -> dict[str, Value]:
    changed = dict(row)
    for column in table.columns:
        if column.kind != "label" and chance.random() < _REDRAWN:
            changed[column.name] = _draw_value(column, chance)
    return changed


def _draw_value(column: Column, chance: random.Random) -> Value:
    if column.is_nullable and chance.random() < _GAPS:
        return None
    if column.kind == "category":
        return chance.choice(column.values)
    if column.kind == "whole":
        return chance.randint(column.low, column.high)
    if column.kind == "amount":
        return round(chance.uniform(column.low, column.high), 2)
    first = date(column.low, 1, 1)
    return (
        first + timedelta(days=chance.randrange((column.high - column.low + 1) * 365))
    ).isoformat()
