"""Planning tasks as params: what the puzzle is, checked for sense when the task is read.

The reference of such a task is one solution, or null. Where it is given it must pass the checker
that answers pass.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.expected import AnswerKind, Expected
from assay_rl_rewards.answers.labels import fold_all, fold_label, read_mapping
from assay_rl_rewards.answers.typed import OTHER_FORM
from assay_rl_rewards.plans.colouring import check_colouring
from assay_rl_rewards.plans.countdown import MAX_EXPRESSION_CHARS, check_countdown
from assay_rl_rewards.plans.path import GOAL, START, WALL, check_path, read_moves
from assay_rl_rewards.plans.sudoku import (
    BLANK,
    MAX_GRID_CHARS,
    Grid,
    check_sudoku,
    read_grid,
    render_grid,
)
from assay_rl_rewards.verifier import Decoy

MAX_NODES = 200
MAX_SIDE = 100
_FLOOR = "."
Row = Annotated[Sequence[Annotated[int, Field(ge=0, le=25)]], Field(min_length=1, max_length=25)]


class CountdownPlan(AnswerKind):
    """Make `target` from `numbers`, each used once. The reference is an expression."""

    answer_type: Literal["countdown"]
    numbers: Sequence[Annotated[int, Field(ge=0, le=10**9)]] = Field(min_length=2, max_length=12)
    target: int = Field(ge=0, le=10**12)
    uses_all: bool = True

    def expect(self, reference: JsonValue) -> Expected:
        fault = partial(_countdown_fault, tuple(self.numbers), self.target, uses_all=self.uses_all)
        wrong = (
            Decoy("target_alone", str(self.target)),
            Decoy("other_numbers", f"{self.target} * 1 * 1 + 0"),
            Decoy("listed_numbers", " ".join(map(str, self.numbers))),
        )
        kept = wrong if self.target not in self.numbers else wrong[2:]
        return Expected(fault, _solution(reference), kept, MAX_EXPRESSION_CHARS)


class ColouringPlan(AnswerKind):
    """Give each node of a graph a colour. The reference is an object of node to colour."""

    answer_type: Literal["colouring"]
    nodes: Sequence[str] = Field(min_length=2, max_length=MAX_NODES)
    edges: Sequence[tuple[str, str]] = Field(min_length=1)
    colours: Sequence[str] = Field(min_length=2)
    fixed: Mapping[str, str] = Field(default_factory=dict)

    def expect(self, reference: JsonValue) -> Expected:
        nodes, palette = fold_all(self.nodes), fold_all(self.colours)
        edges = tuple((fold_label(one), fold_label(other)) for one, other in self.edges)
        fixed = {fold_label(node): fold_label(colour) for node, colour in self.fixed.items()}
        if len(set(nodes)) != len(nodes) or len(set(palette)) != len(palette):
            raise ValueError("expected nodes and colours that differ, found two alike")
        ends = {end for edge in edges for end in edge} | set(fixed)
        if not ends <= set(nodes) or any(one == other for one, other in edges):
            raise ValueError("expected edges between two nodes of the graph")
        fault = partial(_colouring_fault, nodes, edges, palette, fixed)
        constants = (dict.fromkeys(self.nodes, colour) for colour in self.colours)
        wrong = tuple(Decoy("constant", _paired(constant)) for constant in constants)
        gold = _paired(reference) if isinstance(reference, Mapping) else _solution(reference)
        return Expected(fault, gold, wrong, max_chars=200 * MAX_NODES)


class SudokuPlan(AnswerKind):
    """Fill a square grid, 0 where it is blank. The reference is the full grid."""

    answer_type: Literal["sudoku"]
    grid: Sequence[Row] = Field(min_length=2, max_length=25)
    box_rows: int = Field(default=1, ge=1)
    box_columns: int | None = Field(default=None, ge=1)

    def expect(self, reference: JsonValue) -> Expected:
        puzzle: Grid = tuple(tuple(row) for row in self.grid)
        size = len(puzzle)
        columns = self.box_columns or size
        if any(len(row) != size or max(row) > size for row in puzzle):
            raise ValueError("expected a square grid of numbers up to its size")
        if self.box_rows * columns != size:
            raise ValueError("expected boxes with as many cells as the grid has rows")
        if not any(BLANK in row for row in puzzle):
            raise ValueError("expected a grid with a blank cell, found a full one")
        fault = partial(_sudoku_fault, puzzle, self.box_rows, columns)
        gold = _solution(reference) if isinstance(reference, str) else _grid_text(reference)
        ones = tuple(tuple(cell or 1 for cell in row) for row in puzzle)
        wrong = (Decoy("echo", render_grid(puzzle)), Decoy("constant", render_grid(ones)))
        return Expected(fault, gold, wrong, MAX_GRID_CHARS)


class PathPlan(AnswerKind):
    """Lead from S to G through a grid of `.` and `#`. The reference is a text of moves (URDL)."""

    answer_type: Literal["path"]
    grid: Sequence[str] = Field(min_length=1, max_length=MAX_SIDE)
    max_moves: int | None = Field(default=None, ge=1)

    def expect(self, reference: JsonValue) -> Expected:
        grid = tuple(self.grid)
        cells = "".join(grid)
        if len({len(row) for row in grid}) != 1 or len(grid[0]) > MAX_SIDE:
            raise ValueError("expected rows of the same length")
        if (
            cells.count(START) != 1
            or cells.count(GOAL) != 1
            or set(cells) - set(START + GOAL + WALL + _FLOOR)
        ):
            raise ValueError("expected a grid of . and # with one S and one G")
        wrong = tuple(Decoy("constant", move * min(len(cells), MAX_SIDE)) for move in "UDLR")
        fault = partial(_path_fault, grid, self.max_moves)
        return Expected(fault, _solution(reference), (*wrong, Decoy("echo", "\n".join(grid))))


def _countdown_fault(
    numbers: tuple[int, ...], target: int, answer: str, *, uses_all: bool
) -> str | None:
    return check_countdown(answer, numbers=numbers, target=target, uses_all=uses_all)


def _colouring_fault(
    nodes: tuple[str, ...],
    edges: tuple[tuple[str, str], ...],
    palette: tuple[str, ...],
    fixed: Mapping[str, str],
    answer: str,
) -> str | None:
    colours = read_mapping(answer)
    if colours is None:
        return OTHER_FORM
    return check_colouring(colours, nodes=nodes, edges=edges, palette=palette, fixed=fixed)


def _sudoku_fault(puzzle: Grid, box_rows: int, box_columns: int, answer: str) -> str | None:
    grid = read_grid(answer)
    if grid is None:
        return OTHER_FORM
    return check_sudoku(grid, puzzle=puzzle, box_rows=box_rows, box_columns=box_columns)


def _path_fault(grid: tuple[str, ...], max_moves: int | None, answer: str) -> str | None:
    moves = read_moves(answer)
    return OTHER_FORM if moves is None else check_path(moves, grid=grid, max_moves=max_moves)


def _solution(reference: JsonValue) -> str | None:
    if reference is None or isinstance(reference, str):
        return reference
    raise ValueError("expected one solution as a text, or null, as reference")


def _grid_text(reference: JsonValue) -> str | None:
    if reference is None:
        return None
    rows = reference if isinstance(reference, Sequence) else ()
    if not rows or any(isinstance(row, str) or not isinstance(row, Sequence) for row in rows):
        raise ValueError("expected rows of numbers, or null, as reference")
    return "\n".join(
        " ".join(str(cell) for cell in row) for row in rows if isinstance(row, Sequence)
    )


def _paired(colours: Mapping[str, JsonValue]) -> str:
    return ", ".join(f"{node}: {colour}" for node, colour in colours.items())
