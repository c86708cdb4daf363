import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.latex_shape import Factor, read_shape, split_factors
from assay_rl_rewards.answers.latex_text import plain_latex, split_top_level, unwrap


@pytest.mark.parametrize(
    ("text", "num_terms", "num_sums"),
    [
        ("x^2+x-2", 3, 0),
        ("-x", 1, 0),
        ("(x-1)(x+2)", 1, 2),
        (r"\frac{x+1}{2}-3", 2, 1),
        ("2^{-1}", 1, 0),
        (r"2 \cdot -3", 1, 0),
        ("((x+1)", 1, 1),
    ],
)
def test_sums_are_counted_where_they_stand(text: str, num_terms: int, num_sums: int) -> None:
    shape = read_shape(text)
    assert (shape.num_terms, shape.num_sums) == (num_terms, num_sums)


@pytest.mark.parametrize("text", ["4=3", "x<2", r"x\le 2", r"x \in A", r"a \equiv b"])
def test_relations_are_seen(text: str) -> None:
    assert read_shape(text).num_relations == 1


@pytest.mark.parametrize(
    ("text", "has_variable"), [(r"2\pi+e^i", False), ("2x", True), (r"\alpha", True)]
)
def test_constants_are_no_variables(text: str, has_variable: bool) -> None:
    assert read_shape(text).has_variable is has_variable


def test_products_are_split_into_factors() -> None:
    assert split_factors(r"-2x(x+1)^{2} \cdot (y-3)/4") == [
        Factor("x", 1),
        Factor("x+1", 2),
        Factor("y-3", 1),
    ]


@pytest.mark.parametrize(
    "text",
    ["x+1", r"\sin x", "x^{-1}", "x^0", "1/x", r"\frac{x}{2}", "(x+1", "x^n", "x=1", "x^", "x/"],
)
def test_other_expressions_are_no_products(text: str) -> None:
    assert split_factors(text) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"$x$", "x"),
        (r"\(x\)", "x"),
        (r"\left( \dfrac{1}{2} \right)", r"( \frac{1}{2} )"),
        (r"\leftarrow", r"\leftarrow"),
        (r"a\\b", r"a\\b"),
        ("5.", "5"),
        ("5...", "5..."),
        ("$a$ and $b$", "$a$ and $b$"),
    ],
)
def test_typesetting_is_left_out(text: str, plain: str) -> None:
    assert plain_latex(text) == plain


def test_wrappers_around_the_whole_are_left_out() -> None:
    assert unwrap(r"\text{\textbf{a} b}") == r"\textbf{a} b"
    assert unwrap(r"\boxed{5}") == "5"
    assert unwrap(r"\frac{5}") == r"\frac{5}"


def test_brackets_protect_separators() -> None:
    assert split_top_level(r"(1,2), \{3,4\}", ",") == ["(1,2)", r"\{3,4\}"]


@given(st.text(r"\frac{}()[]x+-*/^12= ", max_size=40))
def test_any_text_has_a_shape(text: str) -> None:
    read_shape(text)
    split_factors(text)
    unwrap(plain_latex(text))
