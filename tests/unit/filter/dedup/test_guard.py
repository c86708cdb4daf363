from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay_filter.dedup.folding import lay_out
from assay_filter.dedup.guard import guards


def digest(text: str) -> int:
    return int(guards(lay_out([text]), 1)[0])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("costs 1,000 euros", "costs 1000 dollars"),
        ("1,234,567.50 in all", "1234567.5 in total"),
        ("１２ eggs", "12 eggs"),
        ("٣٤ بيضة", "34 بيضة"),
        ("007", "7"),
        ("2.0", "2"),
        ("seven apples", "7 apples"),
        ("Twelve", "12"),
        ("10–12", "10-12"),
        ("3×4", "3 * 4"),
        ("first 5, then 6", "6 before 5"),
        ("The cat sat.", "A dog stood!"),
        ("第3章", "3 章"),
        ("call foo_bar and get.name", "get.name and foo_bar"),
        ("```\nalpha = 1\n```", "```py\nalpha = 1\n```".replace("py", "")),
        ("well-known and so on", "famous"),
        ("one could say", "some would say"),
        ("- a point\n- another", "a point, another"),
    ],
)
def test_same_numbers_and_identifiers(first: str, second: str) -> None:
    assert digest(first) == digest(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2x + 3 = 7", "5x - 1 = 9"),
        ("5 apples", "6 apples"),
        ("3.5", "35"),
        ("1,5", "15"),
        ("5 and 5", "5"),
        ("-5 degrees", "5 degrees"),
        ("8 + 2", "8 - 2"),
        ("x + 5", "x - 5"),
        ("50%", "50"),
        ("0.05", "0.5"),
        ("3.05", "3.5"),
        ("seven", "eight"),
        ("foo_bar", "foo_baz"),
        ("getName", "setName"),
        ("os.path", "os.name"),
        ("x1", "x2"),
        ("```\nalpha\n```", "```\nbeta\n```"),
        ("~~~\nreturn left\n~~~", "~~~\nreturn right\n~~~"),
        ("１２", "13"),
        ("٣", "٤"),
        ("10²", "102"),
        ("2²", "2³"),
        ("½", "¼"),
    ],
)
def test_other_numbers_or_identifiers(first: str, second: str) -> None:
    assert digest(first) != digest(second)


def test_words_count_in_a_code_fence_only() -> None:
    assert digest("alpha ``` beta") == digest("gamma ``` delta")
    assert digest("```\na\n```\nalpha") == digest("```\na\n```\nbeta")


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9)), st.randoms())
def test_order_does_not_matter(numbers: list[int], random: Random) -> None:
    shuffled = random.sample(numbers, len(numbers))
    assert digest(" ".join(map(str, numbers))) == digest(" ".join(map(str, shuffled)))


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6)), st.lists(st.integers(0, 10**6)))
def test_multisets_are_told_apart(first: list[int], second: list[int]) -> None:
    same = digest(" ".join(map(str, first))) == digest(" ".join(map(str, second)))
    assert same == (sorted(first) == sorted(second))


@pytest.mark.parametrize("piece", ["1", "a.", "1,000", "- ", "`", "a_", "١", "9.9%", " \n", "~~~"])
def test_long_hostile_texts_take_linear_time(piece: str) -> None:
    assert digest(piece * (1_000_000 // len(piece))) == digest(piece * (1_000_000 // len(piece)))
