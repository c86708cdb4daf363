"""Whether two results say the same: as multisets of rows, cell by cell with their types.

Repeated rows count, NULL equals NULL alone, text must be the same after NFC, a number is no text.
Two whole numbers are equal or not; where one is real, 1e-6 of the larger is granted, for another
order of summing gives other digits. With that grant two multisets are equal when their rows can be
paired one to one: rows are grouped by all that is exact, each group is sorted by its numbers and
compared in turn, and a small group that fails is paired by augmenting paths.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import TypeAlias
from unicodedata import normalize

from assay_rl_rewards.sql.result import Cell, Row, Table

RELATIVE_TOLERANCE = 1e-6
ABSOLUTE_TOLERANCE = 1e-9  # what is left of sums that cancel
MAX_PERMUTED_COLUMNS = 6
MAX_NORMALIZED_CHARS = 1024  # longer text compares as it stands: NFC may take the square of it
MAX_PAIRED_ROWS = 64

Numbers: TypeAlias = tuple[int | float, ...]


def are_equal(
    golds: Sequence[Table], answers: Sequence[Table], *, is_ordered: bool, any_column_order: bool
) -> bool:
    """Whether each answer says what the gold at its place says.

    Args:
        golds: of the same number of columns all.
        answers: as many.
        is_ordered: rows must come in the same order.
        any_column_order: columns may be swapped, in all answers in the same way, where there are at
            most `MAX_PERMUTED_COLUMNS`.
    """
    pairs = list(zip(golds, answers, strict=True))
    if any(_shape(gold) != _shape(answer) for gold, answer in pairs):
        return False
    left = [_normalize(gold) for gold, _ in pairs]
    right = [_normalize(answer) for _, answer in pairs]
    orders = _list_orders(left[0], right[0]) if any_column_order else iter((None,))
    return any(
        all(
            _match(gold, _reorder(answer, order), is_ordered=is_ordered)
            for gold, answer in zip(left, right, strict=True)
        )
        for order in orders
    )


def _shape(table: Table) -> tuple[int, int]:
    return table.num_columns, len(table.rows)


def _normalize(table: Table) -> list[Row]:
    return [tuple(_normalize_cell(cell) for cell in row) for row in table.rows]


def _normalize_cell(cell: Cell) -> Cell:
    if isinstance(cell, str) and not cell.isascii() and len(cell) <= MAX_NORMALIZED_CHARS:
        return normalize("NFC", cell)
    return cell


def _list_orders(gold: list[Row], answer: list[Row]) -> Iterator[tuple[int, ...] | None]:
    """The permutations of the answer's columns under which each column by itself fits."""
    num_columns = len(gold[0]) if gold else 0
    if num_columns > MAX_PERMUTED_COLUMNS:
        yield None
        return
    fits = [
        [_match(_column(gold, i), _column(answer, j), is_ordered=False) for j in range(num_columns)]
        for i in range(num_columns)
    ]
    for order in permutations(range(num_columns)):
        if all(fits[i][j] for i, j in enumerate(order)):
            yield order


def _column(rows: list[Row], index: int) -> list[Row]:
    return [(row[index],) for row in rows]


def _reorder(rows: list[Row], order: tuple[int, ...] | None) -> list[Row]:
    return rows if order is None else [tuple(row[i] for i in order) for row in rows]


def _match(gold: list[Row], answer: list[Row], *, is_ordered: bool) -> bool:
    if is_ordered:
        return all(map(_rows_match, gold, answer))
    left, right = _group(gold), _group(answer)
    return left.keys() == right.keys() and all(
        _groups_match(numbers, right[key]) for key, numbers in left.items()
    )


def _rows_match(gold: Row, answer: Row) -> bool:
    (key, numbers), (other_key, other_numbers) = _split(gold), _split(answer)
    return key == other_key and _numbers_match(numbers, other_numbers)


def _split(row: Row) -> tuple[Row, Numbers]:
    """The cells that compare exactly, with False where a number stands, and the numbers."""
    return (
        tuple(False if isinstance(cell, int | float) else cell for cell in row),
        tuple(cell for cell in row if isinstance(cell, int | float)),
    )


def _group(rows: list[Row]) -> dict[Row, list[Numbers]]:
    groups: defaultdict[Row, list[Numbers]] = defaultdict(list)
    for row in rows:
        key, numbers = _split(row)
        groups[key].append(numbers)
    return groups


def _groups_match(gold: list[Numbers], answer: list[Numbers]) -> bool:
    if len(gold) != len(answer):
        return False
    left, right = sorted(gold), sorted(answer)
    if all(map(_numbers_match, left, right)):
        return True
    return len(left) <= MAX_PAIRED_ROWS and _can_be_paired(left, right)


def _numbers_match(gold: Numbers, answer: Numbers) -> bool:
    return all(map(_number_matches, gold, answer))


def _number_matches(gold: int | float, answer: int | float) -> bool:
    if isinstance(gold, int) and isinstance(answer, int):
        return gold == answer
    return math.isclose(gold, answer, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)


def _can_be_paired(gold: list[Numbers], answer: list[Numbers]) -> bool:
    """Bipartite matching by augmenting paths (Kuhn)."""
    edges = [[j for j, b in enumerate(answer) if _numbers_match(a, b)] for a in gold]
    partner: dict[int, int] = {}
    return all(_augment(start, edges, partner, set()) for start in range(len(gold)))


def _augment(node: int, edges: list[list[int]], partner: dict[int, int], seen: set[int]) -> bool:
    for other in edges[node]:
        if other in seen:
            continue
        seen.add(other)
        if other not in partner or _augment(partner[other], edges, partner, seen):
            partner[other] = node
            return True
    return False
