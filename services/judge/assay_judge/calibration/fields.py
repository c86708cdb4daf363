"""Finds a value in a row by its dotted path: `labels.human.naturalness`.

A key may itself hold dots (the longest key that fits wins), a number indexes a list, and JSON that
stands in a string (as Parquet files hold it) is looked into. An absent value and a null are alike.
"""

from assay.datasets.json_text import parse_embedded
from assay.domain.sample import JsonValue


def find_value(row: JsonValue, path: str) -> JsonValue:
    """Return what stands at `path`, parsed where it is embedded JSON; None where nothing does."""
    return _descend(row, path.split("."))


def _descend(value: JsonValue, parts: list[str]) -> JsonValue:
    value = parse_embedded(value)
    if not parts:
        return value
    if isinstance(value, list):
        index = int(parts[0]) if parts[0].isdecimal() else len(value)
        return _descend(value[index], parts[1:]) if index < len(value) else None
    if not isinstance(value, dict):
        return None
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if value.get(key) is not None:
            return _descend(value[key], parts[length:])
    return None
