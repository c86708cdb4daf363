"""Names in running text: where one stands as a word of its own, in any script.

A Latin name ends where a Latin letter or a digit does not follow, so that it is found before a
Japanese particle and not inside a longer name; a name that ends in a digit is not the beginning of
a longer version number. Texts and names are folded alike.
"""

from collections.abc import Iterable
from typing import NamedTuple
from unicodedata import normalize

MAX_OCCURRENCES = 100  # of one name in one text


class Occurrence(NamedTuple):
    """Where a name stands in a folded text."""

    start: int
    end: int


def fold_text(text: str) -> str:
    """Fold running text as names are compared: width and case, every blank run made one blank."""
    return " ".join(normalize("NFKC", text).casefold().split())


def find_names(folded: str, names: Iterable[str]) -> list[Occurrence]:
    """Where any of `names` stands in `folded`, longest names first, without overlaps, in order."""
    taken: list[Occurrence] = []
    for name in sorted({fold_text(name) for name in names if name.strip()}, key=len, reverse=True):
        start = folded.find(name)
        while start >= 0 and len(taken) < MAX_OCCURRENCES:
            end = start + len(name)
            is_free = all(end <= other.start or other.end <= start for other in taken)
            if is_free and _is_whole(folded, start, end):
                taken.append(Occurrence(start, end))
            start = folded.find(name, end)
    return sorted(taken)


def blank(folded: str, occurrences: Iterable[Occurrence]) -> str:
    """Return `folded` with blanks where the names stood; offsets stay."""
    parts = list(folded)
    for start, end in occurrences:
        parts[start:end] = " " * (end - start)
    return "".join(parts)


def _is_whole(folded: str, start: int, end: int) -> bool:
    before, first = folded[start - 1 : start], folded[start]
    last, after = folded[end - 1], folded[end : end + 1]
    if _is_latin(first) and before and _is_latin(before):
        return False
    if last.isdigit() and after in (".", ",") and folded[end + 1 : end + 2].isdigit():
        return False
    return not (_is_latin(last) and after and _is_latin(after))


def _is_latin(character: str) -> bool:
    """A Latin letter or a digit: what could go on a Latin name."""
    return character.isdigit() or (character.isalpha() and character < "\u0250")
