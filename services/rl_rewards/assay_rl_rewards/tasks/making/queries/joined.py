"""Questions that join tables: rows with their parents, figures over what belongs to a row."""

from collections.abc import Callable

from assay_rl_rewards.tasks.making.queries.draft import (
    AGGREGATES,
    Answer,
    Draft,
    Scene,
    read_number,
)
from assay_rl_rewards.tasks.making.queries.link import Link, pick_link
from assay_rl_rewards.tasks.making.queries.rows import World


def _list_with_parent(scene: Scene) -> Draft:
    link = Link(scene.schema.groups, scene.schema.things)
    parent, child = link
    where = scene.pick_condition(child)

    def solve(world: World) -> Answer:
        return [
            (row[child.label.name], link.find_parent(world, row)[parent.label.name])
            for row in world[child.name]
            if where.test(row)
        ]

    return Draft(
        f"For every {child.noun} {where.words}, give the {child.label.phrase} and the"
        f" {parent.label.phrase} of its {parent.noun}.",
        f"SELECT {child.name}.{child.label.name}, {link.name} FROM {child.name}"
        f" JOIN {parent.name} ON {link.join} WHERE {where.where(child.name + '.')}",
        solve,
    )


def _list_by_parent(scene: Scene) -> Draft:
    link = Link(scene.schema.groups, scene.schema.things)
    parent, child = link
    where, own = scene.pick_condition(parent), scene.pick_condition(child)

    def solve(world: World) -> Answer:
        return [
            (row[child.label.name],)
            for row in world[child.name]
            if own.test(row) and where.test(link.find_parent(world, row))
        ]

    return Draft(
        f"List the {child.label.phrase} of every {child.noun} {own.words}, if it belongs to a"
        f" {parent.noun} {where.words}.",
        f"SELECT {child.label.name} FROM {child.name} WHERE {own.where()} AND {child.parent_key}"
        f" IN (SELECT {parent.key} FROM {parent.name} WHERE {where.where()})",
        solve,
    )


def _count_children(scene: Scene) -> Draft:
    link = pick_link(scene)
    parent, child = link
    where = scene.pick_condition(child)

    def solve(world: World) -> Answer:
        children = link.find_children(world)
        return [
            (row[parent.label.name], sum(map(where.test, children.get(row[parent.key], []))))
            for row in world[parent.name]
        ]

    return Draft(
        f"For every {parent.noun}, give the {parent.label.phrase} and how many {child.nouns}"
        f" {where.words} belong to it; 0 where there is none.",
        f"SELECT {link.name}, COUNT({child.name}.{child.key}) FROM {parent.name}"
        f" LEFT JOIN {child.name} ON {link.join} AND {where.where(child.name + '.')}"
        f" GROUP BY {parent.name}.{parent.key}, {link.name}",
        solve,
    )


def _aggregate_children(scene: Scene) -> Draft:
    link = pick_link(scene)
    parent, child = link
    number, where = scene.pick_number(child), scene.pick_condition(child)
    aggregate = scene.chance.choice(AGGREGATES)

    def solve(world: World) -> Answer:
        answer: Answer = []
        for key, rows in link.find_children(world).items():
            numbers = [read_number(row, number) for row in rows if where.test(row)]
            name = next(r[parent.label.name] for r in world[parent.name] if r[parent.key] == key)
            if numbers:
                answer.append((name, aggregate.apply(numbers)))
        return answer

    return Draft(
        f"Consider only {child.nouns} {where.words}. For every {parent.noun} that has at least one"
        f" of them, give the {parent.label.phrase} and the {aggregate.phrase} {number.phrase} of"
        f" these {child.nouns}.",
        f"SELECT {link.name}, {aggregate.function}({child.name}.{number.name}) FROM {parent.name}"
        f" JOIN {child.name} ON {link.join} WHERE {where.where(child.name + '.')}"
        f" GROUP BY {parent.name}.{parent.key}, {link.name}",
        solve,
    )


