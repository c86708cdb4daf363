"""Checks of capital and small letters."""

from collections.abc import Callable

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.bounds import Bounds, find_bounds
from assay.verifiers.requested_format.clauses import split_clauses
from assay.verifiers.requested_format.instruction import (
    SATISFIED,
    Check,
    Instruction,
    Outcome,
    count_outcome,
)
from assay.verifiers.requested_format.keywords import times_of
from assay.verifiers.requested_format.response_language import language_outcome

_TOKEN = compile_pattern(r"[\pL\pN\pM'’]+(?:-[\pL\pN\pM'’]+)*")
_CAPITALS = compile_pattern(
    r"capital|all[- ]caps|upper ?case|mayúscula|majuscule|großbuchst", ignore_case=True
)


def all_capital_in(language: str) -> Check:
    """`change_case:*_capital`: no small letter, letters at all, and no other language."""

    def check(answer: str, instruction: Instruction) -> Outcome | None:
        if answer.isupper():
            return language_outcome(answer.lower(), language) or SATISFIED
        return Outcome(f"expected capital letters only, found {_first(answer, str.islower)!r}")

    return check


def all_lowercase_in(language: str) -> Check:
    """`change_case:*_lowercase`: no capital letter, letters at all, and no other language."""

    def check(answer: str, instruction: Instruction) -> Outcome | None:
        if answer.islower():
            return language_outcome(answer, language) or SATISFIED
        return Outcome(f"expected small letters only, found {_first(answer, str.isupper)!r}")

    return check


def capital_word_frequency(answer: str, instruction: Instruction) -> Outcome | None:
    """`change_case:capital_word_frequency`: so many words all in capitals."""
    bounds = instruction.bounds("capital_frequency", "capital_relation", "at_least")
    if bounds is None:
        clauses = [c.text for c in split_clauses(instruction.prompt) if _CAPITALS.search(c.text)]
        stated = (times_of(text) or _words(text) for text in reversed(clauses))
        bounds = next((one for one in stated if one is not None), None)
    if bounds is None:
        return None
    number = sum(match.group().isupper() for match in _TOKEN.finditer(answer))
    return count_outcome(bounds, number, "words in capitals")


def _words(text: str) -> Bounds | None:
    found = next(find_bounds(text, "words"), None)
    return found.bounds if found is not None else None


def _first(text: str, is_wrong: Callable[[str], bool]) -> str:
    """The first wrong letter with what follows it; empty when there is no letter at all."""
    place = next((i for i, letter in enumerate(text) if is_wrong(letter)), None)
    return "" if place is None else text[place : place + 40]
