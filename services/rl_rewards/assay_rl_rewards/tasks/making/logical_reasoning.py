"""Endless tasks in logic, each with one solution that a solver of its own has proved.

Knights and knaves by trying every assignment, entailment by the truth table, seating orders and
belongings by trying every permutation, the numbers game by a search over all expressions. The
wording is ours, in the languages that `logic_words` holds.
"""

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations

from assay.domain.reward import RewardDomain
from assay.domain.sample import JsonValue
from assay_rl_rewards.tasks.making import logic_words as words
from assay_rl_rewards.tasks.making.drafts import BOXED, Draft, TaskRow, stream_tasks
from assay_rl_rewards.tasks.making.formulas import draw_formula, relation, tell
from assay_rl_rewards.tasks.making.logic_worlds import (
    draw_claims,
    draw_order,
    solve_order,
)

_MAX_CONCLUSIONS = 30
RELATIONS = ("follows", "contradicted", "open")


def make(seed: int) -> Iterator[TaskRow]:
    """Yield tasks of logical reasoning without end, the same for the same seed."""
    return stream_tasks(RewardDomain.LOGICAL_REASONING, seed, _draw)


def _draw(chance: random.Random) -> Draft | None:
    maker = chance.choice((_knights, _entailment, _order, _belongings, _countdown))
    language = chance.choice(words.LANGUAGES)
    return maker(chance, language)


def _knights(chance: random.Random, language: str) -> Draft | None:
    wording = words.WORDINGS[language]
    people = chance.sample(words.NAMES, chance.choice((3, 4)))
    drawn = draw_claims(chance, len(people))
    if drawn is None:
        return None
    claims, roles = drawn
    lines = [
        wording.says.format(
            people[claim.speaker],
            wording.claims[claim.kind].format(people[claim.first], people[claim.second]),
        )
        for claim in claims
    ]
    question = wording.knights.format(people=", ".join(people), claims="\n".join(lines))
    answer = {
        person: wording.knight if is_knight else wording.knave
        for person, is_knight in zip(people, roles, strict=True)
    }
    params: dict[str, JsonValue] = {
        "answer_type": "mapping",
        "labels": [wording.knight, wording.knave],
    }
    return Draft(_asked(question, language), answer, params, language)


def _entailment(chance: random.Random, language: str) -> Draft | None:
    wording = words.WORDINGS[language]
    names = ("p", "q", "r", "s")[: chance.choice((3, 4))]
    facts = dict(zip(names, chance.sample(wording.facts, len(names)), strict=True))
    premises = [draw_formula(chance, names) for _ in range(chance.choice((4, 5)))]
    found = chance.choice(RELATIONS)  # drawn first: the three come equally often
    conclusions = (draw_formula(chance, names) for _ in range(_MAX_CONCLUSIONS))
    conclusion = next((c for c in conclusions if relation(premises, c, names) == found), None)
    if conclusion is None:
        return None
    lines = [f"{i}. {tell(p, facts, wording.connectives)}" for i, p in enumerate(premises, 1)]
    question = wording.entailment.format(
        premises="\n".join(lines),
        conclusion=tell(conclusion, facts, wording.connectives),
        **wording.relations,
    )
    labels = [wording.relations[each] for each in RELATIONS]
    params: dict[str, JsonValue] = {"answer_type": "label", "labels": labels}
    return Draft(_asked(question, language), wording.relations[found], params, language)


def _order(chance: random.Random, language: str) -> Draft | None:
    wording = words.WORDINGS[language]
    people = chance.sample(words.NAMES, chance.choice((4, 5)))
    statements, order = draw_order(chance, len(people))
    if [list(each) for each in solve_order(statements, len(people))] != [list(order)]:
        return None
    lines = [
        wording.orders[s.kind].format(people[s.first], _second(s.kind, s.second, people))
        for s in statements
    ]
    question = wording.order.format(people=", ".join(sorted(people)), facts="\n".join(lines))
    params: dict[str, JsonValue] = {"answer_type": "list", "labels": sorted(people)}
    return Draft(_asked(question, language), [people[p] for p in order], params, language)


def _second(kind: str, second: int, people: list[str]) -> str:
    return str(second + 1) if kind == "not_at" else people[second]


def _belongings(chance: random.Random, language: str) -> Draft | None:
    """Who has which thing, from what is not and what is one of two; one permutation is left."""
    wording = words.WORDINGS[language]
    size = chance.choice((4, 5))
    people, things = chance.sample(words.NAMES, size), chance.sample(wording.things, size)
    owned = list(range(size))
    chance.shuffle(owned)
    clues = [("not", p, t, t) for p in range(size) for t in range(size) if owned[p] != t]
    clues += [("one_of", p, owned[p], t) for p in range(size) for t in range(size) if t != owned[p]]
    chance.shuffle(clues)
    left = list(permutations(range(size)))
    kept: list[tuple[str, int, int, int]] = []
    for clue in clues:
        narrowed = [world for world in left if _fits(clue, world)]
        if len(narrowed) < len(left):
            kept, left = [*kept, clue], narrowed
    if [w for w in permutations(range(size)) if all(_fits(c, w) for c in kept)] != [tuple(owned)]:
        return None
    lines = [
        wording.clues[kind].format(people[p], *chance.sample((things[a], things[b]), 2))
        for kind, p, a, b in kept
    ]
    question = wording.belongings.format(
        people=", ".join(people), things=", ".join(sorted(things)), clues="\n".join(lines)
    )
    answer = {people[p]: things[owned[p]] for p in range(size)}
    params: dict[str, JsonValue] = {"answer_type": "mapping", "labels": sorted(things)}
    return Draft(_asked(question, language), answer, params, language)


def _fits(clue: tuple[str, int, int, int], world: tuple[int, ...]) -> bool:
    kind, person, first, second = clue
    if kind == "not":
        return world[person] != first
    return world[person] in (first, second)


def _countdown(chance: random.Random, language: str) -> Draft | None:
    wording = words.WORDINGS[language]
    numbers = [chance.randint(1, 12) for _ in range(4)]
    target = chance.randint(10, 99)
    solution = solve_countdown(numbers, target)
    if solution is None or target in numbers:
        return None
    question = wording.countdown.format(numbers=", ".join(map(str, numbers)), target=target)
    params: dict[str, JsonValue] = {
        "answer_type": "countdown",
        "numbers": list(numbers),
        "target": target,
    }
    return Draft(_asked(question, language), solution, params, language)


def solve_countdown(numbers: list[int], target: int) -> str | None:
    """An expression over all `numbers` that makes `target`, by trying every pair and operation."""
    return _combine([(Fraction(number), str(number)) for number in numbers], target, set())


def _combine(
    terms: list[tuple[Fraction, str]], target: int, failed: set[tuple[Fraction, ...]]
) -> str | None:
    """Join two terms in every way; `failed` holds what cannot make the target."""
    state = tuple(sorted(value for value, _ in terms))
    if state in failed:
        return None
    failed.add(state)
    if len(terms) == 1:
        return terms[0][1] if terms[0][0] == target else None
    for i, j in permutations(range(len(terms)), 2):
        (a, left), (b, right) = terms[i], terms[j]
        rest = [term for k, term in enumerate(terms) if k not in (i, j)]
        results = [(a - b, "-")]
        if i < j:
            results += [(a + b, "+"), (a * b, "*")]
        if b:
            results.append((a / b, "/"))
        for value, operator in results:
            found = _combine([*rest, (value, f"({left} {operator} {right})")], target, failed)
            if found is not None:
                return found
    return None


def _asked(question: str, language: str) -> str:
    return f"{question}\n{BOXED[language]}"
