import pickle
from typing import Any

import pytest

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.extraction import MAX_MATH_CHARS, NOT_FOUND, TOO_LONG
from assay_rl_rewards.domains.math import AnswerForm, Math
from assay_rl_rewards.verifier import Task

MATH = Math()


def score(
    reference: JsonValue, answer: str, *, language: str | None = None, **params: Any
) -> float:
    task = MATH.read_task(Task("math", (), reference, params, language))
    return MATH.grade(task, f"So it is \\boxed{{{answer}}}.").score


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        (56088, "56,088"),
        ("56088", r"56{,}088"),
        (0.5, r"\frac{1}{2}"),
        ("1/3", r"\dfrac{1}{3}"),
        (12, "١٢"),
        (12, "१२"),
        ("0.5", "½"),
        (r"\frac{\sqrt{3}}{2}", r"\frac{\sqrt3}{2}"),
        (r"\{1,2\}", "2, 1"),
        (r"\{\frac12, -3\}", r"\{-3, 0.5\}"),
        (r"\{(1,2),(3,4)\}", r"\{(3,4),(1,2)\}"),
        ("(1,2)", "( 1, 2.0 )"),
        (r"(-\infty,2)\cup[3,4]", r"[3,4] \cup (-\infty, 2)"),
        (r"x \in [0,1)", "[0,1)"),
        (
            r"\begin{pmatrix}1&\frac12\\3&4\end{pmatrix}",
            r"\begin{bmatrix}1 & 0.5\\ 3 & 4\end{bmatrix}",
        ),
        (r"(\frac{1}{3})", r"\left(\frac{1}{3}\right)"),
        ("(1;2),(3;4)", "(3, 4), (1, 2)"),
        ("-1; -2", r"\{-2, -1\}"),
        ("Evelyn", r"\text{evelyn}"),
        (r"\text{(C)}", "C"),
        ("2x+2", "2x+2"),
    ],
)
def test_right_answers_are_paid(reference: JsonValue, answer: str) -> None:
    assert score(reference, answer) == 1.0


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        (56088, r"123 \times 456"),
        ("1/3", r"\int_0^1 x^2 dx"),
        (5050, r"\sum_{i=1}^{100} i"),
        (3, "12/4"),
        ("3/4", "6/8"),
        (4, r"\sqrt{16}"),
        (r"2\sqrt{3}", r"\sqrt{12}"),
        (300000, r"3 \cdot 10^5"),
        (1024, "2^{10}"),
        (r"6\pi", r"2\pi \cdot 3"),
        (r"3+2\sqrt{2}", r"(1+\sqrt{2})^2"),
        (r"\frac{\pi}{3}", r"\arccos(\frac{1}{2})"),
        ("n!", r"\prod_{k=1}^n k"),
    ],
)
def test_a_question_handed_back_unsolved_is_not_paid(reference: JsonValue, answer: str) -> None:
    assert score(reference, answer) == 0.0


@pytest.mark.parametrize(
    ("reference", "answer", "right"),
    [
        ("5x", "2x+3x", 0.0),
        ("1+2y", "1+5y-3y", 0.0),
        ("1+2y", "2y+1", 1.0),
        ("(x+1)(x+2)", "x^2+3x+2", 0.0),
        ("(x+1)(x+2)", "(x+2)(x+1)", 1.0),
        ("x^2+3x+2", "(x+1)(x+2)", 0.0),
        ("x=3", "x-3=0", 0.0),
        ("x=3", "4-1=x", 0.0),
        ("x=3", "x=4-1", 0.0),
        ("x=3", "x = 3.0", 1.0),
        ("x=3", "3", 1.0),
        ("y=2x+1", "y=1+2x", 1.0),
        ("y=2x+1", "y-2x=1", 0.0),
    ],
)
def test_an_expression_is_as_finished_as_the_gold(
    reference: str, answer: str, right: float
) -> None:
    assert score(reference, answer) == right


@pytest.mark.parametrize("form", ["expression", "expanded"])
@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("20x^3", r"\frac{d}{dx} 5x^4"),
        ("20x^3", r"\dfrac{d}{dx} 5x^4"),
        ("20x^3", r"\frac{d}{dx}\frac{d}{dx}x^5"),
        ("20x^3", r"\frac d{dx}5x^4"),
        ("20x^3", r"\frac{\mathrm{d}}{\mathrm{d}x}5x^4"),
        ("20x^3", r"\frac{d 5x^4}{dx}"),
        ("20x^3+2", r"\frac{d}{dx}(5x^4+2x)"),
        ("20x^3+2", r"\frac{d(5x^4+2x)}{dx}"),
        (r"\cos x", r"\frac{d}{dx}\sin x"),
    ],
)
def test_a_derivative_that_is_not_taken_is_not_paid(reference: str, answer: str, form: str) -> None:
    assert score(reference, answer, answer_form=form) == 0.0


