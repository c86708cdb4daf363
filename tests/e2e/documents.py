"""The documents as tests see them: fenced blocks, command lines, tables, names in code type."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/guides/judging.md"
JUDGE_README = ROOT / "services/judge/README.md"
MANUALS = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *(ROOT / room / "README.md" for room in ("cli", "core", "services/filter", "services/judge")),
    *sorted(ROOT.glob("docs/guides/*.md")),
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `language` is empty for what a shell shows."""

    language: str
    text: str


@dataclass(slots=True)
class CommandLine:
    """A command as a document gives it: its words, and the options that are listed below it."""

    path: Path
    words: list[str]
    listed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}: {' '.join(self.words)}"


def blocks(path: Path, language: str | None = None) -> list[Block]:
    """Return the fenced blocks of a document, all or those of one language."""
    found = (Block(m[1], m[2]) for m in _FENCE.finditer(path.read_text(encoding="utf-8")))
    return [block for block in found if language is None or block.language == language]


def prose(path: Path) -> str:
    """Return a document without its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def in_code_type(path: Path) -> list[str]:
    """Return what stands between backticks in the text, on one line each."""
    return [" ".join(found.split()) for found in _CODE.findall(prose(path))]


def options_in(text: str) -> set[str]:
    """Return the long options that a text names."""
    return set(_OPTION.findall(text))


def commands(path: Path) -> list[CommandLine]:
    """Return every `assay ...` of a document: in blocks, with listed options, and in the text."""
    found = [line for block in blocks(path, "") for line in _commands_in(path, block.text)]
    inline = (text for text in in_code_type(path) if re.match(r"assay [a-z]", text))
    return [*found, *(CommandLine(path, _words(text)) for text in inline)]


def table(path: Path, header: str) -> list[list[str]]:
    """Return the cells of the one table whose header line begins with `| header |`.

    Raises:
        ValueError: there is none, or more than one.
    """
    text = path.read_text(encoding="utf-8")
    pattern = rf"^\| {re.escape(header)} \|[^\n]*\n\|[-|]+\|\n((?:\|[^\n]*\n)+)"
    (body,) = re.findall(pattern, text, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in body.splitlines()]


def _commands_in(path: Path, text: str) -> Iterator[CommandLine]:
    last: CommandLine | None = None
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        words = _words(re.split(r"\s{2,}", line.strip().removeprefix("$ "))[0])
        if words and words[0] == "assay":
            if last is not None:
                yield last
            last = CommandLine(path, words)
        elif last is not None and line.startswith("    --"):
            last.listed += options_in(re.split(r"\s{2,}", line.strip())[0])
    if last is not None:
        yield last


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return []  # a line of an answer, or a part of a longer text
    while words and _ASSIGNMENT.fullmatch(words[0]):
        del words[0]
    return words
