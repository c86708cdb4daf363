import pytest

from assay_rl_rewards.answers.numbers import DecimalMark
from assay_rl_rewards.answers.structures import (
    MAX_CELLS,
    Structure,
    read_cells,
    split_unions,
)

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


@pytest.mark.parametrize(
    ("text", "structure", "frame", "cells"),
    [
        (r"\{1, 2\}", Structure.SET, "", ("1", "2")),
        ("1, 2", Structure.SET, "", ("1", "2")),
        (r"\emptyset", Structure.SET, "", ()),
        (r"\{(1,2),(3,4)\}", Structure.SET, "", ("(1,2)", "(3,4)")),
        ("[0, 1)", Structure.INTERVAL, "[)", ("0", "1")),
        (r"x \in (0, \infty)", Structure.INTERVAL, "()", ("0", r"\infty")),
        (r"\{3\}", Structure.INTERVAL, "{}", ("3",)),
        ("(1, 2, 3)", Structure.TUPLE, "()", ("1", "2", "3")),
        (
            r"\begin{pmatrix}1 & 2\\3&4\\\end{pmatrix}",
            Structure.MATRIX,
            "2 2",
            ("1", "2", "3", "4"),
        ),
        (r"\begin{array}{cc}1&2\end{array}", Structure.MATRIX, "2", ("1", "2")),
    ],
)
def test_structures_are_read(
    text: str, structure: Structure, frame: str, cells: tuple[str, ...]
) -> None:
    found = read_cells(text, structure, mark=POINT)
    assert found is not None
    assert (found.frame, found.cells) == (frame, cells)


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        (r"\{1, 1\}", Structure.SET),
        (r"\{1,, 2\}", Structure.SET),
        (",".join(map(str, range(MAX_CELLS + 1))), Structure.SET),
        ("(1)", Structure.TUPLE),
        ("1, 2", Structure.TUPLE),
        ("(1,2),(3,4)", Structure.TUPLE),
        ("(0,1),(2,3)", Structure.INTERVAL),
        ("[0, 1, 2)", Structure.INTERVAL),
        ("[)", Structure.INTERVAL),
        ("", Structure.INTERVAL),
        (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", Structure.MATRIX),  # a determinant
        (r"2\begin{pmatrix}1&2\end{pmatrix}", Structure.MATRIX),
        (r"\begin{pmatrix}1&2\end{bmatrix}", Structure.MATRIX),
        (r"\begin{pmatrix}1&\end{pmatrix}", Structure.MATRIX),
    ],
)
def test_other_text_is_no_structure(text: str, structure: Structure) -> None:
    assert read_cells(text, structure, mark=POINT) is None


def test_a_decimal_comma_does_not_separate() -> None:
    found = read_cells(r"\{1,5; 2\}", Structure.SET, mark=COMMA)
    assert found is not None
    assert found.cells == ("1,5", "2")


def test_unions_are_split() -> None:
    assert split_unions(r"(0,1)\cup [2,3] ∪ \{4\}") == ["(0,1)", "[2,3]", r"\{4\}"]
