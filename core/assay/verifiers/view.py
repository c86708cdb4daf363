"""A sample seen by rules and verifiers: derived texts, computed once and shared.

Offsets always refer to the message content as it stands: masked texts (`prose`) keep the length of
the content, with code replaced by spaces, so that a span found in one is valid in the other.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar, cast

from assay.domain.sample import Message, Sample
from assay.verifiers.patterns import Match, compile_pattern

T = TypeVar("T")

_FENCE_LINE = compile_pattern(r"(?m)^[ \t]{0,3}(?:>[ \t]?)*[ \t]*(```+|~~~+)([^\n`]*)$")
_INLINE_CODE = compile_pattern(r"`[^`\n]+`")


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

    __slots__ = ("_cache", "sample")

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self._cache: dict[Hashable, object] = {}

    def cached(self, key: Hashable, build: Callable[[], T]) -> T:
        """Return the value under `key`, building it at the first call."""
        try:
            return cast(T, self._cache[key])
        except KeyError:
            value = build()
            self._cache[key] = value
            return value

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.sample.messages

    @property
    def assistant_turns(self) -> tuple[int, ...]:
        """Indexes of the assistant messages."""
        return self.cached("assistant_turns", lambda: self.sample.assistant_turns)

    def text(self, index: int) -> str:
        """Content of message `index`, empty when it has none."""
        return self.sample.messages[index].content or ""

    def lower(self, index: int) -> str:
        """Lower-cased content, for cheap keyword tests (its length may differ: no offsets)."""
        return self.cached(("lower", index), lambda: self.text(index).lower())

    def code_blocks(self, index: int) -> tuple[CodeBlock, ...]:
        """Fenced code blocks of message `index`, in order."""
        text = self.text(index)
        if "```" not in text and "~~~" not in text:
            return ()
        return self.cached(("code_blocks", index), lambda: find_code_blocks(text))

    def prose(self, index: int) -> str:
        """Content with fenced and inline code blanked out by spaces; same length."""
        text = self.text(index)
        if "`" not in text and "~~~" not in text:
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
    opening: Match | None = None
    for match in _FENCE_LINE.finditer(text):
        if opening is None:
            opening = match
        elif _closes(opening.group(1), match):
            blocks.append(_block(text, opening, match.start(), match.end(), closed=True))
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
    return _INLINE_CODE.sub(lambda match: " " * len(match.group()), masked)


def _blank(text: str) -> str:
    return "\n".join(" " * len(line) for line in text.split("\n"))


def _closes(fence: str, match: Match) -> bool:
    candidate = match.group(1)
    return candidate[0] == fence[0] and len(candidate) >= len(fence) and not match.group(2).strip()


def _block(text: str, opening: Match, body_end: int, end: int, *, closed: bool) -> CodeBlock:
    body_start = min(opening.end() + 1, len(text))
    info = opening.group(2).strip().split(" ")[0].lower()
    body = text[body_start:body_end]
    return CodeBlock(info, body, body_start, opening.start(), end, closed)
