r"""Equality of two expressions by computer algebra (Math-Verify), where typed comparison ends.

Only the answer itself is given to it, in a box of its own, and only as LaTeX: its reader of plain
expressions evaluates text as code and is not used. What it would compare carelessly is looked at
again: it rounds to six decimals and treats small differences as none, so equal values are checked
at a few points with thirty digits. Its own limits are off: they count seconds of the clock, so that
a busy machine would fail right answers, and they drop whatever alarm was set before. The limit here
is on processor time. It is kept by a signal, so this belongs in the main thread of a process, and
as one long operation inside the interpreter can outlast any signal, of one that may be killed.
"""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from types import FrameType
from typing import Any

from assay.verifiers.patterns import compile_pattern

CPU_SECONDS = 2.0  # of one comparison: reading both sides, comparing, looking again
_MAX_POWER_DIGITS = 4
_MAX_DIGITS = 60
_MAX_DEPTH = 40
_MAX_CHARS = 800
_TOLERANCE = "1e-12"
_PRECISION = 30

_LARGE = compile_pattern(
    rf"\d{{{_MAX_DIGITS + 1}}}|\^[{{( ]*-?\d{{{_MAX_POWER_DIGITS + 1}}}|\d{{4}} ?!|! ?!"
)
_TOWER = compile_pattern(r"\^[{( ]*-?\d+[}) ]*\^")
_BARE_POWER = compile_pattern(r"\^ ?(-?\d{2,}|-\d)")
_FUNCTION = compile_pattern(r"(^|[^\\A-Za-z])(sin|cos|tan|ln|log|exp|pi)([^A-Za-z]|$)")
_ROOT_CHARACTER = compile_pattern(r"√ ?(\d+|[A-Za-z])")
_CHARACTERS = {
    "√": "\\sqrt", "π": "\\pi ", "∞": "\\infty ", "×": "\\times ", "÷": "\\div ", "·": "\\cdot ",
    "⋅": "\\cdot ", "≤": "\\le ", "≥": "\\ge ", "≠": "\\neq ", "∪": "\\cup ", "θ": "\\theta ",
    "α": "\\alpha ", "β": "\\beta ", "λ": "\\lambda ", "μ": "\\mu ",
}  # fmt: skip


class Equality(StrEnum):
    """What a comparison found; `unreadable` names the side that cannot be read as mathematics."""

    EQUAL = "equal"
    DIFFERENT = "different"
    GOLD_UNREADABLE = "gold_unreadable"
    ANSWER_UNREADABLE = "answer_unreadable"
    INCOMPARABLE = "incomparable"


