"""Endless induction tasks: a hidden rule, demonstrations of it, and a query that it decides.

Rules are over lists of numbers, over words, and over labels. Labels are nonsense words dealt out
anew for each task, and shown equally often, so that neither their meaning nor their frequency
helps. The query is none of the demonstrations; and where another rule of the same family also fits
all demonstrations, it must give the same answer, so that what is asked has one answer.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from assay.domain.reward import RewardDomain
from assay.domain.sample import JsonValue
from assay_rl_rewards.tasks.making.drafts import BOXED, Draft, TaskRow, stream_tasks

Numbers: TypeAlias = tuple[int, ...]
DrawnT = TypeVar("DrawnT")
_SYLLABLES = ("bli", "dax", "fep", "gor", "kiv", "lum", "mox", "nef", "pid", "rul", "sot", "tav",
              "vem", "wug", "zib")  # fmt: skip
_LETTERS = "abcdefghijklmnoprstuvw"


class ListRule(NamedTuple):
    """A rule with one parameter, from numbers to numbers."""

    name: str
    apply: Callable[[Numbers, int], Numbers]


LIST_RULES = (
    ListRule("reversed", lambda xs, k: xs[::-1]),
    ListRule("rotated", lambda xs, k: xs[k % len(xs) :] + xs[: k % len(xs)]),
    ListRule("increased", lambda xs, k: tuple(x + k for x in xs)),
    ListRule("multiplied", lambda xs, k: tuple(x * k for x in xs)),
    ListRule("sorted", lambda xs, k: tuple(sorted(xs))),
    ListRule("sorted down", lambda xs, k: tuple(sorted(xs, reverse=True))),
    ListRule("first dropped", lambda xs, k: xs[1:]),
    ListRule("last dropped", lambda xs, k: xs[:-1]),
    ListRule("running sums", lambda xs, k: tuple(sum(xs[: i + 1]) for i in range(len(xs)))),
    ListRule("even places", lambda xs, k: xs[::2]),
    ListRule("ends swapped", lambda xs, k: (xs[-1], *xs[1:-1], xs[0])),
    ListRule("greater than k", lambda xs, k: tuple(x for x in xs if x > k)),
)
WORD_RULES: Mapping[str, Callable[[str, int], str]] = {
    "reversed": lambda w, k: w[::-1],
    "rotated": lambda w, k: w[k % len(w) :] + w[: k % len(w)],
    "first repeated": lambda w, k: w[0] * k + w,
    "last moved": lambda w, k: w[-1] + w[:-1],
    "every letter doubled": lambda w, k: "".join(c * 2 for c in w),
    "vowels dropped": lambda w, k: "".join(c for c in w if c not in "aeiou"),
    "ends swapped": lambda w, k: w[-1] + w[1:-1] + w[0],
    "sorted": lambda w, k: "".join(sorted(w)),
    "halves swapped": lambda w, k: w[len(w) // 2 :] + w[: len(w) // 2],
}
LABEL_RULES: Mapping[str, Callable[[Numbers, int], int]] = {
    "sum by parity": lambda xs, k: sum(xs) % 2,
    "first by parity": lambda xs, k: xs[0] % 2,
    "last against first": lambda xs, k: int(xs[-1] > xs[0]),
    "largest place": lambda xs, k: xs.index(max(xs)) % 3,
    "sum by three": lambda xs, k: sum(xs) % 3,
    "count above": lambda xs, k: min(sum(x > 4 + k for x in xs), 2),
    "any repeated": lambda xs, k: int(len(set(xs)) < len(xs)),
    "length": lambda xs, k: len(xs) % 3,
}
_NUM_CLASSES = {"sum by parity": 2, "first by parity": 2, "last against first": 2,
                "largest place": 3, "sum by three": 3, "count above": 3, "any repeated": 2,
                "length": 3}  # fmt: skip
_PROMPTS = {
    "en": ("Each input has an output by one hidden rule.", "Input", "Output",
           "What is the output?"),
    "de": ("Jede Eingabe hat nach einer verborgenen Regel eine Ausgabe.", "Eingabe", "Ausgabe",
           "Wie lautet die Ausgabe?"),
    "es": ("Cada entrada tiene una salida según una regla oculta.", "Entrada", "Salida",
           "¿Cuál es la salida?"),
    "fr": ("Chaque entrée a une sortie selon une règle cachée.", "Entrée", "Sortie",
           "Quelle est la sortie ?"),
    "it": ("Ogni ingresso ha un'uscita secondo una regola nascosta.", "Ingresso", "Uscita",
           "Qual è l'uscita?"),
    "pt": ("Cada entrada tem uma saída segundo uma regra oculta.", "Entrada", "Saída",
           "Qual é a saída?"),
    "nl": ("Elke invoer heeft een uitvoer volgens een verborgen regel.", "Invoer", "Uitvoer",
           "Wat is de uitvoer?"),
}  # fmt: skip
LANGUAGES = tuple(_PROMPTS)


def make(seed: int) -> Iterator[TaskRow]:
    """Yield induction tasks without end, the same for the same seed."""
    return stream_tasks(RewardDomain.IN_CONTEXT_LEARNING, seed, _draw)


def _draw(chance: random.Random) -> Draft | None:
    return chance.choice((_list_task, _word_task, _label_task))(chance)


def _list_task(chance: random.Random) -> Draft | None:
    rule, k = chance.choice(LIST_RULES), chance.randint(2, 5)
    inputs = _distinct(lambda: _draw_numbers(chance), 6)
    *shown, query = [(xs, rule.apply(xs, k)) for xs in inputs]
    if any(not out for _, out in (*shown, query)) or query[1] == query[0]:
        return None
    fitting = (
        other.apply(query[0], j)
        for other in LIST_RULES
        for j in range(2, 6)
        if all(other.apply(xs, j) == out for xs, out in shown)
    )
    if set(fitting) != {query[1]}:
        return None
    pairs = [(_joined(xs), _joined(out)) for xs, out in shown]
    params: dict[str, JsonValue] = {"normaliser": "list"}
    return _draft(chance, pairs, _joined(query[0]), [str(x) for x in query[1]], params)


def _word_task(chance: random.Random) -> Draft | None:
    name, k = chance.choice(tuple(WORD_RULES)), chance.randint(2, 4)
    inputs = _distinct(lambda: _draw_word(chance), 6)
    *shown, query = [(word, WORD_RULES[name](word, k)) for word in inputs]
    fitting = (
        other(query[0], j)
        for other in WORD_RULES.values()
        for j in range(2, 5)
        if all(other(word, j) == out for word, out in shown)
    )
    if not query[1] or query[1] == query[0] or set(fitting) != {query[1]}:
        return None
    return _draft(chance, shown, query[0], query[1], {"normaliser": "exact"})


def _label_task(chance: random.Random) -> Draft | None:
    name, k = chance.choice(tuple(LABEL_RULES)), chance.randint(0, 3)
    num_classes = _NUM_CLASSES[name]
    labels = _distinct(lambda: "".join(chance.sample(_SYLLABLES, 2)), num_classes)
    pools: dict[int, list[Numbers]] = {number: [] for number in range(num_classes)}
    for xs in _distinct(lambda: _draw_numbers(chance), 60):
        pools[LABEL_RULES[name](xs, k)].append(xs)
    asked = chance.randrange(num_classes)
    if any(len(pool) < 5 for pool in pools.values()):
        return None
    query = pools[asked].pop()
    shown = [(xs, number) for number, pool in pools.items() for xs in pool[:4]]
    chance.shuffle(shown)
    if _fitting_labels(shown, query) != {asked}:
        return None
    pairs = [(_joined(xs), labels[number]) for xs, number in shown]
    params: dict[str, JsonValue] = {"normaliser": "label", "labels": sorted(labels)}
    return _draft(chance, pairs, _joined(query), labels[asked], params)


def _fitting_labels(shown: Sequence[tuple[Numbers, int]], query: Numbers) -> set[int | None]:
    """What each rule that separates the demonstrations alike says of the query."""
    found: set[int | None] = set()
    for rule in LABEL_RULES.values():
        for k in range(4):
            naming: dict[int, int] = {}
            fits = all(naming.setdefault(rule(xs, k), number) == number for xs, number in shown)
            if fits and len(set(naming.values())) == len(naming):
                found.add(naming.get(rule(query, k)))
    return found


def _draft(
    chance: random.Random,
    pairs: Sequence[tuple[str, str]],
    query: str,
    gold: JsonValue,
    params: Mapping[str, JsonValue],
) -> Draft:
    language = chance.choice(LANGUAGES)
    opening, given, got, asked = _PROMPTS[language]
    lines = [f"{given}: {one}\n{got}: {other}" for one, other in pairs]
    question = "\n".join((opening, *lines, f"{given}: {query}", asked, BOXED[language]))
    demonstrations: list[JsonValue] = [{"input": one, "output": other} for one, other in pairs]
    shown: dict[str, JsonValue] = {"demonstrations": demonstrations, "query": query}
    return Draft(question, gold, {**params, **shown}, language)


def _draw_numbers(chance: random.Random) -> Numbers:
    return tuple(chance.randint(0, 9) for _ in range(chance.randint(4, 6)))


def _draw_word(chance: random.Random) -> str:
    return "".join(chance.sample(_LETTERS, chance.randint(5, 8)))


def _distinct(draw: Callable[[], DrawnT], count: int) -> list[DrawnT]:
    found: dict[DrawnT, None] = {}
    while len(found) < count:
        found[draw()] = None
    return list(found)


def _joined(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
