"""Constraints of one language: those of M-IFEval (arXiv 2502.04688) for es, fr and ja.

Their ids carry a language (`fr:detectable_format:title`) where the same id means another mark
there, and none where the id itself names the language.
"""

import unicodedata
from collections.abc import Callable, Mapping

from pydantic import Field

from assay.verifiers.patterns import compile_pattern, escape
from assay.verifiers.requested_format import characters
from assay.verifiers.requested_format.counting import words_of
from assay_rl_rewards.constraints.constraint import (
    Constraint,
    Count,
    Kwargs,
    NoKwargs,
    Phrase,
    PositiveCount,
    Relation,
    Word,
    core_check,
    holds,
)
from assay_rl_rewards.constraints.format import (
    HighlightNumber,
    Options,
    count_sections,
    has_marked,
    has_title,
    is_option,
    join_options,
)

_ACUTE = "áéíóú"
_FRENCH_TITLE = compile_pattern(r"##[ ]*([^\n#]*[^\n#\s][^\n#]*)##")
_JAPANESE_TITLE = compile_pattern(r"『([^\n』]+)』")
_JAPANESE_HIGHLIGHT = compile_pattern(r"《[^\n《》]+》")
_HAN = compile_pattern(r"[\x{4e00}-\x{9faf}]")
_QUOTED = compile_pattern(r"「[^」]*」|『[^』]*』")
_SENTENCE = compile_pattern(r"[^。！？]+")
_QUESTION = compile_pattern(r"¿([^?]*)\?")
_EXCLAMATION = compile_pattern(r"¡([^!]*)!")
_ARABIC_DIGIT = compile_pattern(r"\p{Nd}")
SPANISH_OPTIONS = ("Sí.", "No.", "Quizás.")
FRENCH_OPTIONS = ("Oui.", "Non.", "Peut-être.")
JAPANESE_OPTIONS = ("はい、そうです。", "いいえ、違います。", "どちらとも言えません。")


class SpanishOptions(Options):
    """What may be said; the published instruction has three fixed options."""

    options: tuple[Phrase, ...] = Field(default=SPANISH_OPTIONS, min_length=2, max_length=100)


class FrenchOptions(Options):
    """What may be said; the published instruction has three fixed options."""

    options: tuple[Phrase, ...] = Field(default=FRENCH_OPTIONS, min_length=2, max_length=100)


class JapaneseOptions(Options):
    """What may be said; the published instruction has three fixed options."""

    options: tuple[Phrase, ...] = Field(default=JAPANESE_OPTIONS, min_length=2, max_length=100)


class AccentedWords(Kwargs):
    """How many words with an acute accent."""

    num_words: Count
    relation: Relation


class MarkedWords(Kwargs):
    """Exactly so many words with the letter."""

    let_frequency: Count


class ForbiddenCharacter(Kwargs):
    """`forbidden_char`, whatever its case."""

    forbidden_char: str = Field(min_length=1, max_length=1)


class Accents(Kwargs):
    """`word_to_accentuate`: words without their accents, and with them."""

    word_to_accentuate: Mapping[Word, Word] = Field(min_length=1, max_length=100)


class KanjiLimit(Kwargs):
    """How many Han characters."""

    kanji_limit: Count
    relation: Relation


class Ending(Kwargs):
    """`ending` of every sentence."""

    ending: Word


class Chapters(Kwargs):
    """At least so many sections `第N章`, with the counter in `section_spliter`."""

    section_spliter: Word
    num_sections: PositiveCount


class Characters(Kwargs):
    """How many characters, white space among them."""

    num_letters: Count
    relation: Relation


def _words_with(letters: str, text: str) -> int:
    return sum(any(map(word.__contains__, letters)) for word in words_of(text.lower()))


def _has_acute(text: str, kwargs: AccentedWords) -> bool:
    return holds(_words_with(_ACUTE, text), kwargs.relation, kwargs.num_words)


def _has_words_with(letter: str) -> Callable[[str, MarkedWords], bool]:
    def check(text: str, kwargs: MarkedWords) -> bool:
        return _words_with(letter, text) == kwargs.let_frequency

    return check


def _lacks_character(text: str, kwargs: ForbiddenCharacter) -> bool:
    return kwargs.forbidden_char.lower() not in text.lower()


