"""Looks for quoted words in the documents and the earlier turns.

The idea: quotation marks claim that somebody wrote these words. A quotation of some length is
compared without case, spaces and punctuation: verbatim first, then by its overlapping runs of five
characters, which forgives slips and left-out words. One pass over the sources serves all
quotations of a turn.

Invariant: linear in the sources and in the turn; words in a script that the sources do not use
(a translation) are not checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from assay.domain.action import Place
from assay.verifiers.folded_words import is_unspaced, squeeze
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View

MIN_WORDS = 5
MIN_UNSPACED_CHARS = 20
MIN_SUPPORT = 0.8  # of a quotation's runs; one word changed in ten leaves about .85
MIN_KNOWN_LETTERS = 0.5  # of a quotation's letters must occur in the sources at all
MIN_KNOWN_UNSPACED = 0.1  # the same for Chinese, Japanese and Korean, with their many characters
MAX_QUOTATIONS = 100  # per turn
MAX_MATCHES = 1_000  # pairs of marks looked at per turn
RUN = 5

_MARKS = '"“”„«»「『'
_QUOTED = compile_pattern(
    '“([^“”]*)”|„([^„“”]*)[“”]|«([^«»]*)»|»([^«»]*)«|「([^「」]*)」|『([^『』]*)』|("[^"\n]*")'
)


@dataclass(frozen=True, slots=True)
class Quotations:
    """How many quotations of a turn could be looked up, and which stand nowhere."""

    num_checked: int
    unsupported: tuple[Place, ...]


def unsupported_quotations(view: View, index: int) -> Quotations:
    """Look up the quotations of message `index`."""
    prose = view.prose(index)
    if not any(mark in prose for mark in _MARKS):
        return Quotations(0, ())
    places = [Place(index, start, quote) for start, quote in _find(prose)][:MAX_QUOTATIONS]
    if not places:
        return Quotations(0, ())
    sources = _sources(view, index)
    letters = set(sources)
    squeezed = {place: squeeze(place.quote) for place in places}
    known = [place for place, text in squeezed.items() if _is_known(text, letters)]
    doubtful = [place for place in known if squeezed[place] not in sources]
    found = _runs_found(sources, [squeezed[place] for place in doubtful])
    unsupported = tuple(
        place for place in doubtful if _support(squeezed[place], found) < MIN_SUPPORT
    )
    return Quotations(len(known), unsupported)


def _find(prose: str) -> Iterator[tuple[int, str]]:
    """Quotations that are long enough, without their marks."""
    for match in islice(_QUOTED.finditer(prose), MAX_MATCHES):
        group = next(i for i, text in enumerate(match.groups(), 1) if text is not None)
        start, end = match.span(group)
        if group == len(match.groups()):
            start, end = start + 1, end - 1
            if not _is_straight_pair(prose, start, end):
                continue
        quote = prose[start:end]
        if _is_long(quote):
            yield start, quote


def _is_straight_pair(prose: str, start: int, end: int) -> bool:
    """Whether the marks at `start` - 1 and `end` open and close, not the other way round."""
    before, after = prose[start - 2 : start - 1], prose[end + 1 : end + 2]
    inside = prose[start:end]
    return (
        not before.isalnum()
        and not after.isalnum()
        and bool(inside)
        and not inside[0].isspace()
        and not inside[-1].isspace()
    )


def _is_long(quote: str) -> bool:
    if is_unspaced(quote):
        return len(quote) >= MIN_UNSPACED_CHARS
    return len(quote.split(None, MIN_WORDS)) >= MIN_WORDS


def _sources(view: View, index: int) -> str:
    documents = view.cached("squeezed_documents", lambda: _squeeze_documents(view))
    earlier = [_squeezed_turn(view, i) for i in range(index)]
    return "\n".join((documents, *earlier))


def _squeezed_turn(view: View, index: int) -> str:
    return view.cached(("squeezed", index), lambda: squeeze(view.text(index)))


def _squeeze_documents(view: View) -> str:
    return "\n".join(squeeze(f"{d.title} {d.text}") for d in view.sample.documents)


def _is_known(quote: str, letters: set[str]) -> bool:
    """Whether the sources use the script of `quote`."""
    at_least = MIN_KNOWN_UNSPACED if is_unspaced(quote) else MIN_KNOWN_LETTERS
    return sum(char in letters for char in quote) >= at_least * len(quote)


def _runs(text: str) -> list[str]:
    return [text[i : i + RUN] for i in range(max(1, len(text) - RUN + 1))]


def _runs_found(sources: str, quotes: list[str]) -> set[str]:
    wanted = {run for quote in quotes for run in _runs(quote)}
    if not wanted:
        return set()
    return {run for i in range(len(sources) - RUN + 1) if (run := sources[i : i + RUN]) in wanted}


def _support(quote: str, found: set[str]) -> float:
    runs = _runs(quote)
    return sum(run in found for run in runs) / len(runs)
