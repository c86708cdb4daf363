"""Whether a response is in the language that its task wants.

The invariant: doubt acquits, as in curation. A response too short or too technical to tell, a task
without a language, and a language outside the twelve that are known score 1; only a clear other
language scores 0. A gate on this closes the way out of answering everything in English.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.verifiers.language import LANGUAGES, detect_language
from assay_rl_rewards.verifier import Decoy, Grade, Task

MIN_CONFIDENCE = 0.9
MIN_LETTERS = 20
_ASIAN_LETTERS = 6  # a letter of Han, kana or Hangul says as much as three of Latin
_ASIAN = frozenset(("ja", "ko", "zh"))


@dataclass(frozen=True, slots=True)
class WantedLanguage:
    """The language wanted, None where nothing can be said."""

    code: str | None


class LanguageMatch:
    """Compares a response's language with the task's; `language` of a route's gates."""

    id: ClassVar[str] = "language"
    version: ClassVar[int] = 1

    def read_task(self, task: Task) -> WantedLanguage:
        """Return the language that the task names; regional forms (`pt-BR`) count as the language.

        Any task can be read.
        """
        return WantedLanguage(_known(task.language))

    def grade(self, task: WantedLanguage, text: str) -> Grade:
        if task.code is None:
            return Grade(1.0, "no language is asked for, or one that cannot be told")
        is_match = is_in_language(task.code, text)
        if is_match is None:
            return Grade(1.0, "the response's language cannot be told")
        if is_match:
            return Grade(1.0, "the response is in the language asked for")
        return Grade(0.0, "the response is in another language than the one asked for")

    def render_gold(self, task: WantedLanguage) -> str | None:
        """Return None: many responses are in one language."""
        return None

    def list_decoys(self, task: WantedLanguage) -> Sequence[Decoy]:
        """Return a response in a language that is not asked for, where one is asked for."""
        if task.code is None:
            return ()
        other = _GERMAN if task.code != "de" else _ENGLISH
        return (Decoy("other_language", other),)


def is_in_language(tag: str | None, text: str) -> bool | None:
    """Tell whether `text` is in a language (ISO 639-1, with or without a region).

    None where nothing can be said: no language, one that is not known, a text too short or in
    doubt.
    """
    wanted = _known(tag)
    if wanted is None:
        return None
    guess = detect_language(text)
    least = _ASIAN_LETTERS if guess.code in _ASIAN else MIN_LETTERS
    if guess.code is None or guess.confidence < MIN_CONFIDENCE or guess.letters < least:
        return None
    return guess.code == wanted


def _known(tag: str | None) -> str | None:
    code = (tag or "").strip().lower().replace("_", "-").partition("-")[0]
    return code if code in LANGUAGES else None


_GERMAN = "Das ist eine Antwort, die nicht in der Sprache steht, nach der gefragt worden ist."
_ENGLISH = "This is an answer that is not written in the language that the question asked for."
