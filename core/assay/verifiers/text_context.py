"""What stands around a number: the surroundings that make digits a sum, a URL or a label.

Every function looks at a bounded window, so that a text of many numbers costs linear time.
"""

from typing import NamedTuple

from assay.verifiers.patterns import Pattern

_WINDOW = 48
_URL_WINDOW = 200
_BEFORE_SUM = frozenset("=+*×÷^<>≈~±√$€£¥−")
_AFTER_SUM = frozenset("=+*×÷^<>≈%")
_UP = "0123456789" * 3
_DOWN = _UP[::-1]


class Spot(NamedTuple):
    """Where a datum stands, the spelling that compares it, and whether it is made for examples."""

    start: int
    end: int
    key: str
    reserved: bool


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether `start`:`end` is a whole number: no letter, digit or joined digit touches it."""
    if start and _touches(text[start - 1], text[start - 2 : start - 1], "-./"):
        return False
    if end < len(text):
        following = text[end + 1 : end + 2]
        return not _touches(text[end], following, "-./")
    return True


def is_in_sum(text: str, start: int, end: int) -> bool:
    """Whether an operator, a relation or a currency sign stands next to `start`:`end`."""
    before = text[max(0, start - 3) : start].rstrip(" \\")
    after = text[end : end + 3].lstrip(" \\")
    return bool(before and before[-1] in _BEFORE_SUM) or bool(after and after[0] in _AFTER_SUM)


def is_in_url(text: str, start: int) -> bool:
    """Whether the unbroken run of characters that leads to `start` holds a URL's opening."""
    lead = text[max(0, start - _URL_WINDOW) : start]
    if "://" not in lead and "www." not in lead and "data:" not in lead:
        return False
    if lead[-1].isspace():
        return False
    run = lead.split()[-1]
    return "://" in run or "www." in run or run.startswith("data:")


def has_keyword_before(text: str, start: int, keyword: Pattern) -> bool:
    """Whether `keyword` occurs in the characters before `start`, on the same line."""
    lead = text[max(0, start - _WINDOW) : start]
    lead = lead[lead.rfind("\n") + 1 :]
    return bool(lead) and keyword.search(lead) is not None


def is_sequence(characters: str) -> bool:
    """Whether digits only count up or down, or repeat one digit: nobody's number."""
    digits = "".join(c for c in characters if c.isdigit())
    return len(digits) >= 6 and (len(set(digits)) == 1 or digits in _UP or digits in _DOWN)


def _touches(neighbour: str, beyond: str, joints: str) -> bool:
    if neighbour.isascii() and (neighbour.isalnum() or neighbour == "_"):
        return True
    return neighbour in joints and beyond.isascii() and beyond.isdigit()
