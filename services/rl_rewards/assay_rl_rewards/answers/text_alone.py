"""Whether a value, or one that a schema takes, can be written where every leaf is text.

CSV and XML know no numbers and no booleans: their readers give strings. A task that wants another
type of them could never be won. What a schema wants is read from its keywords; where they leave a
way open, the schema counts as one that takes text.
"""

from urllib.parse import unquote

from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.json_values import PointerError, resolve_pointer

_OTHER_TYPES = frozenset(("integer", "number", "boolean", "null"))
_ALL_OF = ("allOf", "prefixItems")  # lists of schemas that all must hold
_ANY_OF = ("anyOf", "oneOf")
_MEMBERS = ("items", "contains", "additionalProperties", "additionalItems")
_NAMED = ("properties", "patternProperties")


def is_text_alone(value: JsonValue) -> bool:
    """Whether every leaf of `value` is a string."""
    if isinstance(value, dict):
        return all(map(is_text_alone, value.values()))
    if isinstance(value, list):
        return all(map(is_text_alone, value))
    return isinstance(value, str)


def wants_other_types(schema: JsonValue) -> bool:
    """Whether `schema`, or one of those for its members, takes nothing but numbers and the like.

    Members that may be left out count too: a task that names their type means them to be written.
    """
    return _wants_others(schema, schema, set())


def _wants_others(node: JsonValue, root: JsonValue, seen: set[int]) -> bool:
    if not isinstance(node, dict) or id(node) in seen:
        return False
    seen.add(id(node))
    if _is_leaf_of_others(node):
        return True
    inner = [node[name] for name in _MEMBERS if name in node]
    inner += [one for name in _ALL_OF for one in _listed(node.get(name))]
    inner += [one for name in _NAMED for one in _named(node.get(name))]
    target = node.get("$ref")
    if isinstance(target, str) and target.startswith("#"):
        inner.append(_resolve(root, target))
    if any(_wants_others(one, root, seen) for one in inner):
        return True
    choices = [_listed(node.get(name)) for name in _ANY_OF]
    return any(
        bool(options) and all(_wants_others(one, root, set(seen)) for one in options)
        for options in choices
    )


def _is_leaf_of_others(node: dict[str, JsonValue]) -> bool:
    types = node.get("type")
    wanted = types if isinstance(types, list) else [types]
    if types and all(isinstance(one, str) and one in _OTHER_TYPES for one in wanted):
        return True
    if "const" in node and not is_text_alone(node["const"]):
        return True
    values = node.get("enum")
    return isinstance(values, list) and bool(values) and not any(map(is_text_alone, values))


def _listed(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _named(value: JsonValue) -> list[JsonValue]:
    return list(value.values()) if isinstance(value, dict) else []


def _resolve(root: JsonValue, reference: str) -> JsonValue:
    try:
        return resolve_pointer(root, unquote(reference[1:]))
    except (PointerError, ValueError):
        return None  # an anchor: nothing is said of it
