r"""Answers made of several values: sets, intervals, tuples, matrices, read into cells.

The structure is read here and each cell is compared by itself, so that a set is no tuple, `(1,2)`
is not `[1,2]`, and a cell has to be as finished as a single answer. Values are told apart by `;`,
or by `,` where the comma is no decimal mark.
"""

from dataclasses import dataclass
from enum import StrEnum

from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.extraction import closing_brace
from assay_rl_rewards.answers.latex_text import is_enclosed, split_top_level, unwrap
from assay_rl_rewards.answers.numbers import DecimalMark

MAX_CELLS = 64
_EMPTY = frozenset(("\\emptyset", "\\varnothing", "∅", "\\{\\}", "\\{ \\}"))
_UNION = compile_pattern(r" ?(?:\\cup|∪) ?")
_MATRIX = compile_pattern(
    r"\\begin ?\{ ?([bpB]?matrix|smallmatrix|array) ?\} ?((?s:.*))\\end ?\{ ?([a-zB]+) ?\}"
)
_NAME = compile_pattern(r"[A-Za-z] ?\\in ?")


class Structure(StrEnum):
    """How the cells of an answer are put together."""

    SET = "set"
    INTERVAL = "interval"
    TUPLE = "tuple"
    MATRIX = "matrix"


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells in the order written, and what surrounds them.

    `frame` tells apart what must not be mixed up: the brackets of a tuple or interval, the lengths
    of the rows of a matrix; it is empty for a set.
    """

    structure: Structure
    frame: str
    cells: tuple[str, ...]


def read_cells(text: str, structure: Structure, *, mark: DecimalMark) -> Cells | None:
    """Read `text` (as `plain_latex` gives it) as a `structure`; None where it is none."""
    if structure is Structure.MATRIX:
        found = _matrix(text)
    elif structure is Structure.SET:
        found = _set(text, mark)
    elif structure is Structure.TUPLE:
        found = _tuple(text, mark)
    else:
        found = _interval(text, mark)
    if found is None or len(found.cells) > MAX_CELLS:
        return None
    has_copies = structure is Structure.SET and len(set(found.cells)) < len(found.cells)
    return found if all(found.cells) and not has_copies else None


def split_unions(text: str) -> list[str]:
    r"""Split a union of intervals into its parts, `x \in` in front left with the first."""
    parts: list[str] = []
    position = 0
    for match in _UNION.finditer(text):
        parts.append(text[position : match.start()].strip())
        position = match.end()
    parts.append(text[position:].strip())
    return parts


def _values(text: str, mark: DecimalMark) -> tuple[str, ...]:
    by_semicolon = split_top_level(text, ";")
    if len(by_semicolon) > 1 or mark is DecimalMark.COMMA:
        return tuple(by_semicolon)
    return tuple(split_top_level(text, ","))


def _set(text: str, mark: DecimalMark) -> Cells:
    text = unwrap(text)
    if text in _EMPTY:
        return Cells(Structure.SET, "", ())
    if text.startswith("\\{") and text.endswith("\\}"):
        text = text[2:-2].strip()
    return Cells(Structure.SET, "", _values(text, mark))


def _tuple(text: str, mark: DecimalMark) -> Cells | None:
    text = unwrap(text)
    if text[:1] + text[-1:] not in ("()", "[]") or not is_enclosed(text):
        return None
    values = _values(text[1:-1], mark)
    return Cells(Structure.TUPLE, text[0] + text[-1], values) if len(values) > 1 else None


def _interval(text: str, mark: DecimalMark) -> Cells | None:
    """One interval, or one finite set that is part of a union."""
    text = unwrap(text)
    named = _NAME.match(text)
    text = text[named.end() :] if named else text
    if text.startswith("\\{") and text.endswith("\\}"):
        return Cells(Structure.INTERVAL, "{}", _values(text[2:-2], mark))
    values = _values(text[1:-1], mark)
    if text[:1] not in ("(", "[") or not is_enclosed(text) or len(values) != 2:
        return None
    return Cells(Structure.INTERVAL, text[0] + text[-1], values)


def _matrix(text: str) -> Cells | None:
    match = _MATRIX.fullmatch(text)
    if match is None or match.group(1) != match.group(3):
        return None
    body = match.group(2).strip()
    if match.group(1) == "array" and body.startswith("{"):
        close = closing_brace(body, 0)
        body = body[close + 1 :] if close is not None else body
    rows = [row.split("&") for row in body.strip().removesuffix("\\\\").split("\\\\")]
    widths = " ".join(str(len(row)) for row in rows)
    return Cells(Structure.MATRIX, widths, tuple(cell.strip() for row in rows for cell in row))
