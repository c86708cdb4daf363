import random
from collections import Counter
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Message
from assay_rl_rewards.domains.math import Math
from assay_rl_rewards.tasks.making import math
from assay_rl_rewards.tasks.making.mathematics import measurement, numbers, polynomials, probability
from assay_rl_rewards.tasks.making.mathematics.polynomial import (
    add,
    agree_everywhere,
    compose,
    multiply,
    write,
)
from assay_rl_rewards.tasks.making.mathematics.problem import (
    Drawing,
    read_decimal,
    tell_decimal,
    word_problem,
)
from assay_rl_rewards.tasks.making.mathematics.reckoning import reckon
from assay_rl_rewards.tasks.making.mathematics.wording import LANGUAGES, WORDINGS
from assay_rl_rewards.tasks.making.supply import read_row
from assay_rl_rewards.verifier import Task

MATH = Math()
DRAWINGS = sorted(
    {(drawing.__name__, drawing) for drawings in math.CATEGORIES.values() for drawing in drawings},
    key=lambda pair: pair[0],
)
POLYNOMIALS = st.lists(st.integers(-9, 9), min_size=1, max_size=4).map(
    lambda found: tuple(found) if found[-1] else (*found[:-1], 1)
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("2 - 3 - 4", -5),
        ("12 / 4 / 3", 1),
        ("-2^2", -4),
        ("(-2)^2", 4),
        ("2(3 + 4)(1 - 2)", -14),
        ("3x^2 - x + 7", 3 * 25 - 5 + 7),
        ("4 * (-3)", -12),
        ("1.5 + 0.25", Fraction(7, 4)),
        ("1 / 3", Fraction(1, 3)),
    ],
)
def test_expressions_are_reckoned_by_the_usual_rules(text: str, value: Fraction) -> None:
    assert reckon(text, {"x": Fraction(5)}) == value


@pytest.mark.parametrize("text", ["2 +", "2 ~ 3", "(2 + 3", "2)"])
def test_what_is_no_expression_is_not_reckoned(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        reckon(text)


@given(POLYNOMIALS, POLYNOMIALS, st.integers(-7, 7))
def test_polynomials_agree_with_their_values(
    f: tuple[int, ...], g: tuple[int, ...], point: int
) -> None:
    at = {"x": Fraction(point)}
    left, right = reckon(write(f), at), reckon(write(g), at)
    assert reckon(write(add(f, g, times=-2)), at) == left - 2 * right
    assert reckon(write(multiply(f, g)), at) == left * right
    assert reckon(write(compose(f, g)), at) == reckon(write(f), {"x": right})


def test_a_wrong_expansion_is_found() -> None:
    agree_everywhere("(x + 1)(x - 2)", "x^2 - x - 2", 2)
    with pytest.raises(AssertionError, match="two ways"):
        agree_everywhere("(x + 1)(x - 2)", "x^2 + x - 2", 2)


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        (Fraction(-5, 4), "de", "-1,25"),
        (Fraction(5, 2), "en", "2.5"),
        (Fraction(-1, 20), "fr", "-0,05"),
        (Fraction(1200), "es", "1200"),
    ],
)
def test_decimals_have_the_mark_of_the_language(value: Fraction, language: str, text: str) -> None:
    assert tell_decimal(value, language) == text
    assert read_decimal(text) == value


@pytest.mark.parametrize(("name", "drawing"), DRAWINGS)
def test_every_kind_has_an_answer_that_its_verifier_takes(name: str, drawing: Drawing) -> None:
    for language in LANGUAGES:
        chance = random.Random(f"{name}:{language}")
        draft = word_problem(chance, drawing(chance, language), language)
        messages = (Message("user", draft.question),)
        read = MATH.read_task(Task("math", messages, draft.reference, draft.params, language))
        assert MATH.grade(read, MATH.render_gold(read)).score == 1
        assert MATH.grade(read, f"\\boxed{{{draft.question}}}").score == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unmultiplied_product_is_no_expansion(language: str) -> None:
    chance = random.Random(4)
    for _ in range(3):
        problem = polynomials.expand(chance, language)
        params = {"answer_form": problem.form}
        read = MATH.read_task(Task("math", (), problem.answer, params, language))
        assert MATH.grade(read, f"\\boxed{{{problem.slots['e']}}}").score == 0


def test_a_measure_takes_its_own_unit_alone() -> None:
    chance = random.Random(2)
    problem = measurement.convert(chance, "en")
    draft = word_problem(chance, problem, "en")
    read = MATH.read_task(Task("math", (), draft.reference, draft.params, "en"))
    unit = problem.slots["b"]
    other = "kg" if unit != "kg" else "km"
    assert MATH.grade(read, f"\\boxed{{{problem.answer} \\text{{ {unit}}}}}").score == 1
    assert MATH.grade(read, f"\\boxed{{{problem.answer} \\text{{ {other}}}}}").score == 0


@given(st.integers(0, 10_000))
def test_rounding_is_never_asked_half_way(seed: int) -> None:
    problem = numbers.round_to(random.Random(seed), "en")
    number, step = int(problem.slots["n"]), int(problem.slots["p"])
    assert 2 * (number % step) != step


def test_probabilities_lie_strictly_between_nothing_and_all_or_are_certain() -> None:
    chance = random.Random(6)
    for _ in range(20):
        assert 0 < Fraction(probability.sequence(chance, "en").answer) <= 1
        assert 0 < Fraction(probability.level_set(chance, "en").answer) < 1


def test_every_kind_has_words_in_every_language() -> None:
    drawn = {drawing(random.Random(1), "en").key for _, drawing in DRAWINGS}
    assert drawn == set(WORDINGS)
    assert all(set(wordings) == set(LANGUAGES) for wordings in WORDINGS.values())


def test_a_hundred_tasks_pay_their_gold_and_no_decoy() -> None:
    answers = Counter[str]()
    for row in islice(math.make(8), 100):
        read = MATH.read_task(read_row(row))
        assert MATH.grade(read, MATH.render_gold(read)).score == 1, row
        for decoy in MATH.list_decoys(read):
            assert MATH.grade(read, decoy.text).score == 0, (row, decoy)
        answers[str(row["reference"])] += 1
    assert answers.most_common(1)[0][1] < 10


def test_a_thousand_tasks_have_a_thousand_ids() -> None:
    assert len({row["id"] for row in islice(math.make(9), 1000)}) == 1000
