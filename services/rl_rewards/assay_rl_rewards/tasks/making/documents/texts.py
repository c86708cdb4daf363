"""Texts that state the values of an object, and how each kind of text is read back.

The invariant: `read(write(statements))` gives the statements; a text that does not is never asked.
A statement is a path of labels and a value as it is written; entries of lists have a number.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from assay_rl_rewards.tasks.making.documents.vocabulary import ITEMS, SENTENCES


class Statement(NamedTuple):
    """What one place holds: `path` is (label,), (part, label) or (part, number, label)."""

    path: tuple[str, ...]
    value: str


Statements: TypeAlias = Sequence[Statement]


class Style(NamedTuple):
    """A way to write statements in a language, and to read them."""

    write: Callable[[Statements, str], str]
    read: Callable[[str, str], list[Statement]]


def write_sentences(statements: Statements, language: str) -> str:
    """One sentence for each statement."""
    template = SENTENCES[language]
    return " ".join(
        template.format(label=" / ".join(path), value=value) for path, value in statements
    )


def read_sentences(text: str, language: str) -> list[Statement]:
    """Read sentences, by the fixed text around label and value."""
    before, _, rest = SENTENCES[language].partition("{label}")
    between = rest.partition("{value}")[0]
    found = []
    for sentence in text.split(before)[1:]:
        label, _, value = sentence.partition(between)
        found.append(Statement(tuple(label.split(" / ")), value.rstrip().removesuffix(".")))
    return found


def write_notes(statements: Statements, language: str) -> str:
    """A list with one level of indent for each part and entry."""
    lines: list[str] = []
    above: tuple[str, ...] = ()
    for path, value in statements:
        for depth, name in enumerate(path[:-1]):
            if path[: depth + 1] != above[: depth + 1]:
                told = f"{ITEMS[language]} {name}" if depth else name
                lines.append(f"{'  ' * depth}- {told}:")
        above = path[:-1]
        lines.append(f"{'  ' * len(above)}- {path[-1]}: {value}")
    return "\n".join(lines)


def read_notes(text: str, language: str) -> list[Statement]:
    """Read a list back by its indents."""
    found = []
    above: list[str] = []
    for line in text.splitlines():
        bare = line.lstrip(" ")
        depth = (len(line) - len(bare)) // 2
        label, _, value = bare.removeprefix("- ").partition(":")
        del above[depth:]
        if value:
            found.append(Statement((*above, label), value.removeprefix(" ")))
        else:
            above.append(label.removeprefix(f"{ITEMS[language]} ") if depth else label)
    return found


def write_tables(statements: Statements, language: str) -> str:
    """A table of two columns, and one table with a row an entry for each list."""
    singles = [s for s in statements if len(s.path) < 3]
    blocks = ["\n".join(f"| {' / '.join(s.path)} | {s.value} |" for s in singles)]
    lists: dict[str, dict[str, dict[str, str]]] = {}
    for path, value in statements:
        if len(path) == 3:
            lists.setdefault(path[0], {}).setdefault(path[1], {})[path[2]] = value
    blocks += [_write_table(name, rows, language) for name, rows in lists.items()]
    return "\n\n".join(block for block in blocks if block)


def read_tables(text: str, language: str) -> list[Statement]:
    """Read tables back; an empty cell states nothing."""
    found = []
    for block in text.split("\n\n"):
        first, *lines = block.splitlines()
        if first.startswith("|"):
            pairs = [_cells(line) for line in (first, *lines)]
            found += [Statement(tuple(p[0].split(" / ")), p[1]) for p in pairs]
            continue
        _, *labels = _cells(lines[0])
        for number, *values in map(_cells, lines[2:]):
            found += [
                Statement((first.removesuffix(":"), number, label), value)
                for label, value in zip(labels, values, strict=True)
                if value
            ]
    return found


def _write_table(name: str, rows: Mapping[str, Mapping[str, str]], language: str) -> str:
    labels = list(dict.fromkeys(label for row in rows.values() for label in row))
    lines = [f"{name}:", _row((ITEMS[language], *labels)), _row(("---",) * (len(labels) + 1))]
    lines += [_row((number, *(row.get(x, "") for x in labels))) for number, row in rows.items()]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


STYLES = (
    Style(write_sentences, read_sentences),
    Style(write_notes, read_notes),
    Style(write_tables, read_tables),
)
