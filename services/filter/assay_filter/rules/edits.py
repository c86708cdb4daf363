"""Builds and undoes edits; the payload is copied on the way, never changed in place.

Invariant: `undo_edits(apply_edits(payload, edits), edits)` equals `payload` for edits made on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from assay.domain.action import Edit
from assay.domain.errors import RuleError
from assay.domain.sample import JsonObject, JsonValue


def text_edits(pointer: str, before: str, after: str) -> tuple[Edit, ...]:
    """Return the edit that turns `before` into `after`: one hunk, equal ends cut away."""
    if before == after:
        return ()
    shorter = min(len(before), len(after))
    head = _common_prefix(before, after, shorter)
    tail = _common_prefix(before[::-1], after[::-1], shorter - head)
    return (
        Edit(pointer, head, before[head : len(before) - tail], after[head : len(after) - tail]),
    )


def apply_edits(payload: JsonObject, edits: Iterable[Edit]) -> JsonObject:
    """Return `payload` with `edits` applied in order.

    Raises:
        RuleError: an edit does not match what stands at its pointer.
    """
    for edit in edits:
        payload = cast(JsonObject, _change(payload, _tokens(edit), edit))
    return payload


def undo_edits(payload: JsonObject, edits: Sequence[Edit]) -> JsonObject:
    """Return `payload` with `edits` taken back, last first."""
    return apply_edits(payload, (_inverse(edit) for edit in reversed(edits)))


def _inverse(edit: Edit) -> Edit:
    return Edit(
        edit.pointer, edit.start, edit.after, edit.before, edit.after_absent, edit.before_absent
    )


def _common_prefix(left: str, right: str, limit: int) -> int:
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _tokens(edit: Edit) -> list[str]:
    return [t.replace("~1", "/").replace("~0", "~") for t in edit.pointer.split("/")[1:]]


def _change(node: JsonValue, tokens: list[str], edit: Edit) -> JsonValue:
    if not tokens:
        return _splice(node, edit)
    token, rest = tokens[0], tokens[1:]
    if isinstance(node, Mapping):
        changed = dict(node)
        if not rest and edit.start is None:
            return _place(changed, token, edit)
        changed[token] = _change(_child(node, token, edit), rest, edit)
        return changed
    if isinstance(node, Sequence) and not isinstance(node, str):
        items = list(node)
        position = int(token)
        if not rest and edit.start is None:
            return _place_item(items, position, edit)
        if position >= len(items):
            raise _mismatch(edit, "list is too short")
        items[position] = _change(items[position], rest, edit)
        return items
    raise _mismatch(edit, f"{type(node).__name__} has no members")


def _child(node: Mapping[str, JsonValue], token: str, edit: Edit) -> JsonValue:
    if token not in node:
        raise _mismatch(edit, f"no member {token!r}")
    return node[token]


def _splice(node: JsonValue, edit: Edit) -> JsonValue:
    if not isinstance(node, str) or not isinstance(edit.before, str) or edit.start is None:
        raise _mismatch(edit, "a text edit needs a string")
    end = edit.start + len(edit.before)
    if node[edit.start : end] != edit.before:
        raise _mismatch(edit, "the text differs")
    return f"{node[: edit.start]}{edit.after}{node[end:]}"


def _place(node: dict[str, JsonValue], token: str, edit: Edit) -> JsonValue:
    if edit.before_absent == (token in node) or (
        not edit.before_absent and node[token] != edit.before
    ):
        raise _mismatch(edit, "the value differs")
    if edit.after_absent:
        del node[token]
    else:
        node[token] = edit.after
    return node


def _place_item(items: list[JsonValue], position: int, edit: Edit) -> JsonValue:
    if edit.before_absent:
        items.insert(position, edit.after)
        return items
    if position >= len(items) or items[position] != edit.before:
        raise _mismatch(edit, "the element differs")
    if edit.after_absent:
        del items[position]
    else:
        items[position] = edit.after
    return items


def _mismatch(edit: Edit, found: str) -> RuleError:
    return RuleError(f"edit at {edit.pointer!r} does not fit the payload: {found}")
