"""Questions for rows by whether others belong to them: none, any, of two kinds."""

from collections.abc import Callable

from assay_rl_rewards.tasks.making.queries.condition import draw_category_pair
from assay_rl_rewards.tasks.making.queries.draft import Answer, Draft, Scene
from assay_rl_rewards.tasks.making.queries.link import pick_link
from assay_rl_rewards.tasks.making.queries.rows import World


def _list_without_children(scene: Scene) -> Draft:
    link = pick_link(scene)
    parent, child = link
    where, own = scene.pick_condition(child), scene.pick_condition(parent)

    def solve(world: World) -> Answer:
        children = link.find_children(world)
        return [
            (row[parent.label.name],)
            for row in world[parent.name]
            if own.test(row) and not any(map(where.test, children.get(row[parent.key], [])))
        ]

    return Draft(
        f"Which {parent.nouns} {own.words} have no {child.noun} {where.words}? Give the"
        f" {parent.label.phrase}.",
        f"SELECT {parent.label.name} FROM {parent.name} WHERE {own.where(parent.name + '.')}"
        f" AND NOT EXISTS (SELECT 1 FROM {child.name} WHERE {link.join}"
        f" AND {where.where(child.name + '.')})",
        solve,
    )


def _combine_sets(scene: Scene) -> Draft:
    link = pick_link(scene)
    parent, child = link
    first, second = draw_category_pair(scene.pick_category(child), scene.chance)
    words, operator = scene.chance.choice(
        (("and at least one", "INTERSECT"), ("but none", "EXCEPT"), ("or at least one", "UNION"))
    )

    def solve(world: World) -> Answer:
        children = link.find_children(world)
        found = []
        for row in world[parent.name]:
            own = children.get(row[parent.key], [])
            has = any(map(first.test, own)), any(map(second.test, own))
            kept = {"INTERSECT": all(has), "EXCEPT": has == (True, False), "UNION": any(has)}
            if kept[operator]:
                found.append((row[parent.label.name],))
        return list(found)

    select = f"SELECT {link.name} FROM {parent.name} JOIN {child.name} ON {link.join} WHERE"
    prefix = child.name + "."
    return Draft(
        f"Which {parent.nouns} have at least one {child.noun} {first.words} {words}"
        f" {second.words}? Give each {parent.label.phrase} once.",
        f"{select} {first.where(prefix)} {operator} {select} {second.where(prefix)}",
        solve,
    )


def _count_distinct_parents(scene: Scene) -> Draft:
    link = pick_link(scene)
    where, own = scene.pick_condition(link.child), scene.pick_condition(link.parent)

    def solve(world: World) -> Answer:
        children = link.find_children(world)
        return [
            (
                sum(
                    any(map(where.test, children.get(row[link.parent.key], [])))
                    for row in world[link.parent.name]
                    if own.test(row)
                ),
            )
        ]

    return Draft(
        f"How many different {link.parent.nouns} {own.words} have at least one {link.child.noun}"
        f" {where.words}?",
        f"SELECT COUNT(DISTINCT {link.parent.name}.{link.parent.key}) FROM {link.parent.name}"
        f" JOIN {link.child.name} ON {link.join} WHERE {own.where(link.parent.name + '.')}"
        f" AND {where.where(link.child.name + '.')}",
        solve,
    )


QUESTIONS: tuple[Callable[[Scene], Draft], ...] = (
    _list_without_children,
    _combine_sets,
    _count_distinct_parents,
)