def compare(gold: str, answer: str) -> Equality:
    """Compare two expressions in LaTeX (as `plain_latex` gives it).

    Raises:
        TimeoutError: it took more than `CPU_SECONDS` of processor time.
        MemoryError: it took more memory than the process has.
        RuntimeError: this is not the main thread, where nothing could stop it.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("symbolic comparison needs the main thread: it is stopped by a signal")
    if not is_bounded(answer):
        return Equality.ANSWER_UNREADABLE
    _load()
    with _limited(CPU_SECONDS):
        read_gold = _read_gold(gold)
        if read_gold is None:
            return Equality.GOLD_UNREADABLE
        read_answer = _read_answer(answer)
        if read_answer is None:
            return Equality.ANSWER_UNREADABLE
        return _compare(read_gold, read_answer)


def is_bounded(text: str) -> bool:
    """Whether `text` is free of numbers, exponents, towers and nesting that only cost time."""
    if len(text) > _MAX_CHARS or _LARGE.search(text) is not None or _TOWER.search(text) is not None:
        return False
    depth = deepest = 0
    for character in text:
        depth += (character in "({[") - (character in ")}]")
        deepest = max(deepest, depth)
    return deepest <= _MAX_DEPTH


def to_latex(text: str) -> str:
    """Write what is common outside LaTeX (`2*x**10`, `sqrt(x)`, signs) in LaTeX."""
    text = text.replace("**", "^").replace("*", " \\cdot ")
    text = _BARE_POWER.sub(lambda match: f"^{{{match.group(1)}}}", text)
    text = _ROOT_CHARACTER.sub(lambda match: f"\\sqrt{{{match.group(1)}}}", text)
    text = _FUNCTION.sub(lambda m: f"{m.group(1)}\\{m.group(2)}{m.group(3)}", text)
    for character, command in _CHARACTERS.items():
        text = text.replace(character, command)
    return _braced_roots(text)


def _braced_roots(text: str) -> str:
    r"""`sqrt(...)` and `\sqrt(...)` as `\sqrt{...}`."""
    start = text.find("sqrt(")
    while start >= 0:
        depth, end = 0, -1
        for position in range(start + 4, len(text)):
            depth += (text[position] == "(") - (text[position] == ")")
            if depth == 0:
                end = position
                break
        if end < 0:
            return text
        head = text[:start].removesuffix("\\")
        text = f"{head}\\sqrt{{{text[start + 5 : end]}}}{text[end + 1 :]}"
        start = text.find("sqrt(", start)
    return text


class _OutOfTime(BaseException):
    """Raised inside the libraries, which catch every `Exception`."""


@lru_cache(maxsize=1)
def _load() -> None:
    """Import what takes long, before the time counts."""
    import math_verify  # noqa: F401

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns that its limits are off


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Stop what runs inside after `seconds` of this process's own processor time.

    Its timer is not the one by which a worker limits a whole answer, so both hold.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _OutOfTime

    handler = signal.signal(signal.SIGVTALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        yield
    except _OutOfTime as exc:
        raise TimeoutError("comparing expressions took too long") from exc
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, handler)


@lru_cache(maxsize=256)
def _read_gold(text: str) -> Any:
    return _read(text)


@lru_cache(maxsize=256)
def _read_answer(text: str) -> Any:
    """Answers come back: within a group, and in the checks of every task."""
    return _read(text)


def _read(text: str) -> Any:
    """Return a sympy object, or None; its text form is never asked for, which may hang."""
    from latex2sympy2_extended import NormalizationConfig
    from math_verify import LatexExtractionConfig, parse

    config = LatexExtractionConfig(
        try_extract_without_anchor=False,
        boxed_match_priority=0,
        normalization_config=NormalizationConfig(
            basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="all"
        ),
    )
    try:
        found = parse(
            f"\\boxed{{{to_latex(text)}}}",
            [config],
            fallback_mode="no_fallback",
            extraction_mode="first_match",
            parsing_timeout=0,
            raise_on_error=True,
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - what it raises is not documented; the text is at fault
        return None
    return found[0] if found else None


def _compare(gold: Any, answer: Any) -> Equality:
    from math_verify import verify

    try:
        is_equal = verify(gold, answer, timeout_seconds=0, raise_on_error=True)
        is_equal = is_equal and _agrees_at_points(gold, answer)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - what it raises is not documented; the answer is at fault
        return Equality.INCOMPARABLE
    return Equality.EQUAL if is_equal else Equality.DIFFERENT


def _agrees_at_points(gold: Any, answer: Any) -> bool:
    """Whether two expressions have the same values, relative to their size, at fixed points."""
    from sympy import Expr, Float, Rational, Symbol

    if not isinstance(gold, Expr) or not isinstance(answer, Expr):
        return True  # relations and sets have no value
    if isinstance(gold, Symbol) or isinstance(answer, Symbol):
        return True
    names = sorted({symbol.name for side in (gold, answer) for symbol in side.free_symbols})
    for numerator, denominator in ((37, 29), (113, 71)):
        values = {
            name: Rational(numerator + 7 * i, denominator + 3 * i) for i, name in enumerate(names)
        }
        sides = [
            side.subs({symbol: values[symbol.name] for symbol in side.free_symbols})
            for side in (gold, answer)
        ]
        left, right = (side.evalf(_PRECISION) for side in sides)
        if not (left.is_number and right.is_number):
            return True
        gap, size = abs(left - right), max(abs(left), abs(right))
        if gap.is_comparable and size.is_comparable and gap > Float(_TOLERANCE) * size:
            return bool(size < Float("1e-25"))
    return True
