"""Questions that put rows of one table together: counts, totals, averages, groups."""

from collections.abc import Callable

from assay_rl_rewards.tasks.making.queries.draft import (
    AGGREGATES,
    Answer,
    Draft,
    Scene,
    group_rows,
    read_number,
)
from assay_rl_rewards.tasks.making.queries.rows import World


def _count_matching(scene: Scene) -> Draft:
    table = scene.chance.choice(scene.schema.tables)
    where = scene.pick_condition(table)
    return Draft(
        f"How many {table.nouns} are there {where.words}?",
        f"SELECT COUNT(*) FROM {table.name} WHERE {where.where()}",
        lambda world: [(sum(map(where.test, world[table.name])),)],
    )


def _aggregate_matching(scene: Scene) -> Draft:
    table = scene.chance.choice(scene.schema.tables)
    number, where = scene.pick_number(table), scene.pick_condition(table)
    aggregate = scene.chance.choice(AGGREGATES)

    def solve(world: World) -> Answer:
        numbers = [read_number(row, number) for row in world[table.name] if where.test(row)]
        return [(aggregate.apply(numbers) if numbers else None,)]

    return Draft(
        f"What is the {aggregate.phrase} {number.phrase} over all {table.nouns} {where.words}?",
        f"SELECT {aggregate.function}({number.name}) FROM {table.name} WHERE {where.where()}",
        solve,
    )


def _list_distinct(scene: Scene) -> Draft:
    table = scene.chance.choice((scene.schema.things, scene.schema.events))
    column, where = scene.pick_category(table), scene.pick_condition(table)

    def solve(world: World) -> Answer:
        values = {str(row[column.name]) for row in world[table.name] if where.test(row)}
        return [(value,) for value in sorted(values)]

    return Draft(
        f"Which values of {column.phrase} occur among the {table.nouns} {where.words}?"
        " Give each once, in alphabetical order.",
        f"SELECT DISTINCT {column.name} FROM {table.name} WHERE {where.where()}"
        f" ORDER BY {column.name}",
        solve,
    )


def _count_groups(scene: Scene) -> Draft:
    table = scene.chance.choice((scene.schema.things, scene.schema.events))
    column, where = scene.pick_category(table), scene.pick_condition(table)

    def solve(world: World) -> Answer:
        groups = group_rows(filter(where.test, world[table.name]), column.name)
        return [(value, len(rows)) for value, rows in groups.items()]

    return Draft(
        f"Count the {table.nouns} {where.words} by {column.phrase}. Give each {column.phrase}"
        " that occurs, and the count.",
        f"SELECT {column.name}, COUNT(*) FROM {table.name} WHERE {where.where()}"
        f" GROUP BY {column.name}",
        solve,
    )


def _aggregate_groups(scene: Scene) -> Draft:
    table = scene.chance.choice((scene.schema.things, scene.schema.events))
    column, number = scene.pick_category(table), scene.pick_number(table)
    aggregate = scene.chance.choice(AGGREGATES)
    low = scene.chance.randint(1, 4)

    def solve(world: World) -> Answer:
        groups = group_rows(world[table.name], column.name)
        return [
            (value, aggregate.apply([read_number(row, number) for row in rows]))
            for value, rows in groups.items()
            if len(rows) >= low
        ]

    return Draft(
        f"For each {column.phrase} that at least {low} {table.nouns} have, give the"
        f" {column.phrase} and the {aggregate.phrase} {number.phrase} of its {table.nouns}.",
        f"SELECT {column.name}, {aggregate.function}({number.name}) FROM {table.name}"
        f" GROUP BY {column.name} HAVING COUNT(*) >= {low}",
        solve,
    )


def _filter_groups_by_average(scene: Scene) -> Draft:
    table = scene.chance.choice((scene.schema.things, scene.schema.events))
    column, number = scene.pick_category(table), scene.pick_number(table)
    bound = scene.chance.randint(number.low, (number.low + number.high) // 2) + 0.5
    where = scene.pick_condition(table)

    def solve(world: World) -> Answer:
        kept = []
        for value, rows in group_rows(filter(where.test, world[table.name]), column.name).items():
            average = sum(read_number(row, number) for row in rows) / len(rows)
            if average > bound:
                kept.append((value, average, len(rows)))
        return list(kept)

    return Draft(
        f"Consider only {table.nouns} {where.words}. For which values of {column.phrase} is the"
        f" average {number.phrase} above {bound}? Give the {column.phrase}, that average, and the"
        f" number of these {table.nouns}.",
        f"SELECT {column.name}, AVG({number.name}), COUNT(*) FROM {table.name}"
        f" WHERE {where.where()} GROUP BY {column.name} HAVING AVG({number.name}) > {bound}",
        solve,
    )


def _share_of_rows(scene: Scene) -> Draft:
    table = scene.chance.choice((scene.schema.things, scene.schema.events))
    where = scene.pick_condition(table)

    def solve(world: World) -> Answer:
        rows = world[table.name]
        return [(100.0 * sum(map(where.test, rows)) / len(rows),)]

    return Draft(
        f"What percentage of all {table.nouns} are {table.nouns} {where.words}?",
        f"SELECT 100.0 * SUM(CASE WHEN {where.where()} THEN 1 ELSE 0 END) / COUNT(*)"
        f" FROM {table.name}",
        solve,
    )


QUESTIONS: tuple[Callable[[Scene], Draft], ...] = (
    _count_matching,
    _aggregate_matching,
    _list_distinct,
    _count_groups,
    _aggregate_groups,
    _filter_groups_by_average,
    _share_of_rows,
)
