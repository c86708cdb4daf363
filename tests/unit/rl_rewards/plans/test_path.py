import pytest

from assay_rl_rewards.plans.path import check_path, find_cell, read_moves

GRID = ("S.#", "#..", "##G")


@pytest.mark.parametrize(
    "text", ["RDRD", "r d r d", "R, D, R, D", "right, down, right, down", '["R","D","R","D"]']
)
def test_moves_as_people_write_them(text: str) -> None:
    moves = read_moves(text)
    assert moves == "rdrd"
    assert check_path(moves, grid=GRID, max_moves=4) is None


@pytest.mark.parametrize("text", ["", "RDXD", "go right", "R" * 3000, "up and down"])
def test_what_is_no_list_of_moves(text: str) -> None:
    assert read_moves(text) is None


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ("rrdd", "a move runs into a wall"),
        ("u", "a move leaves the grid"),
        ("l", "a move leaves the grid"),
        ("rdr", "the moves do not end at the goal"),
        ("rlrdrd", "there are more moves than allowed"),
    ],
)
def test_a_way_that_breaks_a_rule(moves: str, told: str) -> None:
    assert check_path(moves, grid=GRID, max_moves=4) == told


def test_a_detour_is_right_where_moves_are_free() -> None:
    assert check_path("rlrdrd", grid=GRID, max_moves=None) is None


def test_a_mark_that_is_missing_is_told() -> None:
    with pytest.raises(ValueError, match="expected a cell"):
        find_cell(("..",), "S")
