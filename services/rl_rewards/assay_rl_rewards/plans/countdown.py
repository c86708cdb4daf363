"""The numbers game: an expression over given numbers, each used once, that makes a target.

The expression is read by a parser of our own: whole numbers, the four operations, brackets, no sign
before a number and no two numbers joined to one. It is never evaluated as code. The numbers must be
all of those given (or some, where the task says so), each as often as given: an expression that
makes the target from other numbers earns nothing.
"""

from collections import Counter
from collections.abc import Sequence

from assay.verifiers.evaluation import Reading, evaluate
from assay.verifiers.numerals import Numeral, read_numeral, to_plain

MAX_EXPRESSION_CHARS = 400
_LATEX = (("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("\\left", ""), ("\\right", ""))
_READING = Reading()


def check_countdown(
    text: str, *, numbers: Sequence[int], target: int, uses_all: bool
) -> str | None:
    """Say what is wrong with the expression `text`; None where it is right."""
    if len(text) > MAX_EXPRESSION_CHARS:
        return "the expression is too long"
    left, equals, right = _plain(text).partition("=")
    if equals and right.strip() != str(target):
        return "the expression is not said to make the target"
    items = _items(left)
    if items is None:
        return "not an expression of whole numbers, + - * / and brackets"
    used = Counter(int(item.english.amount) for item in items if not isinstance(item, str))
    given = Counter(numbers)
    if used - given or (uses_all and used != given):
        return "the numbers used are not those given"
    value = evaluate(items, _READING)
    if value is None:
        return "the expression has no value"
    return None if value.amount == target else "the expression makes another number"


def _plain(text: str) -> str:
    for written, meant in _LATEX:
        text = text.replace(written, meant)
    return to_plain(text)


def _items(text: str) -> list[Numeral | str] | None:
    """The expression's parts; None where something else stands in it."""
    items: list[Numeral | str] = []
    position = 0
    while position < len(text):
        character = text[position]
        end = position + 1
        if character in "0123456789":
            while end < len(text) and text[end] in "0123456789":
                end += 1
            numeral = read_numeral(text[position:end])
            if numeral is None:
                return None
            items.append(numeral)
        elif character in "+-*/()":
            items.append(character)
        elif not character.isspace():
            return None
        position = end
    return items or None
