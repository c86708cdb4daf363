"""Endless tasks of structured output: a nested schema, a text that states values, one object.

Schema and object are drawn from a vocabulary of our own; the text is a list, a table or prose, with
statements that the schema does not know among the others. The gold is the object that was drawn,
and again what a reader of the text makes of it with nothing but the schema's fields: the two must
be equal, and the object valid under the schema.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.domain.reward import RewardDomain
from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.json_schema import compile_schema
from assay_rl_rewards.tasks.making.documents.texts import STYLES, Statement
from assay_rl_rewards.tasks.making.documents.values import (
    describe,
    draw_value,
    read_value,
    tell_value,
)
from assay_rl_rewards.tasks.making.documents.vocabulary import (
    ENTITIES,
    HEADINGS,
    LANGUAGES,
    PLACES,
    TASKS,
    Entity,
    Field,
    Part,
)
from assay_rl_rewards.tasks.making.drafts import Draft, TaskRow, stream_tasks

_STATED_SHARE = 0.85  # of optional values; the others are left out of the text and of the gold
_Object = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked of an entity: some of its fields, some of its parts with some of theirs."""

    fields: Sequence[Field]
    parts: Sequence[Part]
    required: frozenset[str]


def make(seed: int) -> Iterator[TaskRow]:
    """Yield tasks of structured output without end, the same for the same seed."""
    return stream_tasks(RewardDomain.STRUCTURED_OUTPUT, seed, _draw)


def _draw(chance: random.Random) -> Draft:
    language = chance.choice(LANGUAGES)
    entity = chance.choice(ENTITIES)
    form = _draw_form(entity, chance)
    gold = _draw_object(form, chance)
    statements = _state(form, gold, language)
    extra = [f for f in entity.fields if f not in form.fields and chance.random() < 0.5]
    for field in extra:
        told = tell_value(field, draw_value(field, chance), language)
        statements.insert(0, Statement((field.labels[language],), told))
    statements = _shuffled(statements, chance)
    style = chance.choice(STYLES)
    text = style.write(statements, language)
    schema = write_schema(form, language)
    found = gather(form, style.read(text, language), language)
    assert found == gold, f"reading the text gave {found!r}, expected {gold!r}"
    assert compile_schema(schema).is_valid(gold), f"the schema does not allow {gold!r}"
    place = chance.choice(tuple(PLACES))
    question = _ask(entity, schema, text, language=language, place=place)
    params: dict[str, JsonValue] = {"format": "json", "extract": place, "schema": schema}
    return Draft(question, gold, params, language)


def write_schema(form: Form, language: str) -> _Object:
    """The JSON Schema of a form, with the labels of `language` as descriptions."""
    properties: _Object = {f.key: describe(f, language) for f in form.fields}
    for part in form.parts:
        inner = _object_schema({f.key: describe(f, language) for f in part.fields}, form.required)
        described: _Object = {"description": part.labels[language]}
        listed: _Object = {"type": "array", "items": inner, "minItems": 1}
        properties[part.key] = {**described, **(listed if part.is_list else inner)}
    return _object_schema(properties, form.required)


def gather(form: Form, statements: Sequence[Statement], language: str) -> _Object:
    """Make an object of what a text states; what the form does not know is passed over."""
    known: dict[tuple[str, ...], tuple[Field, tuple[str, ...]]] = {
        (f.labels[language],): (f, (f.key,)) for f in form.fields
    }
    lists = {part.labels[language] for part in form.parts if part.is_list}
    for part in form.parts:
        for f in part.fields:
            known[part.labels[language], f.labels[language]] = (f, (part.key, f.key))
    found: _Object = {}
    entries: dict[tuple[str, str], _Object] = {}
    for path, told in statements:
        place = (path[0], path[-1]) if len(path) > 1 else path
        if place not in known:
            continue
        field, keys = known[place]
        target = found
        if path[0] in lists and len(path) == 3:
            target = entries.setdefault((keys[0], path[1]), {})
        elif len(path) == 2:
            target = entries.setdefault((keys[0], ""), {})
        target[keys[-1]] = read_value(field, told, language)
    for key, number in sorted(entries, key=lambda entry: int(entry[1] or 0)):
        if number:
            rows = found.setdefault(key, [])
            assert isinstance(rows, list)
            rows.append(entries[key, number])
        else:
            found[key] = entries[key, number]
    return found


def _draw_form(entity: Entity, chance: random.Random) -> Form:
    fields = _some(entity.fields, chance, 3)
    parts = [
        Part(part.key, part.labels, _some(part.fields, chance, 2), part.is_list)
        for part in chance.sample(entity.parts, chance.choice((1, 1, 2)))
    ]
    keys = {f.key for f in fields} | {f.key for part in parts for f in part.fields}
    optional = {key for key in keys if chance.random() < 0.25}
    return Form(fields, parts, frozenset(keys - optional) | {part.key for part in parts})


def _some(fields: Sequence[Field], chance: random.Random, fewest: int) -> list[Field]:
    return chance.sample(fields, chance.randint(fewest, len(fields)))


def _draw_object(form: Form, chance: random.Random) -> _Object:
    gold = _draw_values(form.fields, form.required, chance)
    for part in form.parts:
        if part.is_list:
            size = chance.randint(2, 4)
            gold[part.key] = [_draw_values(part.fields, form.required, chance) for _ in range(size)]
        else:
            gold[part.key] = _draw_values(part.fields, form.required, chance)
    return gold


def _draw_values(
    fields: Sequence[Field], required: frozenset[str], chance: random.Random
) -> _Object:
    """Draw values; the first field is always stated, so that no object is empty."""
    stated = [
        field
        for at, field in enumerate(fields)
        if not at or field.key in required or chance.random() < _STATED_SHARE
    ]
    return {field.key: draw_value(field, chance) for field in stated}


def _state(form: Form, gold: _Object, language: str) -> list[Statement]:
    statements = _state_fields(form.fields, gold, (), language)
    for part in form.parts:
        inner, label = gold[part.key], part.labels[language]
        if isinstance(inner, list):
            for number, entry in enumerate(inner, 1):
                path = (label, str(number))
                statements += _state_fields(part.fields, entry, path, language)
        else:
            statements += _state_fields(part.fields, inner, (label,), language)
    return statements


def _state_fields(
    fields: Sequence[Field], value: JsonValue, path: tuple[str, ...], language: str
) -> list[Statement]:
    assert isinstance(value, dict)
    return [
        Statement((*path, f.labels[language]), tell_value(f, value[f.key], language))
        for f in fields
        if f.key in value
    ]


def _shuffled(statements: Sequence[Statement], chance: random.Random) -> list[Statement]:
    """In any order, but what belongs to one part or entry together, and entries by number."""
    groups: dict[str, list[Statement]] = {}
    for statement in statements:
        groups.setdefault(statement.path[0], []).append(statement)
    return [s for name in chance.sample(list(groups), len(groups)) for s in groups[name]]


def _object_schema(properties: Mapping[str, JsonValue], required: frozenset[str]) -> _Object:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [key for key in properties if key in required],
        "additionalProperties": False,
    }


def _ask(entity: Entity, schema: _Object, text: str, *, language: str, place: str) -> str:
    task = TASKS[language].format(entity=entity.labels[language])
    schema_heading, text_heading = HEADINGS[language]
    shown = json.dumps(schema, ensure_ascii=False)
    return (
        f"{task}\n{PLACES[place][language]}\n\n"
        f"{schema_heading}:\n{shown}\n\n{text_heading}:\n{text}"
    )