def _filter_by_children(scene: Scene) -> Draft:
    link = pick_link(scene)
    parent, child = link
    where, low = scene.pick_condition(child), scene.chance.randint(2, 3)

    def solve(world: World) -> Answer:
        children = link.find_children(world)
        counts = [
            (row[parent.label.name], sum(map(where.test, children.get(row[parent.key], []))))
            for row in world[parent.name]
        ]
        return [pair for pair in counts if pair[1] >= low]

    return Draft(
        f"Which {parent.nouns} have {low} or more {child.nouns} {where.words}? Give the"
        f" {parent.label.phrase} and the number of these {child.nouns}.",
        f"SELECT {link.name}, COUNT(*) FROM {parent.name} JOIN {child.name} ON {link.join}"
        f" WHERE {where.where(child.name + '.')} GROUP BY {parent.name}.{parent.key}, {link.name}"
        f" HAVING COUNT(*) >= {low}",
        solve,
    )


def _list_top_parents(scene: Scene) -> Draft:
    link = pick_link(scene)
    parent, child = link
    number, where = scene.pick_number(child), scene.pick_condition(child)
    size = scene.chance.randint(2, 4)

    def solve(world: World) -> Answer:
        children = link.find_children(world)
        totals = []
        for row in world[parent.name]:
            own = [r for r in children.get(row[parent.key], []) if where.test(r)]
            if own:
                total = round(sum(read_number(r, number) for r in own), 2)
                totals.append((-total, str(row[parent.label.name])))
        return [(name, -total) for total, name in sorted(totals)[:size]]

    return Draft(
        f"Consider only {child.nouns} {where.words}. Which {size} {parent.nouns} have the largest"
        f" total {number.phrase} of these {child.nouns}? Give {parent.label.phrase} and total,"
        f" rounded to 2 decimals, the largest first, equal ones by {parent.label.phrase}"
        f" alphabetically; leave out {parent.nouns} without any.",
        f"SELECT {link.name}, ROUND(SUM({child.name}.{number.name}), 2) AS total"
        f" FROM {parent.name} JOIN {child.name} ON {link.join}"
        f" WHERE {where.where(child.name + '.')} GROUP BY {parent.name}.{parent.key}, {link.name}"
        f" ORDER BY total DESC, {link.name} LIMIT {size}",
        solve,
    )


def _aggregate_through_chain(scene: Scene) -> Draft:
    upper = Link(scene.schema.groups, scene.schema.things)
    lower = Link(scene.schema.things, scene.schema.events)
    groups, events = upper.parent, lower.child
    number, where = scene.pick_number(events), scene.pick_condition(events)

    def solve(world: World) -> Answer:
        totals: dict[str, int | float] = {}
        for event in filter(where.test, world[events.name]):
            group = upper.find_parent(world, lower.find_parent(world, event))
            name = str(group[groups.label.name])
            totals[name] = totals.get(name, 0) + read_number(event, number)
        return sorted(totals.items())

    return Draft(
        f"Consider only {events.nouns} {where.words}. For every {groups.noun} whose"
        f" {upper.child.nouns} have any of them, give the {groups.label.phrase} and the total"
        f" {number.phrase} of these {events.nouns}, in alphabetical order of"
        f" {groups.label.phrase}.",
        f"SELECT {upper.name}, SUM({events.name}.{number.name}) FROM {events.name}"
        f" JOIN {lower.parent.name} ON {lower.join} JOIN {groups.name} ON {upper.join}"
        f" WHERE {where.where(events.name + '.')} GROUP BY {groups.name}.{groups.key},"
        f" {upper.name} ORDER BY {upper.name}",
        solve,
    )


QUESTIONS: tuple[Callable[[Scene], Draft], ...] = (
    _list_with_parent,
    _list_by_parent,
    _count_children,
    _aggregate_children,
    _filter_by_children,
    _list_top_parents,
    _aggregate_through_chain,
)
