import pytest

from assay_rl_rewards.answers.surds import is_same_surd, read_surd


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\frac{\sqrt{3}}{2}", r"\frac{\sqrt3}{2}"),
        (r"\frac{\sqrt{3}}{2}", r"\frac{1}{2}\sqrt{3}"),
        (r"\frac{\sqrt{3}}{2}", r"\sqrt{3}/2"),
        (r"3\sqrt{2}", "3√2"),
        (r"3\sqrt{2}", "3*sqrt(2)"),
        (r"-\frac{3\sqrt{2}}{4}", r"\frac{-3\sqrt{2}}{4}"),
        (r"\sqrt{12}", r"2\sqrt{3}"),  # simpler than the gold
        (r"\frac{1}{\sqrt{3}}", r"\frac{\sqrt{3}}{3}"),
        (r"\frac{1}{2\sqrt{3}}", r"\frac{\sqrt{3}}{6}"),
    ],
)
def test_equal_surds_are_the_same(gold: str, answer: str) -> None:
    left, right = read_surd(gold), read_surd(answer)
    assert left is not None
    assert right is not None
    assert is_same_surd(left, right)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"2\sqrt{3}", r"\sqrt{12}"),  # "simplify the root of 12"
        (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}"),  # "rationalise the denominator"
        (r"\frac{\sqrt{3}}{2}", r"\frac{2\sqrt{3}}{4}"),
        (r"2\sqrt{3}", r"-2\sqrt{3}"),
        (r"2\sqrt{3}", r"3\sqrt{2}"),
    ],
)
def test_a_root_left_to_be_simplified_is_not_the_same(gold: str, answer: str) -> None:
    left, right = read_surd(gold), read_surd(answer)
    assert left is not None
    assert right is not None
    assert not is_same_surd(left, right)


@pytest.mark.parametrize(
    "text",
    [
        r"\sqrt{16}",
        r"1+\sqrt{2}",
        r"\sqrt{2}\sqrt{3}",
        r"\sqrt{x}",
        r"\sqrt{" + "7" * 31 + "}",
        r"0\sqrt{2}",
        r"\frac{\sqrt{2}}{0}",
        "2",
        "",
    ],
)
def test_other_text_is_no_surd(text: str) -> None:
    assert read_surd(text) is None