def test_a_derivative_in_the_gold_may_be_in_the_answer() -> None:
    assert score(r"\frac{dy}{dx}+1", r"\frac{dy}{dx}+1") == 1.0
    assert score(r"\frac{dy}{dx}+1", r"1+\frac{dy}{dx}") == 1.0
    assert score(r"\frac{d}{2}+kx", r"kx+\frac{d}{2}") == 1.0


@pytest.mark.parametrize("answer", ["4=3", "1=2=3", "x=3", r"3 \le 3", "3 or 4", "3, 4", r"\{3\}"])
def test_relations_and_candidates_are_not_a_number(answer: str) -> None:
    assert score(3, answer) == 0.0


def test_an_equation_is_no_expression() -> None:
    assert score("x+1", "x+2=x+1") == 0.0
    assert score("x+1", "x+1, x+2") == 0.0


@pytest.mark.parametrize("answer", ["x=1=3", "x=3 or x=3", "y=3", "3=3", "x=4"])
def test_a_chain_of_equations_is_no_equation(answer: str) -> None:
    assert score("x=3", answer) == 0.0


def test_of_adjacent_boxes_the_last_counts() -> None:
    task = MATH.read_task(Task("math", (), 3))
    assert MATH.grade(task, r"\boxed{4} \boxed{3}").score == 1.0
    assert MATH.grade(task, r"\boxed{3} \boxed{4}").score == 0.0
    assert (
        MATH.grade(task, r"\boxed{4}. The final answer is $3$. I hope it is correct.").score == 0.0
    )


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("1e-20", "2e-20"),
        (1e-7, "2e-7"),
        ("123456789012345", "123456789012346"),
        ("0.333", "1/3"),
        ("(1,2)", "[1,2]"),
        ("(1,2)", "(2,1)"),
        (r"\{1,2\}", "(1,2)"),
        (r"\{1,2\}", r"\{1,2,2.0\}"),
        (r"\{1,2\}", r"\{1,1.0\}"),
        ("[0,1)", "[0,1]"),
        ("Evelyn", "Evelyn or Mary"),
        (r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
    ],
)
def test_near_misses_are_wrong(reference: JsonValue, answer: str) -> None:
    assert score(reference, answer) == 0.0


@pytest.mark.parametrize(
    ("reading", "scores"),
    [("exact", (1, 0, 0)), ("sign_optional", (1, 1, 0)), ("as_fraction", (1, 0, 1))],
)
def test_percentages_follow_the_task(reading: str, scores: tuple[int, int, int]) -> None:
    answers = (r"50\%", "50", "0.5")
    assert tuple(score(r"50\%", answer, percent=reading) for answer in answers) == scores


def test_a_unit_needs_a_task_that_knows_it() -> None:
    assert score(12, "12 cm") == 0.0
    assert score(12, r"12\text{ cm}", units=["cm"]) == 1.0
    assert score("12 cm", "12", units=["cm"]) == 1.0
    assert score(12, "12 m", units=["cm"]) == 0.0


def test_decimal_marks_follow_the_task_and_its_language() -> None:
    assert score("1234", "1.234") == 0.0
    assert score("1234", "1.234", decimal_mark="comma") == 1.0
    assert score("3.5", "3,5") == 0.0
    assert score("3.5", "3,5", language="de") == 1.0
    assert score("1.234", "1.234", language="de", decimal_mark="point") == 1.0


def test_numbers_are_written_as_the_task_says() -> None:
    assert score("0.5", "1/2") == 1.0
    assert score("0.5", "1/2", number_kinds=["decimal"]) == 0.0
    assert score("300000", "3e5", number_kinds=["integer", "scientific"]) == 1.0


def test_a_tolerance_is_the_tasks() -> None:
    assert score("3.14159", "3.14") == 0.0
    assert score("3.14159", "3.14", tolerance=0.001) == 1.0
    assert score(r"\sqrt{2}", "1.414", tolerance=0.001) == 1.0
    assert score(r"\sqrt{2}", "1.4", tolerance=0.001) == 0.0


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("-2+x+x^2", 1.0),
        ("(x-1)(x+2)", 0.0),
        ("x(x+1)-2", 0.0),
        ("x^2+2x-x-2", 0.0),
    ],
)
def test_an_expanded_form_has_nothing_left_to_expand(answer: str, right: float) -> None:
    assert score("x^2+x-2", answer, answer_form="expanded") == right


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("(x+2)(x-1)", 1.0),
        ("(2+x)(-1+x)", 1.0),
        ("x^2+x-2", 0.0),
        ("(x^2+x-2)", 0.0),
        ("(x^2+x-2)(1+x-x)", 0.0),
        ("3(x-1)(x+2)", 0.0),
    ],
)
def test_a_factored_form_has_the_factors_of_the_gold(answer: str, right: float) -> None:
    assert score("(x-1)(x+2)", answer, answer_form="factored") == right


def test_algebra_finds_equal_expressions() -> None:
    assert score("x^2+2x+1", "(x+1)^2", answer_form="equal") == 1.0
    assert score("x=3", "x-3=0", answer_form="equal") == 1.0
    assert score("x^2+2x+1", "(x+2)^2") == 0.0


