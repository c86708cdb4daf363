"""Constraints on length: words, letters, sentences, paragraphs, and how a paragraph begins.

Words are counted as the published checks do (runs of letters, digits and underscores), a character
of a script without spaces as one word. Paragraphs are those of the published checks: texts between
`***` dividers, or between blank lines.
"""

from typing import Self

from pydantic import model_validator

from assay.verifiers.requested_format import length as core_length
from assay.verifiers.requested_format.counting import split_paragraphs
from assay_rl_rewards.constraints.constraint import (
    Constraint,
    Count,
    Kwargs,
    NoKwargs,
    PositiveCount,
    Relation,
    Word,
    core_check,
    holds,
)
from assay_rl_rewards.constraints.sentences import split_sentences
from assay_rl_rewards.constraints.substance import has_word, split_words

_DIVIDER = "***"
_COMPOSED_PARAGRAPHS = 3


class WordLimit(Kwargs):
    """How many words."""

    num_words: Count
    relation: Relation


class LetterLimit(Kwargs):
    """`number_letters`: how many characters, white space left out."""

    num_letters: Count
    relation: Relation


class PlainLetterLimit(Kwargs):
    """`letter_counting`: how many letters (`N`)."""

    N: Count
    relation: Relation


class SentenceLimit(Kwargs):
    """How many sentences."""

    num_sentences: Count
    relation: Relation


class ParagraphNumber(Kwargs):
    """Exactly so many paragraphs."""

    num_paragraphs: PositiveCount


class ParagraphStart(Kwargs):
    """So many paragraphs; paragraph `nth_paragraph` (from 1) begins with `first_word`."""

    num_paragraphs: PositiveCount
    nth_paragraph: PositiveCount
    first_word: Word

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.nth_paragraph > self.num_paragraphs:
            raise ValueError("expected nth_paragraph to be at most num_paragraphs")
        return self


class Composition(Kwargs):
    """`counting_composition`: three paragraphs of `n_sent` sentences of `n_words` words each."""

    n_sent: PositiveCount
    n_words: PositiveCount


class LowercaseLimit(Kwargs):
    """`lowercase_counting`: at most `N` words in small letters."""

    N: Count


def _has_words(text: str, kwargs: WordLimit) -> bool:
    return holds(len(split_words(text)), kwargs.relation, kwargs.num_words)


def _has_characters(text: str, kwargs: LetterLimit) -> bool:
    return holds(len("".join(text.split())), kwargs.relation, kwargs.num_letters)


def _has_letters(text: str, kwargs: PlainLetterLimit) -> bool:
    return holds(sum(map(str.isalpha, text)), kwargs.relation, kwargs.N)


def _has_sentences(text: str, kwargs: SentenceLimit) -> bool:
    return holds(len(split_sentences(text)), kwargs.relation, kwargs.num_sentences)


def _divided(text: str) -> list[str] | None:
    """The paragraphs between dividers; None where one inside is empty."""
    parts = text.split(_DIVIDER)
    if any(not has_word(part) for part in parts[1:-1]):
        return None
    return [part for part in parts if has_word(part)]


def _has_divided(text: str, kwargs: ParagraphNumber) -> bool:
    parts = _divided(text)
    return parts is not None and len(parts) == kwargs.num_paragraphs


def _has_two_divided(text: str, kwargs: NoKwargs) -> bool:
    return _has_divided(text, ParagraphNumber(num_paragraphs=2))


def _has_two_paragraphs(text: str, kwargs: NoKwargs) -> bool:
    paragraphs = split_paragraphs(text)
    return len(paragraphs) == 2 and all(map(has_word, paragraphs))


def _is_composed(text: str, kwargs: Composition) -> bool:
    parts = _divided(text.replace("* * *", _DIVIDER))
    if parts is None or len(parts) != _COMPOSED_PARAGRAPHS:
        return False
    each = [split_sentences(part) for part in parts]
    return all(
        len(sentences) == kwargs.n_sent
        and all(len(split_words(sentence)) == kwargs.n_words for sentence in sentences)
        for sentences in each
    )


def _has_few_lowercase(text: str, kwargs: LowercaseLimit) -> bool:
    words = [word for word in _tokens(text) if word.islower()]
    return len(words) <= kwargs.N and has_word(text)


def _has_unique_words(text: str, kwargs: NoKwargs) -> bool:
    words = split_words(text)
    return len(words) == len(set(words))


def _tokens(text: str) -> list[str]:
    return ["".join(filter(str.isalpha, token)) for token in text.split()]


def _fill(kwargs: WordLimit) -> str:
    is_upper = kwargs.relation in ("less than", "at most")
    return "" if is_upper else "x " * (kwargs.num_words + 1)


NUMBER_WORDS = Constraint(WordLimit, _has_words, _fill)
NUMBER_LETTERS = Constraint(LetterLimit, _has_characters)
LETTER_COUNTING = Constraint(PlainLetterLimit, _has_letters)
NUMBER_SENTENCES = Constraint(
    SentenceLimit, _has_sentences, lambda kwargs: "x. " * (kwargs.num_sentences + 1)
)
NUMBER_PARAGRAPHS = Constraint(
    ParagraphNumber, _has_divided, lambda kwargs: _DIVIDER.join("a" * kwargs.num_paragraphs)
)
NTH_PARAGRAPH_FIRST_WORD = Constraint(
    ParagraphStart, core_check(core_length.nth_paragraph_first_word)
)
TWO_DIVIDED = Constraint(NoKwargs, _has_two_divided, lambda kwargs: "a***b")
TWO_PARAGRAPHS = Constraint(NoKwargs, _has_two_paragraphs, lambda kwargs: "a\n\nb")
COMPOSITION = Constraint(Composition, _is_composed)
LOWERCASE_COUNTING = Constraint(LowercaseLimit, _has_few_lowercase)
UNIQUE_WORDS = Constraint(NoKwargs, _has_unique_words)
