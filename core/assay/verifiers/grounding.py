"""Measures how far an answer's words stand in the sample's documents.

The idea: an answer that is drawn from its documents repeats their content words and word pairs, in
every sentence, and states no number that they lack. Overlap is evidence, not proof: a faithful
paraphrase scores lower, a false recombination of the documents' words scores high, and an answer
in another language than its documents cannot be measured this way.

Invariant: pure; None where there is nothing to measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assay.verifiers.folded_words import fold_words, is_content, is_number, is_unspaced
from assay.verifiers.view import View

MISSING_NUMBER_FACTOR = 0.85  # overlap of an answer that states a number found nowhere
MIN_SENTENCE_WORDS = 2
MIN_SENTENCE_PAIRS = 3
MIN_FOREIGN_WORDS = 5

MAX_SENTENCES = 2_000  # what comes after them counts as one sentence

_SENTENCE_ENDS = (". ", "! ", "? ", "؟", "。", "！", "？")


@dataclass(frozen=True, slots=True)
class Grounding:
    """Shares (0..1) of an answer that stand in the documents.

    Attributes:
        words: of all content words.
        pairs: of all neighbouring word pairs.
        weakest_words: of the content words of the sentence with the lowest share.
        weakest_pairs: of the word pairs of the sentence with the lowest share.
        missing_numbers: numbers of the answer that neither documents nor earlier turns hold.
    """

    words: float
    pairs: float
    weakest_words: float
    weakest_pairs: float
    missing_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    words: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    is_unspaced: bool


def grounding_overlap(view: View, index: int) -> float | None:
    """One figure, 0..1, for how far message `index` rests on the documents; None: unknown.

    The mean of the four shares of `Grounding`, lowered when the answer states a number that
    stands nowhere.
    """
    measured = grounding(view, index)
    if measured is None:
        return None
    mean = (measured.words + measured.pairs + measured.weakest_words + measured.weakest_pairs) / 4
    return mean * MISSING_NUMBER_FACTOR if measured.missing_numbers else mean


def grounding(view: View, index: int) -> Grounding | None:
    """Measure message `index` against the documents; None without documents or content words."""
    if not view.sample.documents:
        return None
    return view.cached(("grounding", index), lambda: _measure(view, index))


def _measure(view: View, index: int) -> Grounding | None:
    text = view.text(index)
    source = view.cached("grounding_source", lambda: _source(view))
    sentences = [fold_words(sentence) for sentence in _sentences(text)]
    words = [word for sentence in sentences for word in sentence]
    share = _word_share(words, source, 1)
    if share is None or _is_foreign(text, words, source):
        return None
    pairs = _pair_share(words, source, 1)
    word_shares = [_word_share(s, source, MIN_SENTENCE_WORDS) for s in sentences]
    pair_shares = [_pair_share(s, source, MIN_SENTENCE_PAIRS) for s in sentences]
    pairs = share if pairs is None else pairs
    return Grounding(
        share,
        pairs,
        min((s for s in word_shares if s is not None), default=share),
        min((s for s in pair_shares if s is not None), default=pairs),
        _missing_numbers(view, index, words, source),
    )


def _is_foreign(text: str, words: Sequence[str], source: _Source) -> bool:
    """Whether the answer is prose in another kind of script than the documents."""
    if is_unspaced(text) == source.is_unspaced:
        return False
    return sum(not is_number(word) for word in words) >= MIN_FOREIGN_WORDS


def _source(view: View) -> _Source:
    text = "\n".join(f"{document.title}\n{document.text}" for document in view.sample.documents)
    words = fold_words(text)
    return _Source(frozenset(words), frozenset(pairwise(words)), is_unspaced(text))


def _sentences(text: str) -> list[str]:
    """Split `text`; the numbers of a numbered list ("2.") fall out."""
    for end in _SENTENCE_ENDS:
        text = text.replace(end, "\n")
    sentences = text.split("\n", MAX_SENTENCES)
    return [s for s in sentences if not (len(s) <= 3 and s.strip().isdecimal())]


def _word_share(words: Sequence[str], source: _Source, at_least: int) -> float | None:
    content = [word for word in words if is_content(word)]
    if at_least == 1 and not content:
        content = list(words)  # an answer of one acronym
    if not content or len(content) < at_least:
        return None
    return sum(word in source.words for word in content) / len(content)


def _pair_share(words: Sequence[str], source: _Source, at_least: int) -> float | None:
    if len(words) - 1 < at_least:
        return None
    pairs = pairwise(words)
    return sum(pair in source.pairs for pair in pairs) / (len(words) - 1)


def _missing_numbers(
    view: View, index: int, words: Sequence[str], source: _Source
) -> tuple[str, ...]:
    candidates = [w for w in words if is_number(w) and len(w) > 1 and w not in source.words]
    if not candidates:
        return ()
    earlier = {w for m in view.messages[:index] for w in fold_words(m.content or "")}
    return tuple(dict.fromkeys(word for word in candidates if word not in earlier))
