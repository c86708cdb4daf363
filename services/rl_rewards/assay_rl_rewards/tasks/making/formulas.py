"""Statements of propositional logic: drawn, written in words, and decided by a truth table.

A statement joins two literals, never statements, so that its words leave no doubt about its scope.
"""

import random
from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple


class Formula(NamedTuple):
    """A variable (`symbol` is its name, no parts) or a connective with its parts."""

    symbol: str
    parts: tuple["Formula", ...] = ()


def draw_formula(chance: random.Random, names: Sequence[str]) -> Formula:
    """A connective of two literals over different names: in words it has one reading only."""
    one, other = (
        Formula("not", (Formula(name),)) if chance.random() < 0.4 else Formula(name)
        for name in chance.sample(names, 2)
    )
    return Formula(chance.choice(("and", "or", "or", "if", "if")), (one, other))


def is_true(formula: Formula, world: Mapping[str, bool]) -> bool:
    """Value of a formula where `world` gives that of each variable."""
    if not formula.parts:
        return world[formula.symbol]
    values = [is_true(part, world) for part in formula.parts]
    if formula.symbol == "not":
        return not values[0]
    if formula.symbol == "if":
        return not values[0] or values[1]
    return all(values) if formula.symbol == "and" else any(values)


def relation(premises: Sequence[Formula], conclusion: Formula, names: Sequence[str]) -> str | None:
    """What the premises say of the conclusion by the whole truth table; None where they clash."""
    worlds = _models(premises, names)
    if not worlds:
        return None
    values = {is_true(conclusion, world) for world in worlds}
    if len(values) == 2:
        return "open"
    return "follows" if values == {True} else "contradicted"


def _models(premises: Sequence[Formula], names: Sequence[str]) -> list[dict[str, bool]]:
    table = (dict(zip(names, v, strict=True)) for v in product((True, False), repeat=len(names)))
    return [world for world in table if all(is_true(premise, world) for premise in premises)]


def tell(formula: Formula, facts: Mapping[str, str], words: Mapping[str, str]) -> str:
    """Write a formula in words: `words` holds a template for each symbol."""
    if not formula.parts:
        return facts[formula.symbol]
    told = [tell(part, facts, words) for part in formula.parts]
    return words[formula.symbol].format(*told)
