"""Repetition inside one text: loops, runs of a character, and the share of duplicated n-grams.

A generation loop repeats one unit to the end of the text, whatever the unit is: a character, a
word, a line, a sentence, a stanza. `tail_loop` finds the period by looking for the last characters
further back, so it costs one search in C; `repeats` counts sentences and lines anywhere. The
duplicate share follows Gopher (Rae et al. 2021, table A1): the characters inside n-grams that were
seen before, over all characters; a character n-gram stands for a word where a script has no spaces.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise
from typing import NamedTuple

from assay.verifiers.patterns import compile_pattern

_PROBE_CHARS = 12  # the last characters, looked for further back
_MAX_PERIOD = 4000
_MIN_REPEATED = 3  # parts that stand in a text before, for it to be looked at closely
_MIN_DUPLICATE_WORDS = 0.3  # words that stand in a text before; fewer cannot make a large share
_UNSPACED = compile_pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}]")
_DRAWING = frozenset("-=_*#~.|+ \t\n─━═·•—–:/\\<>　…│┃╌xX▀▄█░▒▓")
_MARKS = (". ", "! ", "? ")
_ALL_MARKS = (*_MARKS, "。", "！", "？", "؟ ", "। ")
_CHARS_PER_WORD_UNSPACED = 2  # n words are compared as 2n characters where there are no spaces


class Loop(NamedTuple):
    """A unit repeated without a break: the unit, how often it stands, where the first begins."""

    unit: str
    num_repeats: int
    start: int


class Repeat(NamedTuple):
    """The most repeated line or sentence: in a row, and in all."""

    unit: str
    num_consecutive: int
    num_total: int


def tail_loop(text: str) -> Loop | None:
    """Return the loop that `text` ends in (a last, incomplete unit aside), if any."""
    text = text.rstrip()
    end = len(text)
    if end < 2 * _PROBE_CHARS:
        return None
    at = text.rfind(text[end - _PROBE_CHARS :], max(0, end - _MAX_PERIOD), end - 1)
    if at < 0:
        return None
    period = end - _PROBE_CHARS - at
    start = _loop_start(text, period)
    num_repeats = (end - start) // period
    unit = text[end - period :]
    if num_repeats < 2 or all(character in _DRAWING for character in unit):
        return None
    return Loop(unit, num_repeats, start)


def _loop_start(text: str, period: int) -> int:
    """First offset from which `text` has `period` up to its end; halving, so few comparisons."""
    low, high = 0, len(text) - period
    while low < high:
        middle = (low + high) // 2
        if text[middle : len(text) - period] == text[middle + period :]:
            high = middle
        else:
            low = middle + 1
    return low


def longest_run(text: str, *, at_least: int) -> Loop | None:
    """Return the first run of one character of `at_least` or more; rules and spaces are no runs."""
    step = at_least // 2
    for at in range(0, len(text) - step, step):
        character = text[at]
        if text[at + step - 1] != character or character in _DRAWING:
            continue
        if text[at : at + step] != character * step:
            continue
        start = len(text[:at].rstrip(character))
        end = len(text) - len(text[at:].lstrip(character))
        if end - start >= at_least:
            return Loop(character, end - start, start)
    return None


def repeats(text: str, *, min_chars: int) -> Repeat | None:
    """Return the line or sentence of `min_chars` or more that stands most often in `text`."""
    if _is_varied(text):
        return None
    units = [unit for unit in _split(text) if len(unit) >= min_chars]
    if len(set(units)) == len(units):
        return None
    consecutive = longest = 1
    in_a_row = units[0]
    for before, unit in pairwise(units):
        consecutive = consecutive + 1 if unit == before else 1
        if consecutive > longest:
            longest, in_a_row = consecutive, unit
    most, total = Counter(units).most_common(1)[0]
    return Repeat(in_a_row if longest > 1 else most, longest, total)


def _is_varied(text: str) -> bool:
    """Cheap test: hardly any line and hardly any rough sentence stands in `text` twice."""
    if not text.isascii():
        text = text.replace("。", ". ")
    return _num_repeated(text.split("\n")) < _MIN_REPEATED > _num_repeated(text.split(". "))


def _num_repeated(parts: list[str]) -> int:
    return len(parts) - len(set(parts)) if len(parts) > _MIN_REPEATED else 0


def _split(text: str) -> list[str]:
    """Lines and sentences; by plain replacement, since every other character may be a mark."""
    for mark in _MARKS if text.isascii() else _ALL_MARKS:
        if mark in text:
            text = text.replace(mark, "\n")
    return [unit.strip() for unit in text.split("\n")]


def duplicate_share(text: str, *, size: int) -> float:
    """Share (0..1) of the characters of `text` inside n-grams of `size` words seen before.

    A text with less than three words in ten seen before is not measured: 0.0.
    """
    words: Sequence[str] = text.split()
    if len(words) * 12 < len(text) and _UNSPACED.search(text) is not None:
        words = "".join(words)  # its characters
        size *= _CHARS_PER_WORD_UNSPACED
    if len(words) < 2 * size:
        return 0.0
    if len(words) - len(set(words)) < _MIN_DUPLICATE_WORDS * len(words):
        return 0.0
    grams = _grams(words, size)
    if len(set(grams)) == len(grams):
        return 0.0
    duplicated = _duplicated_chars(words, grams, size)
    return duplicated / sum(map(len, words))


def _grams(words: Sequence[str], size: int) -> Sequence[Hashable]:
    if isinstance(words, str):
        return [words[at : at + size] for at in range(len(words) - size + 1)]
    return list(zip(*(words[offset:] for offset in range(size)), strict=False))


def _duplicated_chars(words: Sequence[str], grams: Sequence[Hashable], size: int) -> int:
    """Characters of the words that some repeated n-gram covers, each counted once."""
    seen: set[Hashable] = set()
    duplicated = covered = 0
    for position, gram in enumerate(grams):
        if gram in seen:
            begin = max(position, covered)
            covered = position + size
            duplicated += sum(map(len, words[begin:covered]))
        else:
            seen.add(gram)
    return duplicated
