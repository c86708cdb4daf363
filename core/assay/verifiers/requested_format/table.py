"""The published instructions that are checked, by id without its language prefix.

The families are those of IFEval (arXiv 2311.07911) and its multilingual extension M-IFEval
(arXiv 2502.04688); the checks are written from their descriptions, with the known holes closed:
no random targets, keywords are literal, JSON is an object or array, and an empty answer fails.
"""

from assay.verifiers.requested_format import (
    characters,
    frame,
    keywords,
    length,
    letter_case,
    markup,
    response_language,
)
from assay.verifiers.requested_format.instruction import Check, PlainCheck
from assay.verifiers.requested_format.plain_language import check_language
from assay.verifiers.requested_format.plain_length import check_lengths
from assay.verifiers.requested_format.plain_structure import check_structure
from assay.verifiers.requested_format.plain_words import check_words

INSTRUCTIONS: dict[str, Check] = {
    "keywords:existence": keywords.existence,
    "keywords:forbidden_words": keywords.forbidden_words,
    "keywords:frequency": keywords.frequency,
    "keywords:letter_frequency": keywords.letter_frequency,
    "language:response_language": response_language.response_language,
    "length_constraints:number_words": length.number_words,
    "length_constraints:number_letters": length.number_letters,
    "length_constraints:number_sentences": length.number_sentences,
    "length_constraints:number_paragraphs": length.number_paragraphs,
    "length_constraints:nth_paragraph_first_word": length.nth_paragraph_first_word,
    "detectable_content:postscript": markup.postscript,
    "detectable_content:number_placeholders": markup.number_placeholders,
    "detectable_content:no_digits": characters.no_digits,
    "detectable_format:number_bullet_lists": markup.number_bullet_lists,
    "detectable_format:number_numbered_lists": markup.number_numbered_lists,
    "detectable_format:number_highlighted_sections": markup.number_highlighted_sections,
    "detectable_format:multiple_sections": markup.multiple_sections,
    "detectable_format:json_format": markup.json_format,
    "detectable_format:title": markup.title,
    "detectable_format:constrained_response": markup.constrained_response,
    "combination:two_responses": frame.two_responses,
    "combination:repeat_prompt": frame.repeat_prompt,
    "startend:end_checker": frame.end_checker,
    "startend:quotation": frame.quotation,
    "startend:sentence_unified_end": characters.sentence_unified_end,
    "change_case:english_capital": letter_case.all_capital_in("en"),
    "change_case:spanish_capital": letter_case.all_capital_in("es"),
    "change_case:french_capital": letter_case.all_capital_in("fr"),
    "change_case:english_lowercase": letter_case.all_lowercase_in("en"),
    "change_case:spanish_lowercase": letter_case.all_lowercase_in("es"),
    "change_case:french_lowercase": letter_case.all_lowercase_in("fr"),
    "change_case:capital_word_frequency": letter_case.capital_word_frequency,
    "punctuation:no_comma": characters.no_comma,
    "punctuation:no_period": characters.no_period,
    "punctuation:question_marks": characters.question_marks,
    "punctuation:exclamation_marks": characters.exclamation_marks,
    "special_character:tildes": characters.words_with_tilde,
    "special_character:dieresis": characters.words_with_dieresis,
    "special_character:enie": characters.words_with_enie,
    "special_character:ethel_or_cedilla": characters.ethel_or_cedilla,
    "special_character:no_accents": characters.no_accents,
    "letters:katakana_only": characters.katakana_only,
    "letters:hiragana_only": characters.hiragana_only,
    "letters:no_katakana": characters.no_katakana,
    "letters:no_hiragana": characters.no_hiragana,
    "letters:kanji": characters.kanji_count,
    "letters:kansuuji": characters.kanji_numerals,
    "letters:furigana": characters.furigana,
}

PLAIN_CHECKS: tuple[PlainCheck, ...] = (
    check_structure,
    check_lengths,
    check_words,
    check_language,
)
