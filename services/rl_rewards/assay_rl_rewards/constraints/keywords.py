"""Constraints on words and letters that must, or must not, stand in the answer.

A keyword is literal text, never a pattern, and counts as a whole word whatever its case; in scripts
without spaces it counts wherever it stands. A text that consists of its keywords meets nothing.
"""

from itertools import pairwise

from pydantic import Field

from assay.verifiers.requested_format.counting import words_of
from assay.verifiers.requested_format.keywords import count_occurrences
from assay_rl_rewards.constraints.constraint import (
    Constraint,
    Count,
    Kwargs,
    NoKwargs,
    PositiveCount,
    Relation,
    Word,
    holds,
)
from assay_rl_rewards.constraints.sentences import split_sentences
from assay_rl_rewards.constraints.substance import split_words

_MAX_KEYWORDS = 100
_MIN_OTHER_WORDS = 3
_MIN_PALINDROME_LETTERS = 3


class Keywords(Kwargs):
    """`keywords`: all of them."""

    keywords: tuple[Word, ...] = Field(min_length=1, max_length=_MAX_KEYWORDS)


class ForbiddenWords(Kwargs):
    """`forbidden_words`: none of them."""

    forbidden_words: tuple[Word, ...] = Field(min_length=1, max_length=_MAX_KEYWORDS)


class Keyword(Kwargs):
    """One `keyword`."""

    keyword: Word


class KeywordCount(Kwargs):
    """How often `keyword` stands in the text."""

    keyword: Word
    frequency: Count
    relation: Relation


class TwoKeywords(Kwargs):
    """`keyword1` once, `keyword2` twice."""

    keyword1: Word
    keyword2: Word


class KeywordPlace(Kwargs):
    """`keyword` as word `m` of sentence `n`; both count from 1."""

    keyword: Word
    n: PositiveCount
    m: PositiveCount


class LetterCount(Kwargs):
    """How often `letter` (any one character) stands in the text, whatever its case."""

    letter: str = Field(min_length=1, max_length=1)
    let_frequency: Count
    let_relation: Relation


def _has_all(text: str, kwargs: Keywords) -> bool:
    is_there = all(count_occurrences(word, text) for word in kwargs.keywords)
    return is_there and _says_more(text, kwargs.keywords)


def _has_none(text: str, kwargs: ForbiddenWords) -> bool:
    return not any(count_occurrences(word, text) for word in kwargs.forbidden_words)


def _has_count(text: str, kwargs: KeywordCount) -> bool:
    number = count_occurrences(kwargs.keyword, text)
    return holds(number, kwargs.relation, kwargs.frequency) and _says_more(text, (kwargs.keyword,))


def _has_once(text: str, kwargs: Keyword) -> bool:
    return count_occurrences(kwargs.keyword, text) == 1 and _says_more(text, (kwargs.keyword,))


def _lacks(text: str, kwargs: Keyword) -> bool:
    return not count_occurrences(kwargs.keyword, text)


def _has_once_and_twice(text: str, kwargs: TwoKeywords) -> bool:
    counts = [count_occurrences(word, text) for word in (kwargs.keyword1, kwargs.keyword2)]
    return counts == [1, 2] and _says_more(text, (kwargs.keyword1, kwargs.keyword2))


def _has_at_place(text: str, kwargs: KeywordPlace) -> bool:
    sentences = split_sentences(text)
    if len(sentences) < kwargs.n:
        return False
    words = split_words(sentences[kwargs.n - 1])
    return len(words) >= kwargs.m and words[kwargs.m - 1] == kwargs.keyword.lower()


def _has_letters(text: str, kwargs: LetterCount) -> bool:
    number = text.lower().count(kwargs.letter.lower())
    return holds(number, kwargs.let_relation, kwargs.let_frequency) and _says_more(text, ())


def _has_palindrome(text: str, kwargs: NoKwargs) -> bool:
    return any(
        len(word) >= _MIN_PALINDROME_LETTERS and word == word[::-1] and len(set(word)) > 1
        for word in words_of(text.lower())
        if word.isalpha()
    )


def _starts_no_neighbours(text: str, kwargs: NoKwargs) -> bool:
    """No word begins with the letter that follows the first letter of the word before it."""
    firsts = [word[0] for word in words_of(text.lower())]
    pairs = pairwise(firsts)
    return len(firsts) > 1 and all(ord(b) - ord(a) != 1 for a, b in pairs)


def _starts_as_it_ends(text: str, kwargs: NoKwargs) -> bool:
    words = split_words(text)
    return len(words) > _MIN_OTHER_WORDS and words[0] == words[-1] and text.rstrip()[-1].isalnum()


def _says_more(text: str, keywords: tuple[str, ...]) -> bool:
    """Whether there are other words than the keywords: a few different ones."""
    asked = {word for keyword in keywords for word in split_words(keyword)}
    return len(set(split_words(text)) - asked) >= _MIN_OTHER_WORDS


EXISTENCE = Constraint(Keywords, _has_all, lambda kwargs: " ".join(kwargs.keywords))
FORBIDDEN_WORDS = Constraint(ForbiddenWords, _has_none)
FREQUENCY = Constraint(
    KeywordCount, _has_count, lambda kwargs: " ".join([kwargs.keyword] * (kwargs.frequency + 1))
)
LETTER_FREQUENCY = Constraint(
    LetterCount, _has_letters, lambda kwargs: kwargs.letter * (kwargs.let_frequency + 1)
)
WORD_ONCE = Constraint(Keyword, _has_once, lambda kwargs: kwargs.keyword)
EXCLUDED_WORD = Constraint(Keyword, _lacks)
ONCE_AND_TWICE = Constraint(
    TwoKeywords,
    _has_once_and_twice,
    lambda kwargs: f"{kwargs.keyword1} {kwargs.keyword2} {kwargs.keyword2}",
)
AT_PLACE = Constraint(KeywordPlace, _has_at_place)
PALINDROME = Constraint(NoKwargs, _has_palindrome, lambda kwargs: "I saw a mmm.")
NO_NEIGHBOURS = Constraint(NoKwargs, _starts_no_neighbours)
START_END = Constraint(NoKwargs, _starts_as_it_ends, lambda kwargs: "so so")
