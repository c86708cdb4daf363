"""Filling a square grid: every row, column and box holds each number from 1 to its size once.

A grid is read as JSON rows, or as lines whose numbers are divided by blanks or commas, or written
together where they have one digit each. Boxes of 1 row make a Latin square.
"""

from collections.abc import Sequence
from typing import TypeAlias

from assay_rl_rewards.answers.labels import fold_label, read_json

Grid: TypeAlias = tuple[tuple[int, ...], ...]
BLANK = 0
MAX_GRID_CHARS = 4096
_FRAMES = str.maketrans(dict.fromkeys("|-+"))


def read_grid(text: str) -> Grid | None:
    """The rows of numbers that `text` is, or None."""
    if len(text) > MAX_GRID_CHARS:
        return None
    stripped = text.strip().strip("`").strip()
    rows = _json_rows(stripped) if stripped.startswith("[") else _line_rows(stripped)
    if not rows or any(not row for row in rows):
        return None
    if not all(len(cell) <= 2 and cell.isdecimal() for row in rows for cell in row):
        return None
    return tuple(tuple(int(cell) for cell in row) for row in rows)


def check_sudoku(grid: Grid, *, puzzle: Grid, box_rows: int, box_columns: int) -> str | None:
    """Say what is wrong with `grid`; None where it solves `puzzle` (0 where it is blank)."""
    size = len(puzzle)
    if len(grid) != size or any(len(row) != size for row in grid):
        return "the grid has another size"
    cells = [(row, column) for row in range(size) for column in range(size)]
    if any(puzzle[r][c] not in (BLANK, grid[r][c]) for r, c in cells):
        return "a number that was given is changed"
    wanted = set(range(1, size + 1))
    boxes = [
        {grid[top + r][left + c] for r in range(box_rows) for c in range(box_columns)}
        for top in range(0, size, box_rows)
        for left in range(0, size, box_columns)
    ]
    groups = [*map(set, grid), *map(set, zip(*grid, strict=True)), *boxes]
    return None if all(group == wanted for group in groups) else "a number comes twice"


def render_grid(grid: Grid) -> str:
    """Write a grid as lines of numbers divided by blanks."""
    return "\n".join(" ".join(map(str, row)) for row in grid)


def _json_rows(text: str) -> Sequence[Sequence[str]] | None:
    value = read_json(text)
    if not isinstance(value, list):
        return None
    rows = [row for row in value if isinstance(row, list) and all(isinstance(c, str) for c in row)]
    return rows if len(rows) == len(value) else None


def _line_rows(text: str) -> Sequence[Sequence[str]]:
    lines = [fold_label(line.translate(_FRAMES)) for line in text.splitlines()]
    rows = [line.replace(",", " ").split() for line in lines if line]
    return [list(row[0]) if len(row) == 1 else row for row in rows]