def test_what_is_hostile_to_algebra_is_raised_not_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_rl_rewards.answers.symbolic.CPU_SECONDS", 0.3)
    with pytest.raises(TimeoutError):
        score("x+1", "(x+1)^{9999}", answer_form="equal")


def test_reasons_tell_missing_from_long_answers() -> None:
    task = MATH.read_task(Task("math", (), 3))
    assert MATH.grade(task, "3").reason == NOT_FOUND
    assert MATH.grade(task, f"\\boxed{{{'3' * (MAX_MATH_CHARS + 1)}}}").reason == TOO_LONG
    one_that_folds_to_18 = "\ufdfa"
    assert MATH.grade(task, f"\\boxed{{{one_that_folds_to_18 * 999}}}").reason == TOO_LONG


@pytest.mark.parametrize(
    ("reference", "form"),
    [
        (3, AnswerForm.NUMERAL),
        ("50%", AnswerForm.NUMERAL),
        (r"3\sqrt{2}", AnswerForm.NUMERAL),
        ("x+1", AnswerForm.EXPRESSION),
        ("y=2x", AnswerForm.EXPRESSION),
        (r"2\pi", AnswerForm.EXPRESSION),
        ("(1,2)", AnswerForm.TUPLE),
        ("[1,2]", AnswerForm.INTERVAL),
        (r"(1,\infty)", AnswerForm.INTERVAL),
        (r"x\in[1,2]", AnswerForm.INTERVAL),
        ("1, 2", AnswerForm.SET),
        ("(1,2),(3,4)", AnswerForm.SET),
        ("(0,1),[2,3)", AnswerForm.SET),
        (r"\begin{matrix}1\end{matrix}", AnswerForm.MATRIX),
        ("no solution", AnswerForm.TEXT),
    ],
)
def test_the_form_is_that_of_the_reference(reference: JsonValue, form: AnswerForm) -> None:
    assert MATH.read_task(Task("math", (), reference)).form is form


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        (None, {}),
        ("", {}),
        (True, {}),
        ([1], {}),
        ("x" * (MAX_MATH_CHARS + 1), {}),
        (3, {"unknown": 1}),
        (3, {"tolerance": 2}),
        (3, {"number_kinds": []}),
        ("x+1", {"answer_form": "numeral"}),
        ("x+1", {"answer_form": "factored"}),
        ("5", {"answer_form": "tuple"}),
        ("[1,2", {"answer_form": "interval"}),
        (3, {"units": [" "]}),
        ("1\n2", {"extractor": "answer_line", "answer_form": "text"}),
    ],
)
def test_tasks_that_cannot_be_graded_are_refused(
    reference: JsonValue, params: dict[str, JsonValue]
) -> None:
    with pytest.raises(InvalidTaskError):
        MATH.read_task(Task("math", (), reference, params))


def test_a_number_that_could_not_be_printed_is_refused() -> None:
    with pytest.raises(InvalidTaskError):
        MATH.read_task(Task("math", (), 10**7000))


def test_a_gold_that_is_no_mathematics_is_the_tasks_fault() -> None:
    task = MATH.read_task(Task("math", (), r"\frac{x}{", {"answer_form": "expression"}))
    with pytest.raises(InvalidTaskError):
        MATH.grade(task, r"\boxed{x}")


@pytest.mark.parametrize("extractor", ["boxed_last", "answer_tag_last", "answer_line"])
@pytest.mark.parametrize(
    ("reference", "form"),
    [
        (56088, None),
        (r"\frac{\sqrt{3}}{2}", None),
        (r"\{1,2\}", None),
        ("(1,2)", None),
        (r"[0,1)\cup(2,3)", None),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", None),
        ("Evelyn", None),
        ("y=2x", None),
        (r"2\pi", None),
        ("x^2+x-2", "expanded"),
        ("(x-1)(x+2)", "factored"),
    ],
)
def test_the_gold_is_paid_and_no_decoy_is(
    reference: JsonValue, form: str | None, extractor: str
) -> None:
    params: dict[str, JsonValue] = {"extractor": extractor}
    if form is not None:
        params["answer_form"] = form
    task = pickle.loads(pickle.dumps(MATH.read_task(Task("math", (), reference, params))))
    assert MATH.grade(task, MATH.render_gold(task)).score == 1.0
    decoys = MATH.list_decoys(task)
    assert {decoy.kind for decoy in decoys} >= {"unplaced", "several"}
    assert [d for d in decoys if MATH.grade(task, d.text).score] == []


@pytest.mark.parametrize("joint", ["or", "and"])
@pytest.mark.parametrize("form", ["expression", "expanded"])
def test_expressions_joined_by_a_word_are_not_one_answer(joint: str, form: str) -> None:
    assert score("42x", "42x", answer_form=form) == 1
    assert score("42x", f"42x {joint} 42x", answer_form=form) == 0
