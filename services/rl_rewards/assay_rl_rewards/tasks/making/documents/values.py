"""Values of fields: drawn, told in a text, read from it again, described by a schema."""

from datetime import date, timedelta
from random import Random

from assay.domain.sample import JsonValue
from assay_rl_rewards.tasks.making.documents.vocabulary import FLAGS, Field

_STARTS = ("Bra", "Cel", "Dov", "El", "Fen", "Gal", "Hol", "Ir", "Jor", "Kel", "Lan", "Mar", "Nor",
           "Or", "Pel", "Quin", "Ros", "Sel", "Tor", "Ul", "Ven", "Wil", "Yar", "Zan")  # fmt: skip
_MIDDLES = ("", "da", "le", "mi", "no", "ra", "se", "ti", "va")
_ENDS = ("berg", "dell", "field", "ga", "holm", "ka", "lin", "mere", "na", "rick", "ston", "tal",
         "vik", "wen")  # fmt: skip
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_LONGEST = 60
_COMMA_LANGUAGES = frozenset(("de", "es", "fr"))


def draw_value(field: Field, chance: Random) -> JsonValue:
    """Draw a value of a field."""
    if field.kind == "text":
        return " ".join(_draw_name(chance) for _ in range(chance.choice((1, 2))))
    if field.kind == "code":
        letters = "".join(chance.choices(_LETTERS, k=2))
        return f"{letters}-{chance.randint(100, 99_999)}"
    if field.kind == "integer":
        return chance.randint(1, field.largest)
    if field.kind == "number":
        return chance.randint(1, 999_999) / 100
    if field.kind == "flag":
        return chance.random() < 0.5
    if field.kind == "day":
        return (date(1990, 1, 1) + timedelta(chance.randrange(20_000))).isoformat()
    if field.kind == "choice":
        return chance.choice(field.choices)
    names = dict.fromkeys(_draw_name(chance).lower() for _ in range(chance.randint(1, 4)))
    return list(names)


def tell_value(field: Field, value: JsonValue, language: str) -> str:
    """Write a value as a text in `language` states it."""
    if isinstance(value, bool):
        return FLAGS[language][0 if value else 1]
    if isinstance(value, float):
        told = f"{value:.2f}"
        return told.replace(".", ",") if language in _COMMA_LANGUAGES else told
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return str(value)


def read_value(field: Field, told: str, language: str) -> JsonValue:
    """Read what `tell_value` wrote, by the kind of the field."""
    if field.kind == "flag":
        return (True, False)[FLAGS[language].index(told)]
    if field.kind == "number":
        return float(told.replace(",", "."))
    if field.kind == "integer":
        return int(told)
    if field.kind == "texts":
        return list(told.split("; "))
    return told


def describe(field: Field, language: str) -> dict[str, JsonValue]:
    """The schema of a field's value."""
    types: dict[str, dict[str, JsonValue]] = {
        "text": {"type": "string", "minLength": 1, "maxLength": _LONGEST},
        "code": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3,5}$"},
        "integer": {"type": "integer", "minimum": 0},
        "number": {"type": "number", "minimum": 0},
        "flag": {"type": "boolean"},
        "day": {"type": "string", "format": "date"},
        "choice": {"type": "string", "enum": list(field.choices)},
        "texts": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    }
    return {"description": field.labels[language], **types[field.kind]}


def _draw_name(chance: Random) -> str:
    return chance.choice(_STARTS) + chance.choice(_MIDDLES) + chance.choice(_ENDS)
