r"""Reasoning blocks in answers: `<think>...</think>` and the spellings other models use.

`scan_thinking` pairs tags in prose (code is masked) by one pass over a stack; it says what is
wrong, or gives the blocks. A tag quoted in running text is a mention and does not count. Source:
the output formats of DeepSeek-R1, Qwen3, QwQ, Kimi, Magistral, Seed, Granite and R1-Zero prompts.
"""

from itertools import islice
from typing import NamedTuple

from assay.verifiers.patterns import Match, compile_pattern
from assay.verifiers.view import View

_NAMES = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|seed:think"
_TAG = compile_pattern(
    rf"<(/?)({_NAMES}|answer|response)>|\[(/?)(THINK)\]|◁(/?)(think)▷"
    r"|<\|(begin|end)_of_(thought|solution)\|>",
    ignore_case=True,
)
_MAX_TAGS = 1000  # more is no reasoning but a loop
_QUOTES = "\"'`“”‘’「」«»"
_WRAPPERS = ("answer", "response", "solution")


class ThinkTag(NamedTuple):
    """One tag; `is_wrapper` marks answer tags, whose content is the answer itself."""

    start: int
    end: int
    name: str
    is_open: bool
    is_wrapper: bool


class Thinking(NamedTuple):
    """The tags of a text, the outermost blocks they form, and the first fault in their pairing."""

    tags: tuple[ThinkTag, ...]
    blocks: tuple[tuple[int, int], ...]
    empty_blocks: tuple[tuple[int, int], ...]
    fault: str | None


NONE = Thinking((), (), (), None)


def may_have_thinking(text: str) -> bool:
    """Cheap test: False when no tag can be there."""
    return ("<" in text or "THINK]" in text or "◁" in text) and _TAG.search(text) is not None


def scan_thinking(prose: str) -> Thinking:
    """Find and pair the tags of `prose` (content with code masked, so that offsets hold)."""
    if not may_have_thinking(prose):
        return NONE
    matches = islice(_TAG.finditer(prose), _MAX_TAGS + 1)
    tags = tuple(_tag(m) for m in matches if not _is_mention(prose, m))
    if len(tags) > _MAX_TAGS:
        return Thinking(tags, (), (), f"more than {_MAX_TAGS} tags")
    if all(tag.is_wrapper for tag in tags):
        return _wrappers_only(tags)
    blocks: list[tuple[int, int]] = []
    empty: list[tuple[int, int]] = []
    fault: str | None = None
    opened: ThinkTag | None = None
    for tag in tags:
        if tag.is_wrapper:
            continue
        fault = fault or _fault(opened, tag)
        if tag.is_open:
            opened = opened or tag
        elif opened is not None:
            blocks.append((opened.start, tag.end))
            if not prose[opened.end : tag.start].strip():
                empty.append((opened.start, tag.end))
            opened = None
    if opened is not None and fault is None:
        fault = f"<{opened.name}> is never closed"
    return Thinking(tags, tuple(blocks), tuple(empty), fault)


def thinking_turns(view: View, role: str = "assistant") -> dict[int, Thinking]:
    """The messages of `role` that hold reasoning tags, by index; mostly none."""
    found = view.cached("thinking", lambda: _scan_messages(view))
    if not found:
        return found
    return {index: t for index, t in found.items() if view.messages[index].role == role}


def strip_thinking(text: str, thinking: Thinking) -> str:
    """Return `text` without think blocks and without the tags around the answer."""
    spans = sorted(
        [*thinking.blocks, *((t.start, t.end) for t in thinking.tags if t.is_wrapper)],
    )
    return _cut(text, spans).strip()


def strip_empty(text: str, thinking: Thinking) -> str:
    """Return `text` without think blocks that hold nothing."""
    cut = _cut(text, list(thinking.empty_blocks))
    return cut.lstrip() if thinking.empty_blocks[0][0] == 0 else cut


def _scan_messages(view: View) -> dict[int, Thinking]:
    found: dict[int, Thinking] = {}
    for index, message in enumerate(view.messages):
        if message.content and may_have_thinking(message.content):
            thinking = scan_thinking(view.prose(index))
            if thinking.tags:
                found[index] = thinking
    return found


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    position = 0
    for start, end in spans:
        if start >= position:
            parts.append(text[position:start])
        position = max(position, end)
    parts.append(text[position:])
    return "".join(parts)


def _tag(match: Match) -> ThinkTag:
    groups = match.groups()
    start, end = match.span()
    if groups[7] is not None:
        name, is_open = groups[7].lower(), (groups[6] or "").lower() == "begin"
    else:
        name = next(g for g in (groups[1], groups[3], groups[5]) if g is not None).lower()
        is_open = not any((groups[0], groups[2], groups[4]))
    return ThinkTag(start, end, name, is_open, name in _WRAPPERS)


def _is_mention(prose: str, match: Match) -> bool:
    start, end = match.span()
    before, after = prose[start - 1 : start], prose[end : end + 1]
    return before != "" and after != "" and before in _QUOTES and after in _QUOTES


def _fault(opened: ThinkTag | None, tag: ThinkTag) -> str | None:
    if tag.is_open:
        return None if opened is None else f"<{tag.name}> opens inside <{opened.name}>"
    if opened is None:
        return f"</{tag.name}> closes what was never opened"
    if opened.name != tag.name:
        return f"<{opened.name}> is closed by </{tag.name}>"
    return None


def _wrappers_only(tags: tuple[ThinkTag, ...]) -> Thinking:
    """Answer tags without thinking count only as a closed pair; `<response>` may be a blank."""
    is_pair = len(tags) == 2 and tags[0].is_open and not tags[1].is_open
    return Thinking(tags, (), (), None) if is_pair and tags[0].name == tags[1].name else NONE
