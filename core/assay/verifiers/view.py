"""A sample seen by rules and verifiers: derived texts, computed once and shared.

Offsets always refer to the message content as it stands: masked texts (`prose`) keep the length of
the content, with code replaced by spaces, so that a span found in one is valid in the other.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar, cast

from assay.domain.sample import Message, Sample

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced block. `start`:`end` spans fences and body; `closed` is False when cut off."""

    language: str
    body: str
    body_start: int
    start: int
    end: int
    closed: bool


class View:
    """Read-only window on one sample, with a cache for derived values."""

    __slots__ = ("_cache", "assistant_turns", "messages", "sample")

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.messages: tuple[Message, ...] = sample.messages
        self.assistant_turns: tuple[int, ...] = sample.assistant_turns
        self._cache: dict[Hashable, object] = {}

    def cached(self, key: Hashable, build: Callable[[], T]) -> T:
        """Return the value under `key`, building it at the first call."""
        try:
            return cast(T, self._cache[key])
        except KeyError:
            value = build()
            self._cache[key] = value
            return value

    def text(self, index: int) -> str:
        """Content of message `index`, empty when it has none."""
        return self.sample.messages[index].content or ""

    def lower(self, index: int) -> str:
        """Lower-cased content, for cheap keyword tests (its length may differ: no offsets)."""
        return self.cached(("lower", index), lambda: self.text(index).lower())

    def code_blocks(self, index: int) -> tuple[CodeBlock, ...]:
        """Fenced code blocks of message `index`, in order."""
        text = self.text(index)
        if "`" not in text and "~" not in text:  # one character: a twentieth of the time of three
            return ()
        return self.cached(("code_blocks", index), lambda: find_code_blocks(text))

    def prose(self, index: int) -> str:
        """Content with fenced and inline code blanked out by spaces; same length."""
        text = self.text(index)
        if "`" not in text and "~" not in text:
            return text
        return self.cached(("prose", index), lambda: mask_code(text, self.code_blocks(index)))

    def user_text_before(self, index: int) -> str:
        """The nearest user message before message `index`, empty when there is none."""
        for message in reversed(self.sample.messages[:index]):
            if message.role == "user":
                return message.content or ""
        return ""


def find_code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """Split `text` at fence lines (CommonMark: same character, at least as long, to close)."""
    blocks: list[CodeBlock] = []
    opening: _Fence | None = None
    for fence in _fences(text):
        if opening is None:
            opening = fence
        elif _closes(opening, fence):
            blocks.append(_block(text, opening, fence.start, fence.end, closed=True))
            opening = None
    if opening is not None:
        blocks.append(_block(text, opening, len(text), len(text), closed=False))
    return tuple(blocks)


def mask_code(text: str, blocks: tuple[CodeBlock, ...]) -> str:
    """Blank fenced blocks and inline code, keeping length and line ends."""
    parts: list[str] = []
    position = 0
    for block in blocks:
        parts.append(text[position : block.start])
        parts.append(_blank(text[block.start : block.end]))
        position = block.end
    parts.append(text[position:])
    masked = "".join(parts)
    if "`" not in masked:
        return masked
    return "\n".join(_blank_inline(line) if "`" in line else line for line in masked.split("\n"))


class _Fence(NamedTuple):
    """A line that opens or closes a block; `start`:`end` is the line without its break."""

    character: str
    length: int
    info: str
    start: int
    end: int


def _closes(opening: _Fence, fence: _Fence) -> bool:
    is_same = fence.character == opening.character and fence.length >= opening.length
    return is_same and not fence.info


def _fences(text: str) -> Iterator[_Fence]:
    """Find fence lines by string search: one Python step a line that holds three marks."""
    position, ticks, tildes = 0, -1, -1
    while True:
        if ticks < position:
            ticks = _find(text, "```", position)
        if tildes < position:
            tildes = _find(text, "~~~", position)
        at = min(ticks, tildes)
        if at == len(text):
            return
        start = text.rfind("\n", position, at) + 1 or position
        end = _find(text, "\n", at)
        marks = text[at:end]
        info = marks.lstrip(text[at])
        if not text[start:at].strip(" \t>") and "`" not in info:
            yield _Fence(text[at], len(marks) - len(info), info.strip(), start, end)
        position = end + 1


def _find(text: str, wanted: str, position: int) -> int:
    """Return where `wanted` stands from `position` on; the end of the text when it does not."""
    found = text.find(wanted, position)
    return len(text) if found < 0 else found


def _blank(text: str) -> str:
    return "\n".join(" " * len(line) for line in text.split("\n"))


def _blank_inline(line: str) -> str:
    """Blank what stands between a pair of backticks, with the backticks."""
    parts = line.split("`")
    kept = [parts[0]]
    position = 1
    while position < len(parts):
        is_pair = position < len(parts) - 1 and parts[position]
        if is_pair:
            kept.append(" " * (len(parts[position]) + 2) + parts[position + 1])
            position += 2
        else:
            kept.append("`" + parts[position])
            position += 1
    return "".join(kept)


def _block(text: str, opening: _Fence, body_end: int, end: int, *, closed: bool) -> CodeBlock:
    body_start = min(opening.end + 1, len(text))
    language = opening.info.split(" ")[0].lower()
    return CodeBlock(language, text[body_start:body_end], body_start, opening.start, end, closed)
