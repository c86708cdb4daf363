"""Copies of a database with other values."""

import random
from datetime import date

import pytest

from assay_rl_rewards.tasks.making.queries.rows import (
    draw_world,
    perturb_world,
    write_script,
    write_value,
)
from assay_rl_rewards.tasks.making.queries.schemas import SCHEMAS

SCHEMA = SCHEMAS[0]


def test_a_copy_keeps_names_and_changes_values() -> None:
    chance = random.Random(3)
    first = draw_world(SCHEMA, chance)
    other = perturb_world(SCHEMA, first, chance)

    for table in (SCHEMA.groups, SCHEMA.things):
        pairs = list(zip(first[table.name], other[table.name], strict=True))
        assert all(a[table.label.name] == b[table.label.name] for a, b in pairs)
        number = table.numbers[0].name
        assert any(a[number] != b[number] for a, b in pairs)
    keys = {row[SCHEMA.things.key] for row in other["books"]}
    assert {row["book_id"] for row in other["loans"]} <= keys
    assert write_script(SCHEMA, first) != write_script(SCHEMA, other)


def test_values_lie_in_their_bounds() -> None:
    world = draw_world(SCHEMA, random.Random(4))

    for book in world["books"]:
        assert 60 <= int(str(book["pages"])) <= 900
        assert 2005 <= date.fromisoformat(str(book["published"])).year <= 2023
        assert book["rating"] is None or 1 <= float(str(book["rating"])) <= 5
    assert any(book["rating"] is None for book in world["books"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "NULL"), (3, "3"), (2.5, "2.5"), ("a", "'a'"), ("it's", "'it''s'")],
)
def test_values_are_written_as_sql(value: int | float | str | None, expected: str) -> None:
    assert write_value(value) == expected
