"""Checks that tool calls and tool results belong together.

The idea: an assistant turn's calls open, the tool messages right after it close them. Ids decide
where they exist; rows without ids (older formats) are paired by name, then by order. Only the last
turn of a sample may leave its calls open.

Invariant: ids need to be unique within one turn only: real agents reuse an id in a later turn.
Source: the OpenAI chat format.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assay.domain.action import Place
from assay.domain.finding import Finding
from assay.domain.sample import Message, ToolCall

KIND = "invalid_tool_call"
MAX_QUOTE = 200


class CallPlace(NamedTuple):
    """A call and where it stands: message index and position among the turn's calls."""

    message: int
    position: int
    call: ToolCall


class _OpenCalls:
    """The calls of one turn that wait for results; every look-up takes constant time."""

    def __init__(self, message: int, calls: Sequence[ToolCall]) -> None:
        self.waiting = {i: CallPlace(message, i, call) for i, call in enumerate(calls)}
        self.by_id = {call.id: i for i, call in reversed(list(enumerate(calls))) if call.id}

    def close(self, result: Message) -> bool:
        """Close the call that `result` answers; False when it answers none."""
        position = self.by_id.get(result.tool_call_id) if result.tool_call_id else None
        if position is None and self.waiting and not (result.tool_call_id and self.by_id):
            position = self._by_name(result.name)
        return position is not None and self.waiting.pop(position, None) is not None

    def _by_name(self, name: str | None) -> int:
        first = next(iter(self.waiting))
        if not name or self.waiting[first].call.name == name:
            return first
        return next((i for i, place in self.waiting.items() if place.call.name == name), first)


def pairing_findings(messages: Sequence[Message]) -> Iterator[Finding]:
    """Yield duplicate ids, results that answer no call, calls that got no result."""
    pending = _OpenCalls(0, ())
    for index, message in enumerate(messages):
        if message.role == "tool":
            if not pending.close(message):
                yield _orphan(index, message)
            continue
        yield from _unanswered(pending)
        pending = _OpenCalls(index, message.tool_calls)
        yield from _duplicates(index, message.tool_calls)
    if messages and not messages[-1].tool_calls:
        yield from _unanswered(pending)


def call_finding(place: CallPlace, field: str, quote: str, reason: str, code: str) -> Finding:
    """A finding about one call; `field` is `name` or `arguments`, `quote` stands in it."""
    source = place.call.name if field == "name" else place.call.arguments
    start = max(source.find(quote), 0)
    where = Place(
        place.message,
        start,
        source[start : start + min(len(quote), MAX_QUOTE)],
        f"tool_calls/{place.position}/{field}",
    )
    return Finding(KIND, where, reason, hard=True, code=code)


def _duplicates(index: int, calls: Sequence[ToolCall]) -> Iterator[Finding]:
    seen: set[str] = set()
    for position, call in enumerate(calls):
        if call.id and call.id in seen:
            reason = f"expected one call per id in a turn, found {call.id!r:.80} again"
            place = CallPlace(index, position, call)
            yield call_finding(place, "name", call.name, reason, "duplicate_call_id")
        elif call.id:
            seen.add(call.id)


def _unanswered(pending: _OpenCalls) -> Iterator[Finding]:
    for place in pending.waiting.values():
        reason = (
            f"expected a tool result right after the call of {place.call.name!r:.80}, found none"
        )
        yield call_finding(place, "name", place.call.name, reason, "missing_result")


def _orphan(index: int, message: Message) -> Finding:
    quote = (message.content or "")[:MAX_QUOTE]
    reason = f"expected a result for an open call, found one for {message.tool_call_id!r:.80}"
    return Finding(KIND, Place(index, 0, quote), reason, hard=True, code="orphan_result")
