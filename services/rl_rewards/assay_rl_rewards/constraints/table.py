"""All constraints, by id: an explicit table.

The ids are the published ones: the 25 of IFEval (arXiv 2311.07911), those that open-instruct adds
(IFEvalG) and those of M-IFEval (arXiv 2502.04688). An id may begin with a language; it is looked up
with it first, then without. Left out are instructions that are not well defined: `sentence_hyphens`
and `copy_span_idx` (wording and check disagree), `nominal_ending` (needs a tagger of Japanese).
"""

from collections.abc import Mapping
from typing import Any

from assay_rl_rewards.constraints import (
    casing,
    combination,
    content,
    format,
    keywords,
    language,
    length,
    multilingual,
    punctuation,
    start_end,
)
from assay_rl_rewards.constraints.constraint import Constraint

_LANGUAGE_PREFIX = 2

IFEVAL: Mapping[str, Constraint[Any]] = {
    "keywords:existence": keywords.EXISTENCE,
    "keywords:frequency": keywords.FREQUENCY,
    "keywords:forbidden_words": keywords.FORBIDDEN_WORDS,
    "keywords:letter_frequency": keywords.LETTER_FREQUENCY,
    "language:response_language": language.RESPONSE_LANGUAGE,
    "length_constraints:number_sentences": length.NUMBER_SENTENCES,
    "length_constraints:number_paragraphs": length.NUMBER_PARAGRAPHS,
    "length_constraints:number_words": length.NUMBER_WORDS,
    "length_constraints:nth_paragraph_first_word": length.NTH_PARAGRAPH_FIRST_WORD,
    "detectable_content:number_placeholders": content.NUMBER_PLACEHOLDERS,
    "detectable_content:postscript": content.POSTSCRIPT,
    "detectable_format:number_bullet_lists": format.NUMBER_BULLET_LISTS,
    "detectable_format:constrained_response": format.CONSTRAINED_RESPONSE,
    "detectable_format:number_highlighted_sections": format.NUMBER_HIGHLIGHTED_SECTIONS,
    "detectable_format:multiple_sections": format.MULTIPLE_SECTIONS,
    "detectable_format:json_format": format.JSON_FORMAT,
    "detectable_format:title": format.TITLE,
    "combination:two_responses": combination.TWO_RESPONSES,
    "combination:repeat_prompt": combination.REPEAT_PROMPT,
    "startend:end_checker": start_end.END_CHECKER,
    "startend:quotation": start_end.QUOTATION,
    "change_case:capital_word_frequency": casing.CAPITAL_WORD_FREQUENCY,
    "change_case:english_capital": casing.capital_in("en"),
    "change_case:english_lowercase": casing.lowercase_in("en"),
    "punctuation:no_comma": punctuation.NO_COMMA,
}

_IFEVALG: Mapping[str, Constraint[Any]] = {
    "keywords:word_once": keywords.WORD_ONCE,
    "keywords:word_count_different_numbers": keywords.FREQUENCY,
    "keywords:exclude_word_harder": keywords.EXCLUDED_WORD,
    "keywords:keyword_specific_position": keywords.AT_PLACE,
    "keywords:palindrome": keywords.PALINDROME,
    "keywords:no_adjacent_consecutive": keywords.NO_NEIGHBOURS,
    "keywords:start_end": keywords.START_END,
    "letters:letter_counting": length.LETTER_COUNTING,
    "letters:letter_counting2": keywords.LETTER_FREQUENCY,
    "count:lowercase_counting": length.LOWERCASE_COUNTING,
    "count:counting_composition": length.COMPOSITION,
    "count:count_unique": length.UNIQUE_WORDS,
    "count:count_increment_word": keywords.ONCE_AND_TWICE,
    "paragraphs:paragraphs": length.TWO_DIVIDED,
    "paragraphs:paragraphs2": length.TWO_PARAGRAPHS,
    "first_word:first_word_sent": start_end.FIRST_WORD_SENTENCE,
    "first_word:first_word_answer": start_end.FIRST_WORD_ANSWER,
    "last_word:last_word_sent": start_end.LAST_WORD_SENTENCE,
    "last_word:last_word_answer": start_end.LAST_WORD_ANSWER,
    "detectable_format:square_brackets": format.SQUARE_BRACKETS,
    "detectable_format:bigram_wrapping": format.BIGRAM_WRAPPING,
    "copy:copy": combination.COPY,
    "copy:copying_simple": combination.COPY,
    "copy:copying_multiple": combination.COPIES,
    "copy:repeat_phrase": combination.REPEAT_PHRASE,
    "punctuation:punctuation_dot": punctuation.NO_DOT,
    "punctuation:punctuation_exclamation": punctuation.NO_EXCLAMATION,
}

_M_IFEVAL: Mapping[str, Constraint[Any]] = {
    "length_constraints:number_letters": length.NUMBER_LETTERS,
    "detectable_content:no_digits": multilingual.NO_DIGITS,
    "detectable_format:number_numbered_lists": format.NUMBER_NUMBERED_LISTS,
    "change_case:spanish_capital": casing.capital_in("es"),
    "change_case:french_capital": casing.capital_in("fr"),
    "change_case:spanish_lowercase": casing.lowercase_in("es"),
    "change_case:french_lowercase": casing.lowercase_in("fr"),
    "punctuation:no_period": punctuation.NO_PERIOD,
    "punctuation:question_marks": multilingual.QUESTION_MARKS,
    "punctuation:exclamation_marks": multilingual.EXCLAMATION_MARKS,
    "special_character:tildes": multilingual.TILDES,
    "special_character:dieresis": multilingual.DIERESIS,
    "special_character:enie": multilingual.ENIE,
    "special_character:ethel_or_cedilla": multilingual.ETHEL_OR_CEDILLA,
    "special_character:accents": multilingual.ACCENTS,
    "special_character:no_accents": multilingual.NO_ACCENTS,
    "letters:kanji": multilingual.KANJI,
    "letters:kansuuji": multilingual.KANJI_NUMERALS,
    "letters:furigana": multilingual.FURIGANA,
    "letters:katakana_only": multilingual.KATAKANA_ONLY,
    "letters:hiragana_only": multilingual.HIRAGANA_ONLY,
    "letters:no_katakana": multilingual.NO_KATAKANA,
    "letters:no_hiragana": multilingual.NO_HIRAGANA,
    "startend:sentence_unified_end": multilingual.UNIFIED_END,
    "es:detectable_format:constrained_response": multilingual.SPANISH_RESPONSE,
    "fr:detectable_format:constrained_response": multilingual.FRENCH_RESPONSE,
    "ja:detectable_format:constrained_response": multilingual.JAPANESE_RESPONSE,
    "fr:detectable_format:title": multilingual.FRENCH_TITLE,
    "ja:detectable_format:title": multilingual.JAPANESE_TITLE,
    "ja:detectable_format:number_highlighted_sections": multilingual.JAPANESE_HIGHLIGHTS,
    "ja:detectable_format:multiple_sections": multilingual.JAPANESE_SECTIONS,
    "ja:length_constraints:number_letters": multilingual.JAPANESE_LETTERS,
}

CONSTRAINTS: Mapping[str, Constraint[Any]] = {**IFEVAL, **_IFEVALG, **_M_IFEVAL}


def find_constraint(id: str) -> Constraint[Any] | None:
    """The constraint of an id, with or without its language; None for an unknown one."""
    found = CONSTRAINTS.get(id)
    prefix, _, rest = id.partition(":")
    if found is None and len(prefix) == _LANGUAGE_PREFIX:
        return CONSTRAINTS.get(rest)
    return found
