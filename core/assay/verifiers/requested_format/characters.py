"""Checks of single characters: punctuation, digits, accents, and the scripts of Japanese."""

from assay.verifiers.language import script_counts
from assay.verifiers.patterns import Pattern, compile_pattern
from assay.verifiers.requested_format.bounds import Bounds
from assay.verifiers.requested_format.clauses import quoted_words
from assay.verifiers.requested_format.counting import words_of
from assay.verifiers.requested_format.instruction import (
    SATISFIED,
    Check,
    Instruction,
    Outcome,
    count_outcome,
)

_KATAKANA = compile_pattern(r"[ァ-ヺ]")
_HIRAGANA = compile_pattern(r"[ぁ-ゖ]")
_HAN = compile_pattern(r"\p{Han}")
_BARE_HAN = compile_pattern(r"[\p{Han}々]+(?:[^\p{Han}々（(]|$)")
_ACCENTED = compile_pattern(r"[àâäéèêëîïôöùûüÿçœæáíóúñ]", ignore_case=True)
_DIGIT = compile_pattern(r"[0-9]")
_JA_SENTENCE = compile_pattern(r"[^。！？!?\n]+")
_TARGET_CHARACTERS = "çœæ"
_HAN_BOUNDS = compile_pattern(r"漢字を([0-9]+)文字以上|([0-9]+)文字以上[^。]{0,4}漢字")


def _absent(pattern: Pattern, name: str) -> Check:
    def check(answer: str, instruction: Instruction) -> Outcome | None:
        match = pattern.search(answer)
        if match is None:
            return SATISFIED
        near = answer[max(0, match.start() - 20) : match.end() + 20]
        return Outcome(f"expected no {name}, found {near!r}")

    return check


def _present(pattern: Pattern, name: str) -> Check:
    def check(answer: str, instruction: Instruction) -> Outcome | None:
        return SATISFIED if pattern.search(answer) else Outcome(f"expected {name}, found none")

    return check


def _words_with(letters: str) -> Check:
    def check(answer: str, instruction: Instruction) -> Outcome | None:
        bounds = instruction.stated_bounds("words") or instruction.stated_bounds("times")
        if bounds is None:
            return None
        number = sum(any(map(word.__contains__, letters)) for word in words_of(answer.lower()))
        return count_outcome(bounds, number, f"words with one of {letters!r}")

    return check


no_comma = _absent(compile_pattern(r"[,，、]"), "comma")
no_period = _absent(compile_pattern(r"[。．]"), "full stop")
no_digits = _absent(_DIGIT, "digit")
no_accents = _absent(_ACCENTED, "accented letter")
no_hiragana = _absent(_HIRAGANA, "hiragana")
no_katakana = _absent(_KATAKANA, "katakana")
question_marks = _present(compile_pattern(r"\?"), "a question mark")
exclamation_marks = _present(compile_pattern(r"!"), "an exclamation mark")
words_with_tilde = _words_with("áéíóú")
words_with_dieresis = _words_with("ü")
words_with_enie = _words_with("ñ")


def ethel_or_cedilla(answer: str, instruction: Instruction) -> Outcome | None:
    """`special_character:ethel_or_cedilla`: the character that the prompt forbids is absent."""
    quoted = [word for word in quoted_words(instruction.prompt) if word in _TARGET_CHARACTERS]
    words = instruction.prompt.replace(".", " ").split()
    stated = quoted or [word for word in words if len(word) == 1 and word in _TARGET_CHARACTERS]
    if not stated:
        return None
    if stated[0] not in answer.lower():
        return SATISFIED
    return Outcome(f"expected no {stated[0]!r}, found {answer.lower().count(stated[0])}")


def katakana_only(answer: str, instruction: Instruction) -> Outcome | None:
    """`letters:katakana_only`: katakana, and neither hiragana nor Han characters."""
    return _only(answer, _KATAKANA, (_HIRAGANA, _HAN), "katakana")


def hiragana_only(answer: str, instruction: Instruction) -> Outcome | None:
    """`letters:hiragana_only`: hiragana, and neither katakana nor Han characters."""
    return _only(answer, _HIRAGANA, (_KATAKANA, _HAN), "hiragana")


def kanji_count(answer: str, instruction: Instruction) -> Outcome | None:
    """`letters:kanji`: at least so many Han characters."""
    stated = _HAN_BOUNDS.search(instruction.prompt)
    if stated is None or "用いず" in instruction.prompt:
        return None
    bounds = Bounds(int(stated.group(1) or stated.group(2)), None)
    return count_outcome(bounds, script_counts(answer).get("han", 0), "Han characters")


def kanji_numerals(answer: str, instruction: Instruction) -> Outcome | None:
    """`letters:kansuuji`: no Arabic numerals, and Han numerals present."""
    if any(letter.isdigit() for letter in answer):
        return Outcome("expected Han numerals only, found other digits")
    return (
        SATISFIED
        if any(c in "一二三四五六七八九十" for c in answer)
        else Outcome("expected Han numerals, found none")
    )


def furigana(answer: str, instruction: Instruction) -> Outcome | None:
    """`letters:furigana`: every run of Han characters is followed by its reading in brackets."""
    match = _BARE_HAN.search(answer)
    if match is None and _HAN.search(answer) is not None:
        return SATISFIED
    found = "no Han characters" if match is None else repr(match.group()[:20])
    return Outcome(f"expected a reading in brackets after every Han character, found {found}")


def sentence_unified_end(answer: str, instruction: Instruction) -> Outcome | None:
    """`startend:sentence_unified_end`: every sentence ends with the same quoted word."""
    quoted = [word for word in quoted_words(instruction.prompt) if len(word) <= 4]
    if not quoted:
        return None
    sentences = [match.group().strip(" 　」』）)") for match in _JA_SENTENCE.finditer(answer)]
    wrong = [text for text in sentences if text and not text.endswith(quoted[0])]
    if sentences and not wrong:
        return SATISFIED
    return Outcome(f"expected every sentence to end with {quoted[0]!r}, found {len(wrong)} others")


def _only(answer: str, wanted: Pattern, others: tuple[Pattern, ...], name: str) -> Outcome:
    for other in others:
        match = other.search(answer)
        if match is not None:
            return Outcome(f"expected {name} only, found {answer[match.start() :][:20]!r}")
    return SATISFIED if wanted.search(answer) else Outcome(f"expected {name}, found none")
