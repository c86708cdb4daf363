"""A time expression cut into runs of digits, runs of letters and signs, after one folding.

Every reader of dates, clock times and durations works on these tokens and must spend them all:
nothing is guessed from a part of a text. Longer texts than a time expression can be have no tokens.
"""

from itertools import groupby

from assay_rl_rewards.answers.labels import undress
from assay_rl_rewards.answers.time_words import fold_time

MAX_TIME_CHARS = 120  # of one date, time or duration


def fold_expression(text: str) -> str:
    """Fold a time expression and take off quotes and marks; empty where it is too long."""
    return fold_time(undress(text)) if len(text) <= MAX_TIME_CHARS else ""


def cut(folded: str) -> list[str]:
    """Runs of digits, runs of letters, and single signs; blanks only divide."""
    runs = [(kind, "".join(run)) for kind, run in groupby(folded, _kind)]
    return [
        token
        for kind, run in runs
        if kind != "blank"
        for token in (run if kind == "sign" else [run])
    ]


def is_year(token: str) -> bool:
    """Four digits."""
    return len(token) == 4 and token.isdecimal()


def is_short(token: str) -> bool:
    """One or two digits."""
    return len(token) <= 2 and token.isdecimal()


def _kind(character: str) -> str:
    if character.isdecimal():
        return "digit"
    if character.isalpha():
        return "letter"
    return "blank" if character.isspace() else "sign"
