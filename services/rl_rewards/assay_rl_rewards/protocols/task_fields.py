"""The fields of a task that a trainer's row or label holds, checked one by one.

Rows come as JSON of any form, so what fits nowhere is an invalid task of its own and never an error
of the whole request. The bounds are those of `/v1/rewards`: JSON as `parse_json` takes it, without
NaN, and 128 levels deep at most, which is what a kept rollout is read back with.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from assay.datasets.json_text import JsonTextError, parse_json
from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue


def read_text(task: Mapping[str, Any], key: str) -> str | None:
    """Return a text of a task, None without one.

    Raises:
        InvalidTaskError: it is something else.
    """
    value = task.get(key)
    if value is not None and not isinstance(value, str):
        raise InvalidTaskError(f"expected a text as {key} of the task, found {value!r:.60}")
    return value


def read_params(task: Mapping[str, Any]) -> Mapping[str, JsonValue]:
    """Return the params of a task, empty without any.

    Raises:
        InvalidTaskError: they are no object, or beyond the bounds of JSON.
    """
    value = task.get("params")
    if value is not None and not isinstance(value, Mapping):
        raise InvalidTaskError(f"expected an object as params of the task, found {value!r:.60}")
    return cast(Mapping[str, JsonValue], _bounded(dict(value), "params")) if value else {}


def read_reference(task: Mapping[str, Any]) -> JsonValue:
    """Return the reference of a task, None without one.

    Raises:
        InvalidTaskError: it is beyond the bounds of JSON.
    """
    value: JsonValue = task.get("reference")
    return _bounded(value, "reference") if isinstance(value, list | dict | float) else value


def _bounded(value: JsonValue, name: str) -> JsonValue:
    """Return a value as it reads from its JSON text."""
    try:
        return parse_json(json.dumps(value, allow_nan=False).encode())
    except JsonTextError as exc:
        found = exc.reason
    except (ValueError, RecursionError):
        found = "NaN, infinity, or nesting without end"
    raise InvalidTaskError(f"expected JSON as {name} of the task, found another: {found}")
