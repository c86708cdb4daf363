"""A rewritten text as edits that a person can read: only what changed, in whole words.

Invariant: the edits, applied in order, turn the old text into the new one.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher

from assay.domain.action import Edit

MAX_LINES = 2000  # comparing more takes long; such a text becomes one edit


def text_hunks(pointer: str, before: str, after: str) -> tuple[Edit, ...]:
    """Return the edits that turn `before` into `after`, the string at `pointer`."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(old), len(new)) > MAX_LINES:
        old, new = [before], [after]
    return tuple(_hunks(pointer, old, new))


def _hunks(pointer: str, old: list[str], new: list[str]) -> Iterator[Edit]:
    position = 0  # in the text as the edits before have left it
    for kind, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        if kind != "equal":
            yield _edit(pointer, position, gone, come)
        position += len(come)


def _edit(pointer: str, position: int, gone: str, come: str) -> Edit:
    """Leave out the words that both begin and both end with."""
    old, new = _words(gone), _words(come)
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    left = shorter - head
    tail = next((at for at in range(left) if old[-1 - at] != new[-1 - at]), left)
    start = position + sum(map(len, old[:head]))
    return Edit(
        pointer,
        start,
        "".join(old[head : len(old) - tail]),
        "".join(new[head : len(new) - tail]),
    )


def _words(text: str) -> list[str]:
    """Words, each with the space after it."""
    *words, last = text.split(" ")
    return [f"{word} " for word in words] + [last]
