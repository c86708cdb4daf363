"""Finds marks by which an answer cites its documents: [1], [doc_3], "according to document 4".

The idea: many brackets are no citations (array indexes, years, intervals, links, check boxes,
footnotes that the answer itself defines). What has the shape and the surroundings of a citation is
`plain`; doubtful shapes count only in answers that also cite something that exists.

Invariant: a mark's quote is verbatim in the message; `numbers` or `doc_id` says what it points at.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from assay.verifiers.citation_words import CUES, INDEXED, NOUNS, NOUNS_WITHOUT_SPACES, PLURALS
from assay.verifiers.folded_words import fold
from assay.verifiers.patterns import Match, Pattern, compile_pattern
from assay.verifiers.view import View

MAX_MATCHES = 1_000  # of each shape, per message

_NUMBERS = r"\pN{1,3}(?:\s*(?:,|،|、|;|-|–|&|and|und|et|y|e|en|a|i|و|와|과|和|と)\s*\pN{1,3})*"
_BRACKETED = compile_pattern(
    r"\[(\^)?([0-9]{1,3}(?:\s*[,;–-]\s*[0-9]{1,3})*)\]|[【［]([0-9]{1,3})[】］]"
)
_NAMED = compile_pattern(
    rf"(?:^|[^\pL\pN])((?:{NOUNS})(?:\s*(?:#|no\.?|nr\.?|n[°º]|رقم)\s*|[\s_-]*))({_NUMBERS})(?:$|[^\pL\pN_%])",
    ignore_case=True,
)
_NAMED_UNSPACED = compile_pattern(
    rf"(?:{NOUNS_WITHOUT_SPACES})\s*第?\s*({_NUMBERS})(?:$|[^\pN_%.年月日])"
    rf"|第\s*(\pN{{1,3}})\s*[个個份篇]?\s*(?:{NOUNS_WITHOUT_SPACES})"
)
_IDENTIFIED = compile_pattern(
    r"[\[(【]([\pL\pN_.:/-]{2,80})[\])】]|<cite>\s*([\pL\pN_.:/-]{1,80})\s*</cite>"
)
_DIGITS = compile_pattern(r"\pN+")
_DEFINED = compile_pattern(r"(?m)^[ \t]*(?:[-*+>][ \t]*)*\[\^?([0-9]{1,3})\]")
_LAST_WORD = compile_pattern(r"([\pL'’]+)[\s*_]*$")
_AFTER = ".,;:!?)。，、；！？）[【"
_OPENERS = '([【（*-•:.!?。！？"“「'


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation: where it stands, its words, what it points at, and whether its shape is sure."""

    start: int
    quote: str
    numbers: tuple[int, ...] = ()
    doc_id: str | None = None
    is_plain: bool = True


def find_marks(view: View, index: int) -> tuple[Mark, ...]:
    """The citation marks of message `index`, outside code."""
    prose = view.prose(index)
    shapes = {id_shape(document.doc_id) for document in view.sample.documents}
    marks = [*_bracketed(prose), *_identified(prose, shapes), *_named(prose)]
    marks.sort(key=lambda mark: mark.start)
    kept: list[Mark] = []
    for mark in marks:  # "[doc_3]" holds "doc_3"
        if not kept or mark.start >= kept[-1].start + len(kept[-1].quote):
            kept.append(mark)
    return tuple(kept)


def id_shape(doc_id: str) -> str:
    """An id with its digits made equal: `Doc-12` and `doc-7` have one shape."""
    return _DIGITS.sub("0", fold(doc_id))


def _bracketed(prose: str) -> Iterator[Mark]:
    if "[" not in prose and "【" not in prose and "［" not in prose:
        return
    defined = {int(match.group(1)) for match in _find(_DEFINED, prose)}
    matches = list(_find(_BRACKETED, prose))
    indexed = Counter(_word_before(prose, match.start()) for match in matches)
    for match in matches:
        numbers = _numbers(match.group(2) or match.group(3))
        if not defined.isdisjoint(numbers) or prose[match.end() : match.end() + 1] == "(":
            continue
        before = _word_before(prose, match.start())
        if before and (indexed[before] > 1 or not _may_be_cited(before)):
            continue
        is_sure = bool(match.group(1) or match.group(3))
        is_plain = is_sure or (len(numbers) == 1 and _closes_clause(prose, match))
        yield Mark(match.start(), match.group(), numbers, None, is_plain)


def _word_before(prose: str, start: int) -> str:
    """The word that a bracket is attached to; empty after space and punctuation."""
    end = start
    low = max(0, start - 40)
    while end > low and (prose[end - 1].isalnum() or prose[end - 1] == "_"):
        end -= 1
    return prose[end:start]


def _may_be_cited(word: str) -> bool:
    """Whether a bracket right behind `word` may cite: not x[1], arr[0], table2[3]."""
    return word.isalpha() and (len(word) >= 3 or not word.isascii()) and word not in INDEXED


def _closes_clause(prose: str, match: Match) -> bool:
    after = prose[match.end() : match.end() + 2]
    before = prose[max(0, match.start() - 2) : match.start()].rstrip(" ")
    closes = not after or after[0] in _AFTER or after[0] == "\n" or not after.strip()
    return closes or before[-1:] in (".", "!", "?", "。", "！", "？", '"', "”")


def _named(prose: str) -> Iterator[Mark]:
    for match in _find(_NAMED, prose):
        noun = match.group(1).rstrip(" \t\n#_-").casefold()
        numbers = _numbers(match.group(2))
        start, end = match.start(1), match.end(2)
        if noun in PLURALS and len(numbers) == 1:  # "the report documents 12 cases"
            continue
        if prose[end : end + 1] in (".", ":", "/") and prose[end + 1 : end + 2].isdigit():
            continue
        if _is_cued(prose, start):
            yield Mark(start, prose[start:end], numbers)
    if not prose.isascii():
        for match in _find(_NAMED_UNSPACED, prose):
            group = 1 if match.group(1) else 2
            end = match.end(1) if group == 1 else match.end()
            yield Mark(match.start(), prose[match.start() : end], _numbers(match.group(group)))


def _is_cued(prose: str, start: int) -> bool:
    """Whether a citing word, an opening bracket or a sentence start stands before `start`."""
    before = prose[max(0, start - 24) : start].rstrip(" \t")
    if not before or before[-1] in _OPENERS or before[-1] == "\n":
        return True
    match = _LAST_WORD.search(before)
    return match is not None and match.group(1).casefold() in CUES


def _identified(prose: str, shapes: set[str]) -> Iterator[Mark]:
    """Marks that have the shape of this sample's document ids."""
    if not any(mark in prose for mark in "[(【<"):
        return
    for match in _find(_IDENTIFIED, prose):
        doc_id = match.group(1) or match.group(2)
        is_tag = bool(match.group(2))
        if doc_id.isdecimal():
            if is_tag and len(doc_id) <= 3:
                yield Mark(match.start(), match.group(), (int(doc_id),))
        elif id_shape(doc_id) in shapes:
            yield Mark(match.start(), match.group(), (), doc_id)


def _find(pattern: Pattern, prose: str) -> Iterator[Match]:
    return islice(pattern.finditer(prose), MAX_MATCHES)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(match.group()) for match in _DIGITS.finditer(fold(text)))
