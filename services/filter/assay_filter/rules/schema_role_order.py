"""Checks the order of turns: system first, then user and assistant in turn, tools after a call.

A tool result follows the assistant turn that called, or another result; the assistant speaks after
the last one. The strict order is what chat templates of trainers accept (Mistral's and Gemma's
raise on anything else). Adjacent turns of one role can be merged instead.
"""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from assay.domain.action import Action, Drop, Edit, Fix
from assay.domain.sample import JsonObject, JsonValue
from assay_filter.rules.payload import has_tool_calls, message_list, role_of, text_of
from assay_filter.rules.rule import PayloadRule, RuleSettings

# role -> roles that may stand right before it; "" is the start, "call" an assistant turn that calls
_BEFORE: Mapping[str, tuple[str, ...]] = {
    "system": ("",),
    "user": ("", "system", "assistant", "call"),
    "assistant": ("user", "tool"),
    "tool": ("call", "tool"),
}


class SchemaRoleOrderSettings(RuleSettings):
    """What is borne or mended."""

    merge_adjacent: bool = Field(
        default=False,
        description="true joins neighbouring turns of one role by an empty line instead of a drop",
    )
    allow_greeting: bool = Field(
        default=False,
        description="true accepts an assistant turn before the first user turn",
    )


class SchemaRoleOrder(PayloadRule[SchemaRoleOrderSettings]):
    """Yields a Drop for the first turn out of order, or a Fix that merges."""

    id = "schema.role_order"
    summary = "Turns out of order drop the sample (or neighbours of one role are merged)"
    settings_type = SchemaRoleOrderSettings

    def check(self, payload: JsonObject) -> Iterable[Action]:
        messages = message_list(payload)
        if self.settings.merge_adjacent:
            edits, messages = _merge(messages)
            if edits:
                yield Fix(edits, f"{len(edits) // 2} turn(s) follow a turn of the same role")
        reason = self._first_fault(messages)
        if reason is not None:
            yield Drop(reason)

    def _first_fault(self, messages: Sequence[JsonValue]) -> str | None:
        previous = ""
        for index, message in enumerate(messages):
            role = role_of(message)
            role = "system" if role == "developer" else role
            allowed = _BEFORE.get(role)
            if allowed is None:
                return None  # schema.messages says so
            is_greeting = role == "assistant" and previous in ("", "system")
            if previous not in allowed and not (is_greeting and self.settings.allow_greeting):
                return (
                    f"turn {index} ({role}) stands {_after(previous)}; expected it "
                    f"{' or '.join(_after(name) for name in allowed)}"
                )
            previous = "call" if role == "assistant" and has_tool_calls(message) else role
        return None


def _after(previous: str) -> str:
    names = {"": "at the start", "call": "after an assistant turn that calls a tool"}
    article = "an" if previous == "assistant" else "a"
    return names.get(previous, f"after {article} {previous} turn")


def _merge(messages: Sequence[JsonValue]) -> tuple[tuple[Edit, ...], Sequence[JsonValue]]:
    """Merge from the end, so that the pointers of earlier turns stay right."""
    merged = list(messages)
    edits: list[Edit] = []
    for index in range(len(merged) - 2, -1, -1):
        first, second = merged[index], merged[index + 1]
        if not (_is_plain(first) and _is_plain(second) and role_of(first) == role_of(second)):
            continue
        assert isinstance(first, dict)
        text = text_of(first)
        addition = f"\n\n{text_of(second)}"
        edits.append(Edit(f"/messages/{index}/content", len(text), "", addition))
        edits.append(Edit(f"/messages/{index + 1}", None, second, None, after_absent=True))
        merged[index : index + 2] = [{**first, "content": text + addition}]
    return tuple(edits), merged


def _is_plain(message: JsonValue) -> bool:
    return (
        role_of(message) in ("user", "assistant")
        and not has_tool_calls(message)
        and isinstance(message, dict)
        and isinstance(message.get("content"), str)
    )
