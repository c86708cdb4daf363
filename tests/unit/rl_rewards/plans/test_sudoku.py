import pytest

from assay_rl_rewards.plans.sudoku import check_sudoku, read_grid, render_grid

PUZZLE = ((1, 0, 0, 0), (0, 0, 1, 0), (0, 1, 0, 0), (0, 0, 0, 1))
SOLUTION = ((1, 2, 3, 4), (3, 4, 1, 2), (2, 1, 4, 3), (4, 3, 2, 1))


def _fault(grid: tuple[tuple[int, ...], ...]) -> str | None:
    return check_sudoku(grid, puzzle=PUZZLE, box_rows=2, box_columns=2)


@pytest.mark.parametrize(
    "text",
    [
        "1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1",
        "1234\n3412\n2143\n4321",
        "[[1,2,3,4],[3,4,1,2],[2,1,4,3],[4,3,2,1]]",
        "```\n1 2 | 3 4\n3 4 | 1 2\n----+----\n2 1 | 4 3\n4 3 | 2 1\n```",
        "1, 2, 3, 4\n3, 4, 1, 2\n2, 1, 4, 3\n4, 3, 2, 1",
    ],
)
def test_grids_as_people_write_them(text: str) -> None:
    assert read_grid(text) == SOLUTION
    assert _fault(SOLUTION) is None


@pytest.mark.parametrize("text", ["", "a b", "[[1,2],3]", "1 x\n2 1", "[[]]", "[" * 90, "1 222"])
def test_what_is_no_grid(text: str) -> None:
    assert read_grid(text) is None


def test_the_puzzle_echoed_solves_nothing() -> None:
    assert _fault(PUZZLE) is not None


def test_another_valid_grid_does_not_solve_this_puzzle() -> None:
    other = tuple(tuple(5 - cell for cell in row) for row in SOLUTION)
    assert check_sudoku(other, puzzle=((0,) * 4,) * 4, box_rows=2, box_columns=2) is None
    assert _fault(other) == "a number that was given is changed"


def test_rows_columns_and_boxes_are_each_checked() -> None:
    blank = ((0,) * 4,) * 4
    latin = ((1, 2, 3, 4), (2, 3, 4, 1), (3, 4, 1, 2), (4, 1, 2, 3))  # right but for its boxes
    assert check_sudoku(latin, puzzle=blank, box_rows=2, box_columns=2) is not None
    assert check_sudoku(latin, puzzle=blank, box_rows=1, box_columns=4) is None
    same_rows = ((1, 2, 3, 4),) * 4
    assert check_sudoku(same_rows, puzzle=blank, box_rows=1, box_columns=4) is not None


def test_another_size_is_refused() -> None:
    assert _fault(SOLUTION[:3]) == "the grid has another size"
    assert _fault((*SOLUTION[:3], (4, 3, 2))) == "the grid has another size"


def test_rendered_grids_are_read_again() -> None:
    assert read_grid(render_grid(SOLUTION)) == SOLUTION
