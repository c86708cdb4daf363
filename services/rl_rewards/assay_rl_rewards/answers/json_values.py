"""Comparing JSON values: whole ones, and what a pointer (RFC 6901) leads to.

Numbers are equal by value (1 and 1.0), a boolean is no number, the order of names in an object does
not count and that of an array does.
"""

from collections.abc import Iterable, Mapping

from assay.domain.sample import JsonValue


class PointerError(LookupError):
    """A pointer leads nowhere."""


def is_equal(left: JsonValue, right: JsonValue) -> bool:
    """Whether two values are equal; their depth is bounded by whoever read them."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(
            is_equal(left[name], right[name]) for name in left
        )
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(is_equal, left, right))
    return type(left) is type(right) and left == right


def is_among(value: JsonValue, accepted: Iterable[JsonValue]) -> bool:
    """Whether `value` is equal to one of `accepted`."""
    return any(is_equal(value, one) for one in accepted)


def resolve_pointer(value: JsonValue, pointer: str) -> JsonValue:
    """Return what `pointer` leads to in `value`; an empty one leads to `value` itself.

    Raises:
        PointerError: there is nothing.
        ValueError: it is no pointer.
    """
    for name in split_pointer(pointer):
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and _is_index(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            raise PointerError(pointer)
    return value


def split_pointer(pointer: str) -> list[str]:
    """The names that a pointer consists of.

    Raises:
        ValueError: it is neither empty nor begins with a slash.
    """
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"expected a JSON pointer that begins with '/', found {pointer!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def _is_index(name: str) -> bool:
    is_number = name.isascii() and name.isdigit() and len(name) <= 9
    return is_number and (name == "0" or name[0] != "0")
