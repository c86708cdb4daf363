"""Questions that choose rows of one table: by a condition, by rank, by comparing with the rest."""

from collections.abc import Callable

from assay_rl_rewards.tasks.making.queries.draft import (
    Answer,
    Draft,
    Scene,
    group_rows,
    read_number,
)
from assay_rl_rewards.tasks.making.queries.rows import Row, World
from assay_rl_rewards.tasks.making.queries.schema import Column


def _list_matching(scene: Scene) -> Draft:
    table = scene.pick_table()
    where = scene.pick_condition(table)
    columns = [table.label, scene.chance.choice([c for c in table.columns if c.kind != "label"])]

    def solve(world: World) -> Answer:
        return [tuple(r[c.name] for c in columns) for r in world[table.name] if where.test(r)]

    return Draft(
        f"List the {columns[0].phrase} and the {columns[1].phrase} of every {table.noun}"
        f" {where.words}.",
        f"SELECT {columns[0].name}, {columns[1].name} FROM {table.name} WHERE {where.where()}",
        solve,
    )


def _list_top(scene: Scene) -> Draft:
    table = scene.pick_table()
    number, label = scene.pick_number(table), table.label
    where = scene.pick_condition(table)
    size = scene.chance.randint(2, 5)
    is_largest = scene.chance.random() < 0.5
    key = _by_number(number, label, is_largest=is_largest)
    extreme = "largest" if is_largest else "smallest"

    def solve(world: World) -> Answer:
        rows = sorted(filter(where.test, world[table.name]), key=key)
        return [(row[label.name], row[number.name]) for row in rows[:size]]

    return Draft(
        f"Of the {table.nouns} {where.words}, which {size} have the"
        f" {extreme} {number.phrase}? Give {label.phrase} and"
        f" {number.phrase}, the {extreme} first, and where it is"
        f" the same in alphabetical order of {label.phrase}.",
        f"SELECT {label.name}, {number.name} FROM {table.name} WHERE {where.where()}"
        f" ORDER BY {number.name} {'DESC' if is_largest else 'ASC'}, {label.name} LIMIT {size}",
        solve,
    )


def _list_in_order(scene: Scene) -> Draft:
    table = scene.schema.things
    column, number, label = scene.pick_category(table), scene.pick_number(table), table.label
    where = scene.pick_condition(table)
    key = _by_number(number, label, is_largest=True)

    def solve(world: World) -> Answer:
        rows = sorted(filter(where.test, world[table.name]), key=key)
        rows.sort(key=lambda row: str(row[column.name]))
        return [(row[column.name], row[label.name]) for row in rows]

    return Draft(
        f"List {column.phrase} and {label.phrase} of the {table.nouns} {where.words}, ordered by"
        f" {column.phrase} alphabetically, then by {number.phrase} from the largest to the"
        f" smallest, then by {label.phrase} alphabetically.",
        f"SELECT {column.name}, {label.name} FROM {table.name} WHERE {where.where()}"
        f" ORDER BY {column.name}, {number.name} DESC, {label.name}",
        solve,
    )


def _compare_with_average(scene: Scene) -> Draft:
    table = scene.pick_table()
    number, label, where = scene.pick_number(table), table.label, scene.pick_condition(table)

    def solve(world: World) -> Answer:
        numbers = [read_number(row, number) for row in world[table.name]]
        average = sum(numbers) / len(numbers)
        return [
            (row[label.name],)
            for row in world[table.name]
            if where.test(row) and read_number(row, number) > average
        ]

    return Draft(
        f"Which {table.nouns} {where.words} have a {number.phrase} above the average"
        f" {number.phrase} of all {table.nouns}? Give the {label.phrase}.",
        f"SELECT {label.name} FROM {table.name} WHERE {where.where()}"
        f" AND {number.name} > (SELECT AVG({number.name}) FROM {table.name})",
        solve,
    )


