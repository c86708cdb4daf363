import signal
import threading
from pathlib import Path

import pytest

from assay_rl_rewards.answers.symbolic import Equality, compare, is_bounded, to_latex


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("2x+2", "2(x+1)"),
        (r"1-\cos^2 x", r"\sin^2 x"),
        ("y=2x+3", "y=3+2x"),
        ("6*x**10 + 2", r"2+6x^{10}"),
        (r"\frac{\pi}{3}", r"\pi/3"),
    ],
)
def test_equal_expressions_are_equal(gold: str, answer: str) -> None:
    assert compare(gold, answer) is Equality.EQUAL


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("x+1", "x+2"),
        (r"10^{-20}x", r"2\cdot 10^{-20}x"),  # not apart to six decimals
        (r"10^{-20}\pi", r"2\cdot 10^{-20}\pi"),
        ("y=2x+3", "y=2x+4"),
    ],
)
def test_other_expressions_differ(gold: str, answer: str) -> None:
    assert compare(gold, answer) is Equality.DIFFERENT


def test_no_answer_is_evaluated_as_code(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    compare("x", f"__import__('pathlib').Path('{touched}').touch()")
    assert not touched.exists()


@pytest.mark.parametrize(
    "answer",
    [
        "9^{9^{9^9}}",
        "9^9^9",
        "2^{99999999}",
        "10^{-99999}",
        "1000000!",
        "3!!!!",
        "1" * 100,
        "x+" * 500 + "x",
        "(" * 50 + "x" + ")" * 50,
        r"\sqrt{" * 50 + "x" + "}" * 50,
    ],
)
def test_what_only_costs_time_is_not_read(answer: str) -> None:
    assert not is_bounded(answer)
    assert compare("x", answer) is Equality.ANSWER_UNREADABLE


@pytest.mark.parametrize("answer", ["2^3+3^2", "x^2+y^2", "e^{x^2}", "5!", "(n+1)!", "2^{2019}-1"])
def test_ordinary_mathematics_is_bounded(answer: str) -> None:
    assert is_bounded(answer)


def test_a_timeout_is_raised_not_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_rl_rewards.answers.symbolic.CPU_SECONDS", 0.3)
    with pytest.raises(TimeoutError, match="too long"):
        compare("x+1", "(x+1)^{9999}")


def test_outside_the_main_thread_nothing_is_compared() -> None:
    raised: list[str] = []

    def run() -> None:
        try:
            compare("x+1", "1+x")
        except RuntimeError as error:
            raised.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert "main thread" in raised[0]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("x**10", "x^{10}"),
        ("x^-1", "x^{-1}"),
        ("sqrt(x+1)", r"\sqrt{x+1}"),
        (r"\sqrt(2)", r"\sqrt{2}"),
        ("sqrt(x", "sqrt(x"),
        ("√2", r"\sqrt{2}"),
        ("2*pi", r"2 \cdot \pi"),
        ("cos(x)", r"\cos(x)"),
        (r"\cos(x)", r"\cos(x)"),
    ],
)
def test_plain_notation_becomes_latex(text: str, latex: str) -> None:
    assert to_latex(text) == latex


@pytest.mark.parametrize("timer", [signal.ITIMER_REAL, signal.ITIMER_PROF])
def test_timers_of_the_process_stay_set(timer: int) -> None:
    previous = signal.setitimer(timer, 600)
    try:
        compare("x+1", "1+x")
        assert signal.getitimer(timer)[0] > 0
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    finally:
        signal.setitimer(timer, *previous)
