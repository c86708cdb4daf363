import pytest

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.answers.latex_text import plain_latex
from assay_rl_rewards.answers.quantities import read_units, without_unit


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("5 cm", "cm"),
        ("5cm", "cm"),
        (r"5 \text{ cm}", "cm"),
        (r"5\,\mathrm{cm}", "cm"),
        (r"5 \text{cm}^2", "cm²"),
        ("5 Meters", "meters"),
        (r"5^\circ", "°"),
        (r"5^{\circ}", "°"),
        (r"\$5", "$"),
        ("€5", "€"),
        ("5 m/s", "m/s"),
        (r"5 m \cdot s^{-1}", "m·s^-1"),
        ("5 メートル", "メートル"),
    ],
)
def test_the_unit_of_the_task_may_stand_at_the_number(text: str, unit: str) -> None:
    assert without_unit(plain_latex(text), read_units([unit])) == "5"


@pytest.mark.parametrize(("text", "unit"), [("5 m", "cm"), ("5 MW", "mW"), ("5 cm^2", "cm")])
def test_another_unit_stays(text: str, unit: str) -> None:
    assert without_unit(text, read_units([unit])) == text


def test_the_number_keeps_its_braces() -> None:
    text = plain_latex("3×10⁸ m/s")
    assert without_unit(text, read_units(["m/s"])) == "3×10^{8}"


def test_a_blank_unit_is_refused() -> None:
    with pytest.raises(InvalidTaskError, match="blank"):
        read_units(["cm", r"\text{ }"])