def _compare_within_group(scene: Scene) -> Draft:
    table = scene.schema.things
    column, number, label = scene.pick_category(table), scene.pick_number(table), table.label
    where = scene.pick_condition(table)

    def solve(world: World) -> Answer:
        largest = {
            value: max(read_number(row, number) for row in rows)
            for value, rows in group_rows(world[table.name], column.name).items()
        }
        return [
            (row[column.name], row[label.name])
            for row in world[table.name]
            if where.test(row) and read_number(row, number) == largest[row[column.name]]
        ]

    return Draft(
        f"Which {table.nouns} {where.words} have the largest {number.phrase} of all {table.nouns}"
        f" of the same {column.phrase}? Give {column.phrase} and {label.phrase}.",
        f"SELECT a.{column.name}, a.{label.name} FROM {table.name} AS a WHERE {where.where('a.')}"
        f" AND a.{number.name} = (SELECT MAX(b.{number.name}) FROM {table.name} AS b"
        f" WHERE b.{column.name} = a.{column.name})",
        solve,
    )


def _rank_rows(scene: Scene) -> Draft:
    table = scene.pick_table()
    number, label, where = scene.pick_number(table), table.label, scene.pick_condition(table)

    def solve(world: World) -> Answer:
        rows = [row for row in world[table.name] if where.test(row)]
        numbers = [read_number(row, number) for row in rows]
        return [
            (row[label.name], 1 + sum(other > own for other in numbers))
            for row, own in zip(rows, numbers, strict=True)
        ]

    return Draft(
        f"Rank the {table.nouns} {where.words} among each other by {number.phrase}: the largest"
        " has rank 1, equal ones share the best rank, and the ranks after them are left out."
        f" Give {label.phrase} and rank.",
        f"SELECT {label.name}, RANK() OVER (ORDER BY {number.name} DESC) FROM {table.name}"
        f" WHERE {where.where()}",
        solve,
    )


def _sort_into_classes(scene: Scene) -> Draft:
    table = scene.pick_table()
    number, where = scene.pick_number(table), scene.pick_condition(table)
    bound = scene.chance.randint(number.low + 1, number.high)

    def solve(world: World) -> Answer:
        return [
            (row[table.label.name], "high" if read_number(row, number) >= bound else "low")
            for row in world[table.name]
            if where.test(row)
        ]

    return Draft(
        f"For every {table.noun} {where.words}, give the {table.label.phrase} and the word 'high'"
        f" if the {number.phrase} is {bound} or more, else the word 'low'.",
        f"SELECT {table.label.name}, CASE WHEN {number.name} >= {bound} THEN 'high' ELSE 'low' END"
        f" FROM {table.name} WHERE {where.where()}",
        solve,
    )


def _match_text(scene: Scene) -> Draft:
    table = scene.pick_table()
    label, where = table.label, scene.pick_condition(table)
    name = str(scene.chance.choice(scene.world[table.name])[label.name])
    ending = name[-scene.chance.randint(1, 3) :]

    def solve(world: World) -> Answer:
        return [
            (str(row[label.name]).upper(), len(str(row[label.name])))
            for row in world[table.name]
            if where.test(row) and str(row[label.name]).lower().endswith(ending.lower())
        ]

    return Draft(
        f"Find the {table.nouns} {where.words} and whose {label.phrase} ends in '{ending}'. Give"
        f" the {label.phrase} in capital letters, and its number of characters.",
        f"SELECT UPPER({label.name}), LENGTH({label.name}) FROM {table.name}"
        f" WHERE {where.where()} AND {label.name} LIKE '%{ending}'",
        solve,
    )


def _by_number(
    number: Column, label: Column, *, is_largest: bool
) -> Callable[[Row], tuple[int | float, str]]:
    sign = -1 if is_largest else 1
    return lambda row: (sign * read_number(row, number), str(row[label.name]))


QUESTIONS: tuple[Callable[[Scene], Draft], ...] = (
    _list_matching,
    _list_top,
    _list_in_order,
    _compare_with_average,
    _compare_within_group,
    _rank_rows,
    _sort_into_classes,
    _match_text,
)
