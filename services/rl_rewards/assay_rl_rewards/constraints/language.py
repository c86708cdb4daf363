"""The constraint that an answer is in one language, and no other.

The languages that can be told are those of `assay.verifiers.language` and those that have a script
of their own; a task that asks for another one is refused when it is read, since its answers could
only be guessed at. A text of which the language cannot be told is not in it.
"""

from typing import Annotated

from pydantic import AfterValidator

from assay.verifiers.language import LANGUAGES, LATIN_LANGUAGES, detect_language, statistical_guess
from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.constraints.constraint import Constraint, Kwargs

_OWN_SCRIPTS = {
    "bn": "Bengali",
    "el": "Greek",
    "gu": "Gujarati",
    "he": "Hebrew",
    "ka": "Georgian",
    "km": "Khmer",
    "kn": "Kannada",
    "lo": "Lao",
    "ml": "Malayalam",
    "pa": "Gurmukhi",
    "si": "Sinhala",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
}
_PATTERNS = {code: compile_pattern(rf"\p{{{name}}}+") for code, name in _OWN_SCRIPTS.items()}
_LETTERS = compile_pattern(r"\pL+")
_MIN_CONFIDENCE = 0.7
_MIN_LETTERS = 8
_MIN_SCRIPT_SHARE = 0.8
_MIN_MODEL_CONFIDENCE = 0.9  # of lingua, where function words do not tell
TOLD_LANGUAGES = frozenset((*LANGUAGES, *_OWN_SCRIPTS))


def _told(code: str) -> str:
    if code not in TOLD_LANGUAGES:
        raise ValueError(f"expected one of {sorted(TOLD_LANGUAGES)}, found {code!r}")
    return code


class Language(Kwargs):
    """`language`: ISO 639-1 code."""

    language: Annotated[str, AfterValidator(_told)]


def is_in_language(text: str, code: str) -> bool:
    """Whether `text` is in the language `code`, for certain."""
    pattern = _PATTERNS.get(code)
    if pattern is not None:
        own = sum(len(match.group()) for match in pattern.finditer(text))
        letters = sum(len(match.group()) for match in _LETTERS.finditer(text))
        return own >= _MIN_LETTERS and own >= _MIN_SCRIPT_SHARE * letters
    guess = detect_language(text)
    if guess.code is not None:
        return guess.code == code and guess.confidence >= _MIN_CONFIDENCE
    if code not in LATIN_LANGUAGES or guess.letters < _MIN_LETTERS or guess.script != "latin":
        return False
    model = statistical_guess(text)
    return model.code == code and model.confidence >= _MIN_MODEL_CONFIDENCE


def _is_in(text: str, kwargs: Language) -> bool:
    return is_in_language(text, kwargs.language)


RESPONSE_LANGUAGE = Constraint(Language, _is_in, lambda kwargs: "12345 67890 \U0001f600")
