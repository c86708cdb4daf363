"""Constraints on how an answer, or each sentence of it, begins and ends.

The phrase that is asked for must not be all there is.
"""

from assay.verifiers.requested_format import frame
from assay_rl_rewards.constraints.constraint import (
    Constraint,
    Kwargs,
    NoKwargs,
    Phrase,
    Word,
    core_check,
)
from assay_rl_rewards.constraints.sentences import split_sentences
from assay_rl_rewards.constraints.substance import has_word, split_words

_is_quoted_by_core = core_check(frame.quotation)


class EndPhrase(Kwargs):
    """`end_phrase`: the last words, with nothing after them."""

    end_phrase: Phrase


class FirstWord(Kwargs):
    """`first_word`."""

    first_word: Word


class LastWord(Kwargs):
    """`last_word`, punctuation after it aside."""

    last_word: Word


def _ends_with(text: str, kwargs: EndPhrase) -> bool:
    body = text.strip().strip('"').lower()
    phrase = kwargs.end_phrase.strip('"').lower()
    return body.endswith(phrase) and has_word(body[: len(body) - len(phrase)])


def _is_quoted(text: str, kwargs: NoKwargs) -> bool:
    return _is_quoted_by_core(text, kwargs) and has_word(text)


def _begins_with(text: str, kwargs: FirstWord) -> bool:
    words = split_words(text)
    asked = split_words(kwargs.first_word)
    return len(words) > len(asked) and words[: len(asked)] == asked


def _closes_with(text: str, kwargs: LastWord) -> bool:
    words = split_words(text)
    asked = split_words(kwargs.last_word)
    return len(words) > len(asked) and words[len(words) - len(asked) :] == asked


def _each_begins_with(text: str, kwargs: FirstWord) -> bool:
    sentences = split_sentences(text)
    return bool(sentences) and all(_begins_with(one, kwargs) for one in sentences)


def _each_closes_with(text: str, kwargs: LastWord) -> bool:
    sentences = split_sentences(text)
    return bool(sentences) and all(_closes_with(one, kwargs) for one in sentences)


END_CHECKER = Constraint(EndPhrase, _ends_with, lambda kwargs: kwargs.end_phrase)
QUOTATION = Constraint(NoKwargs, _is_quoted, lambda kwargs: '""')
FIRST_WORD_ANSWER = Constraint(FirstWord, _begins_with, lambda kwargs: kwargs.first_word)
LAST_WORD_ANSWER = Constraint(LastWord, _closes_with, lambda kwargs: kwargs.last_word)
FIRST_WORD_SENTENCE = Constraint(
    FirstWord, _each_begins_with, lambda kwargs: f"{kwargs.first_word}. " * 3
)
LAST_WORD_SENTENCE = Constraint(
    LastWord, _each_closes_with, lambda kwargs: f"{kwargs.last_word}. " * 3
)
