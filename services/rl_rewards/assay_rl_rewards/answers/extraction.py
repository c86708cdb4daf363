r"""Finds the answer in a final text, in the one place where the task asked for it.

A task names one extractor, and there is no fallback: an answer elsewhere is no answer, for a
fallback pays those who answer carelessly. It is always the last one that counts, and a last one
that is never closed was cut off: it is not replaced by an earlier one. All take linear time.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from assay_rl_rewards.answers.answer_labels import is_answer_label

MAX_MATH_CHARS = 2 << 10
MAX_SQL_CHARS = 20 << 10
MAX_JSON_CHARS = 256 << 10

NOT_FOUND = "no answer where the task asks for one"
TOO_LONG = "the answer is too long"

_DECORATION = " \t>*_#-"
_LABEL_CHARS = 40  # longer text before a colon is a sentence


class Extractor(StrEnum):
    r"""Where an answer stands: last `\boxed{}`, last `<answer>` pair, last `Answer:` line."""

    BOXED_LAST = "boxed_last"
    ANSWER_TAG_LAST = "answer_tag_last"
    ANSWER_LINE = "answer_line"


@dataclass(frozen=True, slots=True)
class Extraction:
    """The answer, verbatim but for outer blanks; None and a fixed reason where there is none."""

    text: str | None
    reason: str = ""


class FencedBlock(NamedTuple):
    """A fenced code block: first word after the fence in lower case, and the lines inside."""

    language: str
    body: str


def extract(text: str, extractor: Extractor, *, max_chars: int) -> Extraction:
    """Find the answer in `text`; one above `max_chars` code points counts as too long."""
    if extractor is Extractor.BOXED_LAST:
        return limited(boxed_last(text), max_chars=max_chars)
    if extractor is Extractor.ANSWER_TAG_LAST:
        return limited(answer_tag_last(text), max_chars=max_chars)
    return limited(answer_line(text), max_chars=max_chars)


def limited(answer: str | None, *, max_chars: int) -> Extraction:
    """Apply the cap to what an extractor found; an empty answer is none."""
    if answer is None or not (answer := answer.strip()):
        return Extraction(None, NOT_FOUND)
    if len(answer) > max_chars:
        return Extraction(None, TOO_LONG)
    return Extraction(answer)


def boxed_last(text: str) -> str | None:
    r"""Return what the last `\boxed{...}` or `\fbox{...}` holds, of nested ones the inner."""
    end = len(text)
    while (found := text.rfind("box", 0, end)) >= 0:
        end = found
        brace = _after_box(text, found)
        if brace is not None and text.startswith("{", brace):
            close = closing_brace(text, brace)
            return None if close is None else text[brace + 1 : close]
    return None


def _after_box(text: str, found: int) -> int | None:
    """Where the argument of the command around `found` begins; None where there is no command."""
    if text.startswith("\\boxed", found - 1) and found:
        position = found + len("boxed")
    elif text.startswith("\\fbox", found - 2) and found > 1:
        position = found + len("box")
    else:
        return None
    while text[position : position + 1].isspace():
        position += 1
    return position


def closing_brace(text: str, opening: int) -> int | None:
    r"""Return where the brace at `opening` is closed; `\{` and `\}` are characters, not braces."""
    depth, position = 0, opening
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if not depth:
                return position
        position += 1
    return None


def answer_tag_last(text: str) -> str | None:
    """Return what stands between the last `<answer>` and the `</answer>` after it."""
    start = text.rfind("<answer>")
    end = text.find("</answer>", start) if start >= 0 else -1
    return text[start + len("<answer>") : end] if end >= 0 else None


def answer_line(text: str) -> str | None:
    """Return the rest of the last line that begins with `Answer:`, in any of twelve languages.

    Markdown around the label and the answer (`**Answer:** 4`) is no part of either.
    """
    for line in reversed(text.split("\n")):
        colon = min((i for i in (line.find(":"), line.find("\uff1a")) if i >= 0), default=-1)
        if not 0 < colon <= _LABEL_CHARS + 8:
            continue
        label = line[:colon].strip(_DECORATION + "\u00a0\u202f\u3000")
        if len(label) <= _LABEL_CHARS and is_answer_label(label):
            return line[colon + 1 :].strip().strip("*_").strip()
    return None


def fenced_last(text: str, language: str) -> str | None:
    """Return the last fenced block marked as `language`; None where it is never closed."""
    matching = [b for b in _scan_fences(text) if b.language == language.lower()]
    return matching[-1].body if matching and matching[-1].is_closed else None


def list_fenced(text: str) -> tuple[FencedBlock, ...]:
    """Return the closed fenced blocks of `text`, in order."""
    return tuple(FencedBlock(b.language, b.body) for b in _scan_fences(text) if b.is_closed)


class _Block(NamedTuple):
    language: str
    body: str
    is_closed: bool


def _scan_fences(text: str) -> list[_Block]:
    """CommonMark: three or more marks open a block, as many of the same or more close it."""
    blocks: list[_Block] = []
    lines: list[str] = []
    fence, language = "", ""
    for line in text.split("\n"):
        mark = _fence(line)
        if not fence:
            rest = line.strip()[len(mark) :].strip()
            if mark and not (mark[0] == "`" and "`" in rest):
                fence, lines = mark, []
                language = rest.split(maxsplit=1)[0].lower() if rest else ""
        elif mark.startswith(fence) and line.strip() == mark:
            blocks.append(_Block(language, "\n".join(lines), True))
            fence = ""
        else:
            lines.append(line)
    if fence:
        blocks.append(_Block(language, "\n".join(lines), False))
    return blocks


def _fence(line: str) -> str:
    """The run of marks that a line begins with, empty for fewer than three."""
    bare = line.strip()
    if line[:4].isspace() and len(line) >= 4:
        return ""  # indented code
    for mark in ("```", "~~~"):
        if bare.startswith(mark):
            return bare[: len(bare) - len(bare.lstrip(mark[0]))]
    return ""
