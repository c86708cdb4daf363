"""Faults of the conversation's shape: turns out of order, empty turns, a question left unanswered.

The strict order is the one that chat templates accept: system first, user and assistant in turn, a
tool result after a call, an answer at the end. Each fault is a finding of kind `structure`, which
neither rejects nor caps by itself: what becomes of such samples is for the rules to say.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from assay.domain.action import Place
from assay.domain.finding import Finding
from assay.domain.sample import Message
from assay.verifiers.view import View
from assay_judge.evidence.turn import says_something

KIND = "structure"
MAX_FAULTS = 16  # of a sample
_MAX_QUOTE = 80
# role -> what may stand right before it; "" is the start, "call" an assistant turn that calls
_BEFORE: Mapping[str, tuple[str, ...]] = {
    "system": ("",),
    "user": ("", "system", "assistant", "call"),
    "assistant": ("user", "tool"),
    "tool": ("call", "tool"),
}


def structure_faults(view: View) -> tuple[Finding, ...]:
    """The faults of the sample's shape, in order."""
    return tuple(islice(_faults(view.messages), MAX_FAULTS))


def _faults(messages: tuple[Message, ...]) -> Iterator[Finding]:
    previous = ""
    for index, message in enumerate(messages):
        if previous not in _BEFORE.get(message.role, ()):
            yield _fault(index, message, "role_order", f"a {message.role} turn {_after(previous)}")
        if message.role in ("user", "assistant") and _is_empty(message):
            yield _fault(index, message, "empty_turn", f"an empty {message.role} turn")
        calls = message.role == "assistant" and message.tool_calls
        previous = "call" if calls else message.role
    if messages and messages[-1].role not in ("assistant", "system"):
        reason = f"a {messages[-1].role} turn at the end"
        yield _fault(len(messages) - 1, messages[-1], "no_last_answer", reason)


def _is_empty(message: Message) -> bool:
    if message.tool_calls:
        return False
    content = message.content or ""
    return not (says_something(content) if message.role == "assistant" else content.strip())


def _after(previous: str) -> str:
    if not previous:
        return "at the start"
    return f"after {'an assistant turn that calls' if previous == 'call' else f'a {previous} turn'}"


def _fault(index: int, message: Message, code: str, found: str) -> Finding:
    quote = (message.content or "")[:_MAX_QUOTE]
    reason = f"expected turns in order that end with an answer, found {found} (message {index})"
    return Finding(KIND, Place(index, 0, quote), reason, hard=False, code=code)
