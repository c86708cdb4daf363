"""Rollouts of every domain that code decides, with the reward that each must have.

A task of a domain is made from a number, so that a test has as many different ones as it wants. An
answer has a write-up of a given length before it, as a policy's has: in plain text where the answer
stands in a box or a block, in its thoughts where the whole text is the answer.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from assay.domain.rollout import Rollout
from assay.domain.sample import JsonValue, Message

_PROSE = (
    "First I look at what is given, then I write down what follows from it. "
    "The next step is to check each part on its own, since a slip in one of them spoils the rest. "
    "That gives a value which I compare with an estimate, and both agree well enough. "
)


@dataclass(frozen=True, slots=True)
class KnownTask:
    """A task, an answer that earns 1, one that earns 0; `is_whole`: all text is the answer."""

    domain: str
    question: str
    reference: JsonValue
    right: str
    wrong: str
    params: Mapping[str, JsonValue] = field(default_factory=dict)
    is_whole: bool = False
    language: str | None = None

    def rollout(self, *, is_right: bool, num_chars: int, name: str, group: str) -> Rollout:
        """Return an answer with a write-up of about `num_chars`, which has `name` in it."""
        steps = (_PROSE * (num_chars // len(_PROSE) + 1))[:num_chars]
        write_up = f"This is attempt {name}. {steps}"
        answer = self.right if is_right else self.wrong
        text = f"<think>{write_up}</think>\n{answer}" if self.is_whole else f"{write_up}\n{answer}"
        return Rollout(
            self.domain,
            (Message("user", self.question),),
            text,
            self.reference,
            self.params,
            self.language,
            id=f"{group}/{name}",
            group=group,
        )


def _arithmetic(n: int) -> KnownTask:
    a, b = 17 + n, 23 + 3 * n
    question = f"What is {a} * {b}? Put the answer into \\boxed{{}}."
    return KnownTask(
        "math", question, str(a * b), f"\\boxed{{{a * b}}}", f"\\boxed{{{a * b + 10}}}"
    )


def _algebra(n: int) -> KnownTask:
    a = n + 2
    return KnownTask(
        "math",
        f"Write (x+{a})^2 - {a} as a sum. Put it into \\boxed{{}}.",
        f"x^2+{2 * a}x+{a * a - a}",
        f"\\boxed{{{a * a - a} + {2 * a}x + x^{{2}}}}",
        f"\\boxed{{x^2+{2 * a}x+{a * a}}}",
    )


def _science(n: int) -> KnownTask:
    right = "ABCD"[n % 4]
    values = {letter: f"{n + 3 * at + 2} mol" for at, letter in enumerate("ABCD")}
    params: dict[str, JsonValue] = {"options": dict(values)}
    other = "ABCD"[(n + 1) % 4]
    question = f"How much gas is in vessel {n}? " + "; ".join(
        f"{k}: {v}" for k, v in values.items()
    )
    return KnownTask(
        "science", question, right, f"\\boxed{{{right}}}", f"\\boxed{{{other}}}", params
    )


def _logic(n: int) -> KnownTask:
    names = (f"Ann{n}", f"Bo{n}")
    return KnownTask(
        "logical_reasoning",
        f"{names[0]} says that {names[1]} lies. Who is a knight, who is a knave?",
        {names[0]: "knight", names[1]: "knave"},
        f"\\boxed{{{names[0]}: knight, {names[1]}: knave}}",
        f"\\boxed{{{names[0]}: knave, {names[1]}: knight}}",
        {"answer_type": "mapping", "labels": ["knight", "knave"]},
    )


def _following(n: int) -> KnownTask:
    constraints: JsonValue = [
        {"id": "punctuation:no_comma"},
        {"id": "keywords:existence", "kwargs": {"keywords": ["harbour"]}},
        {
            "id": "length_constraints:number_words",
            "kwargs": {"num_words": 40, "relation": "less than"},
        },
    ]
    return KnownTask(
        "instruction_following",
        f"Tell me of the town with {n} boats in under forty words without commas.",
        None,
        f"The old harbour lies quiet and {n} boats rest there until the morning wind comes up.",
        f"The old harbour lies quiet, and {n} boats rest there until the morning wind comes up.",
        {"constraints": constraints},
        is_whole=True,
    )


def _structure(n: int) -> KnownTask:
    gold: dict[str, JsonValue] = {"name": f"Ada {n}", "age": 20 + n % 60, "tags": ["a", "b"]}
    schema: JsonValue = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": "^[A-Z][a-z]+ [0-9]+$"},
            "age": {"type": "integer", "minimum": 0},
            "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        },
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    right = json.dumps(gold, indent=1)
    wrong = json.dumps({**gold, "age": str(gold["age"])})
    return KnownTask(
        "structured_output",
        f"Give the data of Ada {n} as JSON.",
        gold,
        right,
        wrong,
        {"schema": schema},
        is_whole=True,
    )


def _query(n: int) -> KnownTask:
    limit = 30 + n % 10
    scripts: list[JsonValue] = [
        {
            "script": "CREATE TABLE p (id INTEGER, name TEXT, age INTEGER); INSERT INTO p VALUES "
            + ", ".join(f"({i}, 'n{i + n}', {(i * 7 + shift) % 60})" for i in range(1, 40))
            + ";"
        }
        for shift in (n % 11, 13 + n % 7)
    ]
    return KnownTask(
        "text2sql",
        f"Who is older than {limit}? The table is p(id, name, age); these are people {n} and on.",
        f"SELECT name FROM p WHERE age > {limit}",
        f"```sql\nSELECT p.name FROM p WHERE NOT p.age <= {limit} ORDER BY id\n```",
        f"```sql\nSELECT name FROM p WHERE age > {limit + 3}\n```",
        {"databases": scripts},
    )


def _time(n: int) -> KnownTask:
    day, month = 1 + n % 27, 1 + n % 12
    right = f"{2000 + n % 50}-{month:02}-{day:02}"
    return KnownTask(
        "temporal_reasoning",
        f"Which day comes after day {n} of the calendar? Put the date into \\boxed{{}}.",
        right,
        f"\\boxed{{{right}}}",
        f"\\boxed{{{2000 + n % 50}-{month:02}-{day + 1:02}}}",
        {"answer_type": "date"},
    )


def _examples(n: int) -> KnownTask:
    labels: list[JsonValue] = ["blicket", "dax", "wug"]
    right, wrong = str(labels[n % 3]), str(labels[(n + 1) % 3])
    return KnownTask(
        "in_context_learning",
        f"Which word goes with {n}?",
        right,
        f"\\boxed{{{right}}}",
        f"\\boxed{{{wrong}}}",
        {"labels": labels},
    )


def _identity(n: int) -> KnownTask:
    required: JsonValue = [{"aliases": {"any": ["Granite"]}}, {"aliases": {"any": ["IBM"]}}]
    return KnownTask(
        "identity",
        f"Question {n}: who are you?",
        None,
        "I am Granite, a language model developed by IBM.",
        "I am ChatGPT, a language model developed by OpenAI.",
        {"required": required},
        is_whole=True,
        language="en",
    )


def _calibration(n: int) -> KnownTask:
    return KnownTask(
        "knowledge_calibration",
        f"In which year was bridge {n} built?",
        1800 + n % 200,
        f"\\boxed{{{1800 + n % 200}}}",
        f"\\boxed{{{1801 + n % 200}}}",
    )


MAKERS: Mapping[str, Callable[[int], KnownTask]] = {
    "arithmetic": _arithmetic,
    "algebra": _algebra,
    "science": _science,
    "logical_reasoning": _logic,
    "instruction_following": _following,
    "structured_output": _structure,
    "text2sql": _query,
    "temporal_reasoning": _time,
    "in_context_learning": _examples,
    "identity": _identity,
    "knowledge_calibration": _calibration,
}
