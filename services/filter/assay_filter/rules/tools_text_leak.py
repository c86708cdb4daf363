"""tools.text_leak: calls are structured, not raw text of a model family's wire format."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from assay.domain.action import Action, Drop, Edit, Fix, Place
from assay.domain.sample import JsonValue
from assay.verifiers.tool_leaks import Leak, find_leaks
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings

MAX_QUOTE = 200


class ToolsTextLeakSettings(RuleSettings):
    """Whether raw calls may be turned into structured ones."""

    fix: bool = Field(
        default=True,
        description="true turns raw calls of declared tools into tool_calls; false drops them",
    )


class ToolsTextLeak(Rule[ToolsTextLeakSettings]):
    """Turns raw calls of declared tools into structured ones and drops the rest."""

    id = "tools.text_leak"
    version = 1
    summary = "A tool call stands as raw text in an answer: fix when it can be read, else drop"
    settings_type = ToolsTextLeakSettings

    def check(self, view: View) -> Iterable[Action]:
        for index in view.assistant_turns:
            text = view.text(index)
            if "<" in text or "[TOOL_CALLS]" in text or "```" in text:
                leaks = find_leaks(view, index)
                if leaks:
                    yield self._mend(view, index, leaks) or _drop(text, index, leaks[0])

    def _mend(self, view: View, index: int, leaks: Sequence[Leak]) -> Fix | None:
        declared = {tool.name for tool in view.sample.tools}
        calls = [call for leak in leaks for call in leak.calls]
        readable = all(leak.calls for leak in leaks) and all(c.name in declared for c in calls)
        if not self.settings.fix or not readable or view.messages[index].tool_calls:
            return None
        ids = _call_ids(view, index, len(calls))
        structured: list[JsonValue] = [
            {
                "id": call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call_id, call in zip(ids, calls, strict=True)
        ]
        edits = (
            *_content_edits(view.text(index), index, leaks),
            Edit(f"/messages/{index}/tool_calls", None, None, structured, before_absent=True),
        )
        return Fix(edits, f"{len(calls)} raw calls in message {index} turned into tool_calls")


def _drop(text: str, index: int, leak: Leak) -> Drop:
    quote = text[leak.start : min(leak.end, leak.start + MAX_QUOTE)]
    reason = f"expected structured tool calls, found raw text {quote[:80]!r}"
    return Drop(reason, place=Place(index, leak.start, quote), defect="invalid_tool_call")


def _content_edits(text: str, index: int, leaks: Sequence[Leak]) -> tuple[Edit, ...]:
    kept: list[str] = []
    position = 0
    for leak in leaks:
        kept.append(text[position : leak.start])
        position = leak.end
    kept.append(text[position:])
    remaining = "".join(kept).strip()
    pointer = f"/messages/{index}/content"
    if remaining:
        return text_edits(pointer, text, remaining)
    return (Edit(pointer, None, text, None),)


def _call_ids(view: View, index: int, count: int) -> list[str]:
    """Ids of the results that follow, where all have one; else new ids."""
    given: list[str] = []
    for message in view.messages[index + 1 :]:
        if message.role != "tool" or not message.tool_call_id:
            break
        given.append(message.tool_call_id)
    if len(given) == count and len(set(given)) == count:
        return given
    return [f"call_{index}_{position}" for position in range(count)]
