import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers import plain_equations
from assay.verifiers.claims import Truth, decide_claim
from assay.verifiers.plain_equations import PlainEquation, read_plainly
from assay.verifiers.scanner import scan_left, scan_right
from assay.verifiers.terms import read_terms


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("he has 12 tickets + 35 tickets ", " 47 tickets."),
        ("2 * 6 ", "            12 slices"),
        ("The total is $20 + $2.50 ", " $ 22.5"),
        ("She makes $18 an hour so she makes 8*18 ", " $144.00 in 8 hours"),
        ("6000 x 12", " $72000"),
        ("10 / 3 ", " 3.33"),
        ("7 - 2 * 3 ", " 1"),
        ("They cost 1,200 - 200 ", " 1,000, which is less"),
    ],
)
def test_a_plain_true_equation_is_read(left: str, right: str) -> None:
    plain = read_plainly(left, right, is_cut=False)
    assert plain is not None
    assert left[plain.start].isdigit() or left[plain.start] == "$"
    assert right[plain.end - 1].isdigit()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2 + 2 ", " 5"),
        ("3 + (2 + 2 ", " 4"),
        ("5 + 3 and 2 * 2 ", " 4"),
        ("2x + 3 ", " 5"),
        ("2 apples and n + 3 ", " 5"),
        ("50% * 10 ", " 5"),
        ("6 / 0 ", " 0"),
        ("2 + 2 ", " 4 * 3"),
        ("2 + 2 ", " 4%"),
        ("2 + 2 ", " 4 mod 3"),
        ("2 + 2 ", " 4 m"),
        ("2 + 2 ", " 4 times 3"),
        ("1 + 1 is + 1 ", " 3"),
        ("2 ", " 2"),
        ("+".join(["999999999999"] * 40), " 1"),
    ],
)
def test_the_rest_is_left_to_the_full_reading(left: str, right: str) -> None:
    assert read_plainly(left, right, is_cut=False) is None


def test_behind_a_cut_words_must_assure_the_beginning() -> None:
    assert read_plainly("2 + 2 ", " 4", is_cut=True) is None
    assert read_plainly("and so the sum of all is 2 + 2 ", " 4", is_cut=True) is not None


_PARTS = st.sampled_from(
    ("2", "3", "12", "0.5", "1,000", "$4", "007", "+", "-", "*", "/", "x", "so", "she", "has", "is",
     "cans", "day", "mod", "of", "times", "percent", "%", "(", ")", ".", ",", ":", "n", "dozen",
     "because", "half", "/day", "=")
)  # fmt: skip
_SIDES = st.lists(_PARTS, min_size=1, max_size=9).map(" ".join)


@given(_SIDES, st.lists(_PARTS, max_size=4).map(" ".join), st.integers(0, 40), st.booleans())
def test_what_is_called_true_is_true_in_full(
    left: str, tail: str, result: int, is_cut: bool
) -> None:
    right = f" {result} {tail}"
    if read_plainly(left, right, is_cut=is_cut) is None:
        return
    sides = scan_left(read_terms(left), is_cut=is_cut), scan_right(read_terms(right))
    assert decide_claim(*sides).truth is Truth.TRUE


@given(
    st.sampled_from(("", "so she ate 3 cans because ", "He has 2 cans and so he has ", "It is ")),
    st.lists(st.integers(1, 9), min_size=2, max_size=4),
    st.sampled_from((" + ", "+", " * ", " cans + ", " cans * $", " - ", " x ")),
    st.sampled_from(("", ".", " cans", " cans a day", " is left", " n", " of 3", " times 2")),
)
def test_plain_sums_and_products_are_true_in_full(
    lead: str, numbers: list[int], operator: str, tail: str
) -> None:
    left = lead + operator.join(map(str, numbers)) + " "
    expression = left[len(lead) :].replace("cans", "").replace("$", "").replace("x", "*")
    right = f" {eval(expression)}{tail}"
    if read_plainly(left, right, is_cut=False) is not None:
        verdict = decide_claim(scan_left(read_terms(left)), scan_right(read_terms(right)))
        assert verdict.truth is Truth.TRUE


@given(
    st.sampled_from(("", " ", "  ", "so ", "1 ")),
    st.lists(st.sampled_from(("2", "12", "٣", "1234567890123", "0", "1.5", "x")), max_size=3),
    st.sampled_from((" + ", " - ", " * ", " x ", " / ", "+", "  + ", " ^ ")),
    st.sampled_from(("", " ", " apples")),
    st.sampled_from((" 14", " 24", " 0", " -10", " 10.", " 12 of", " 4", " 14.0, ", " 2 4")),
    st.booleans(),
)
def test_bare_equations_are_read_as_the_pattern_reads_them(
    lead: str, numbers: list[str], operator: str, tail: str, right: str, is_cut: bool
) -> None:
    left = lead + operator.join(numbers) + tail
    plain = read_plainly(left, right, is_cut=is_cut)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_equations, "_bare_total", lambda clause: None)
        assert read_plainly(left, right, is_cut=is_cut) == plain


def test_a_bare_equation_needs_no_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(plain_equations, "_LEFT")
    assert read_plainly("  12 * 34 ", " 408, and so on", is_cut=False) == PlainEquation(2, 4)
