"""Questions about days: years, months, weekdays, distances."""

from collections.abc import Callable
from datetime import date, timedelta

from assay_rl_rewards.tasks.making.queries.draft import Answer, Draft, Scene, group_rows
from assay_rl_rewards.tasks.making.queries.rows import Row, World
from assay_rl_rewards.tasks.making.queries.schema import Column, Table


def _pick(scene: Scene) -> tuple[Table, Column]:
    table = scene.chance.choice((scene.schema.things, scene.schema.events))
    return table, scene.chance.choice(table.list_columns("day"))


def _read_day(row: Row, column: Column) -> date:
    return date.fromisoformat(str(row[column.name]))


def _count_by_year(scene: Scene) -> Draft:
    table, day = _pick(scene)
    where = scene.pick_condition(table)

    def solve(world: World) -> Answer:
        rows = [{"year": str(row[day.name])[:4]} for row in world[table.name] if where.test(row)]
        return sorted((year, len(same)) for year, same in group_rows(rows, "year").items())

    return Draft(
        f"Count the {table.nouns} {where.words} by the year of their {day.phrase}. Give the year"
        " as text of four digits, and the count, in order of years; leave out years without any.",
        f"SELECT strftime('%Y', {day.name}) AS year_of_day, COUNT(*) FROM {table.name}"
        f" WHERE {where.where()} GROUP BY year_of_day ORDER BY year_of_day",
        solve,
    )


def _list_of_month(scene: Scene) -> Draft:
    table, day = scene.schema.things, scene.schema.things.list_columns("day")[0]
    where = scene.pick_condition(table)
    months = sorted(scene.chance.sample(range(1, 13), 3))
    texts = [f"{month:02}" for month in months]

    def solve(world: World) -> Answer:
        return [
            (row[table.label.name], row[day.name])
            for row in world[table.name]
            if where.test(row) and _read_day(row, day).month in months
        ]

    return Draft(
        f"List {table.label.phrase} and {day.phrase} of the {table.nouns} {where.words} and whose"
        f" {day.phrase} falls, in any year, in month {', '.join(map(str, months[:2]))} or"
        f" {months[2]}.",
        f"SELECT {table.label.name}, {day.name} FROM {table.name} WHERE {where.where()}"
        f" AND strftime('%m', {day.name}) IN ('{texts[0]}', '{texts[1]}', '{texts[2]}')",
        solve,
    )


def _count_weekend(scene: Scene) -> Draft:
    table, day = _pick(scene)
    where = scene.pick_condition(table)

    def solve(world: World) -> Answer:
        days = [_read_day(row, day) for row in world[table.name] if where.test(row)]
        return [(sum(found.weekday() >= 5 for found in days),)]

    return Draft(
        f"How many {table.nouns} {where.words} have their {day.phrase} on a Saturday or Sunday?",
        f"SELECT COUNT(*) FROM {table.name} WHERE {where.where()}"
        f" AND strftime('%w', {day.name}) IN ('0', '6')",
        solve,
    )


def _count_days_until(scene: Scene) -> Draft:
    table, day = scene.schema.things, scene.schema.things.list_columns("day")[0]
    where = scene.pick_condition(table)
    end = date(day.high + 1, 1, 1) + timedelta(days=scene.chance.randrange(365))

    def solve(world: World) -> Answer:
        return [
            (row[table.label.name], (end - _read_day(row, day)).days)
            for row in world[table.name]
            if where.test(row)
        ]

    return Draft(
        f"For every {table.noun} {where.words}, give the {table.label.phrase} and how many days"
        f" passed from the {day.phrase} to {end}, as a whole number.",
        f"SELECT {table.label.name}, CAST(julianday('{end}') - julianday({day.name}) AS INTEGER)"
        f" FROM {table.name} WHERE {where.where()}",
        solve,
    )


def _list_within_days(scene: Scene) -> Draft:
    table, day = _pick(scene)
    start = date.fromisoformat(str(scene.chance.choice(scene.world[table.name])[day.name]))
    length = scene.chance.randint(60, 700)
    end = start + timedelta(days=length)

    def solve(world: World) -> Answer:
        days = sorted(_read_day(row, day) for row in world[table.name])
        return [(found.isoformat(),) for found in days if start <= found <= end]

    return Draft(
        f"List the {day.phrase} of all {table.nouns} for which it is from {start} to {length} days"
        " after that day, both included, in order of time.",
        f"SELECT {day.name} FROM {table.name} WHERE {day.name} BETWEEN '{start}'"
        f" AND date('{start}', '+{length} days') ORDER BY {day.name}",
        solve,
    )


def _first_and_last(scene: Scene) -> Draft:
    table, day = _pick(scene)
    column, where = scene.pick_category(table), scene.pick_condition(table)

    def solve(world: World) -> Answer:
        groups = group_rows(filter(where.test, world[table.name]), column.name)
        return [
            (value, min(str(r[day.name]) for r in rows), max(str(r[day.name]) for r in rows))
            for value, rows in groups.items()
        ]

    return Draft(
        f"Consider only {table.nouns} {where.words}. For each {column.phrase} that occurs among"
        f" them, give the {column.phrase}, the earliest and the latest {day.phrase}.",
        f"SELECT {column.name}, MIN({day.name}), MAX({day.name}) FROM {table.name}"
        f" WHERE {where.where()} GROUP BY {column.name}",
        solve,
    )


QUESTIONS: tuple[Callable[[Scene], Draft], ...] = (
    _count_by_year, _list_of_month, _count_weekend, _count_days_until, _list_within_days,
    _first_and_last,
)  # fmt: skip
