"""The puzzles of logic, drawn with a hidden world and proved to have one solution.

Each puzzle draws statements that are true in a hidden world. A solver that knows the statements
alone then goes through every world; the puzzle counts only where exactly one is left. The solver
shares no code with the drawing but what a statement means.
"""

import random
from collections.abc import Sequence
from itertools import permutations, product
from typing import NamedTuple, TypeAlias

Roles: TypeAlias = tuple[bool, ...]  # by person: True is a knight


class Claim(NamedTuple):
    """What one person says of others: `kind` of persons `first` and `second`."""

    speaker: int
    kind: str  # knight, knave, same, different, either, both
    first: int
    second: int


class Order(NamedTuple):
    """What holds of positions: `kind` of persons `first` and `second`, or of a place."""

    kind: str  # before, next_before, not_at, adjacent
    first: int
    second: int


def draw_claims(chance: random.Random, num_people: int) -> tuple[Sequence[Claim], Roles] | None:
    """Claims that only one assignment of knights and knaves makes consistent; None by bad luck."""
    roles = tuple(chance.random() < 0.5 for _ in range(num_people))
    claims: list[Claim] = []
    for speaker in range(num_people):
        options = [
            Claim(speaker, kind, *pair)
            for kind in ("knight", "knave", "same", "different", "either", "both")
            for pair in permutations([p for p in range(num_people) if p != speaker], 2)
        ]
        chance.shuffle(options)
        claims.append(next(c for c in options if says(c, roles) == roles[speaker]))
    solutions = solve_claims(claims, num_people)
    return (claims, roles) if solutions == [roles] else None


def says(claim: Claim, roles: Roles) -> bool:
    """Whether what is claimed is true under `roles`."""
    one, other = roles[claim.first], roles[claim.second]
    meanings = {
        "knight": one,
        "knave": not one,
        "same": one == other,
        "different": one != other,
        "either": one or other,
        "both": one and other,
    }
    return meanings[claim.kind]


def solve_claims(claims: Sequence[Claim], num_people: int) -> list[Roles]:
    """All assignments under which knights say what is true and knaves what is not."""
    return [
        roles
        for roles in product((True, False), repeat=num_people)
        if all(says(claim, roles) == roles[claim.speaker] for claim in claims)
    ]


def draw_order(chance: random.Random, num_people: int) -> tuple[Sequence[Order], Sequence[int]]:
    """Statements that leave one order, none of them needless; and that order, first to last."""
    order = list(range(num_people))
    chance.shuffle(order)
    place = {person: index for index, person in enumerate(order)}
    true = [s for s in _all_orders(num_people) if holds(s, place)]
    chance.shuffle(true)
    kept: list[Order] = []
    left = [dict(zip(p, range(num_people), strict=True)) for p in permutations(range(num_people))]
    for statement in true:
        narrowed = [world for world in left if holds(statement, world)]
        if len(narrowed) < len(left):
            kept.append(statement)
            left = narrowed
        if len(left) == 1:
            break
    for statement in list(kept):
        rest = [s for s in kept if s != statement]
        if len(solve_order(rest, num_people)) == 1:
            kept = rest
    return kept, order


def holds(statement: Order, place: dict[int, int]) -> bool:
    """Whether a statement is true where `place` maps persons to positions from 0."""
    kind, first, second = statement
    if kind == "not_at":
        return place[first] != second
    gap = place[second] - place[first]
    if kind == "before":
        return gap > 0
    return gap == 1 if kind == "next_before" else abs(gap) == 1


def solve_order(statements: Sequence[Order], num_people: int) -> list[Sequence[int]]:
    """All orders that the statements allow, by trying every permutation."""
    found: list[Sequence[int]] = []
    for order in permutations(range(num_people)):
        place = {person: index for index, person in enumerate(order)}
        if all(holds(statement, place) for statement in statements):
            found.append(order)
    return found


def _all_orders(num_people: int) -> list[Order]:
    pairs = list(permutations(range(num_people), 2))
    kinds = ("before", "next_before", "adjacent")
    places = product(range(num_people), range(num_people))
    return [*(Order(k, *p) for k in kinds for p in pairs), *(Order("not_at", *p) for p in places)]
