"""A way through a grid: moves from the start to the goal, inside it and around its walls."""

from collections.abc import Sequence

from assay_rl_rewards.answers.labels import fold_label, read_items

WALL = "#"
START = "S"
GOAL = "G"
MAX_MOVES_CHARS = 2048
_STEPS = {"u": (-1, 0), "d": (1, 0), "l": (0, -1), "r": (0, 1)}
_WORDS = {"up": "u", "down": "d", "left": "l", "right": "r"}


def read_moves(text: str) -> str | None:
    """Moves as letters (`URDL`) or as a list of letters or words; in lower case, or None."""
    if len(text) > MAX_MOVES_CHARS:
        return None
    folded = "".join(fold_label(text).split())
    if folded and set(folded) <= set(_STEPS):
        return folded
    items = read_items(text)
    if items is None:
        return None
    moves = [_WORDS.get(item, item) for item in items]
    return "".join(moves) if all(move in _STEPS for move in moves) else None


def check_path(moves: str, *, grid: Sequence[str], max_moves: int | None) -> str | None:
    """Say what is wrong with `moves` through `grid`; None where they lead from S to G."""
    if max_moves is not None and len(moves) > max_moves:
        return "there are more moves than allowed"
    row, column = find_cell(grid, START)
    for move in moves:
        down, right = _STEPS[move]
        row, column = row + down, column + right
        if not (0 <= row < len(grid) and 0 <= column < len(grid[0])):
            return "a move leaves the grid"
        if grid[row][column] == WALL:
            return "a move runs into a wall"
    return None if grid[row][column] == GOAL else "the moves do not end at the goal"


def find_cell(grid: Sequence[str], mark: str) -> tuple[int, int]:
    """Row and column of the one cell that holds `mark`.

    Raises:
        ValueError: it is not there.
    """
    for row, line in enumerate(grid):
        if mark in line:
            return row, line.index(mark)
    raise ValueError(f"expected a cell {mark!r} in the grid, found none")