def _is_accented(text: str, kwargs: Accents) -> bool:
    """Whether listed words stand in the text, and each time with their accents."""
    wanted = {bare.lower(): word.lower() for bare, word in kwargs.word_to_accentuate.items()}
    standing = [(word, wanted.get(_without_accents(word))) for word in words_of(text.lower())]
    listed = [(word, right) for word, right in standing if right is not None]
    return bool(listed) and all(word == right for word, right in listed)


def _without_accents(word: str) -> str:
    parts = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _has_kanji(text: str, kwargs: KanjiLimit) -> bool:
    number = sum(1 for _ in _HAN.finditer(text))
    return holds(number, kwargs.relation, kwargs.kanji_limit)


def _ends_alike(text: str, kwargs: Ending) -> bool:
    plain = _QUOTED.sub("", text)
    sentences = [match.group().strip() for match in _SENTENCE.finditer(plain)]
    spoken = [sentence for sentence in sentences if any(map(str.isalnum, sentence))]
    return bool(spoken) and all(sentence.endswith(kwargs.ending) for sentence in spoken)


def _has_chapters(text: str, kwargs: Chapters) -> bool:
    mark = compile_pattern(
        rf"第\s?[0-9０-９一二三四五六七八九十]+\s?{escape(kwargs.section_spliter)}"
    )
    return count_sections(text, mark) >= kwargs.num_sections


def _has_all_characters(text: str, kwargs: Characters) -> bool:
    return holds(len(text), kwargs.relation, kwargs.num_letters)


def _has_french_title(text: str, kwargs: NoKwargs) -> bool:
    return has_title(text, _FRENCH_TITLE)


def _has_japanese_title(text: str, kwargs: NoKwargs) -> bool:
    return has_title(text, _JAPANESE_TITLE)


def _has_japanese_highlights(text: str, kwargs: HighlightNumber) -> bool:
    return has_marked(text, _JAPANESE_HIGHLIGHT, kwargs.num_highlights)


def _asks(text: str, kwargs: NoKwargs) -> bool:
    return has_title(text, _QUESTION)


def _exclaims(text: str, kwargs: NoKwargs) -> bool:
    return has_title(text, _EXCLAMATION)


def _has_no_digit(text: str, kwargs: NoKwargs) -> bool:
    return _ARABIC_DIGIT.search(text) is None


TILDES = Constraint(AccentedWords, _has_acute)
DIERESIS = Constraint(MarkedWords, _has_words_with("ü"))
ENIE = Constraint(MarkedWords, _has_words_with("ñ"))
ETHEL_OR_CEDILLA = Constraint(ForbiddenCharacter, _lacks_character)
ACCENTS = Constraint(Accents, _is_accented)
NO_ACCENTS = Constraint(NoKwargs, core_check(characters.no_accents))
NO_DIGITS = Constraint(NoKwargs, core_check(characters.no_digits))
QUESTION_MARKS = Constraint(NoKwargs, _asks, lambda kwargs: "¿?")
EXCLAMATION_MARKS = Constraint(NoKwargs, _exclaims, lambda kwargs: "¡!")
FRENCH_TITLE = Constraint(NoKwargs, _has_french_title, lambda kwargs: "## ##")
JAPANESE_TITLE = Constraint(NoKwargs, _has_japanese_title, lambda kwargs: "『』")
JAPANESE_HIGHLIGHTS = Constraint(
    HighlightNumber, _has_japanese_highlights, lambda kwargs: "《。》" * kwargs.num_highlights
)
JAPANESE_SECTIONS = Constraint(
    Chapters, _has_chapters, lambda kwargs: "第1章" * kwargs.num_sections
)
JAPANESE_LETTERS = Constraint(Characters, _has_all_characters)
KANJI = Constraint(KanjiLimit, _has_kanji)
KANJI_NUMERALS = Constraint(NoKwargs, _has_no_digit)
FURIGANA = Constraint(NoKwargs, core_check(characters.furigana))
KATAKANA_ONLY = Constraint(NoKwargs, core_check(characters.katakana_only))
HIRAGANA_ONLY = Constraint(NoKwargs, core_check(characters.hiragana_only))
NO_KATAKANA = Constraint(NoKwargs, core_check(characters.no_katakana))
NO_HIRAGANA = Constraint(NoKwargs, core_check(characters.no_hiragana))
UNIFIED_END = Constraint(Ending, _ends_alike)
SPANISH_RESPONSE = Constraint(SpanishOptions, is_option, join_options, is_given=True)
FRENCH_RESPONSE = Constraint(FrenchOptions, is_option, join_options, is_given=True)
JAPANESE_RESPONSE = Constraint(JapaneseOptions, is_option, join_options, is_given=True)
