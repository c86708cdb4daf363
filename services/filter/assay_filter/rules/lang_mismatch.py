"""An answer must be in the language of the last user turn, unless the conversation asks otherwise.

The idea: a German question answered in English teaches a model to switch. The invariant: doubt
acquits. A turn too short, mixed or technical to tell, a language named or a translation spoken of
in any turn before, and a passage of the answer's language in the question all end the check.
"""

from collections.abc import Iterator

from pydantic import Field

from assay.domain.action import Action, Drop, Flag
from assay.verifiers.language import (
    LATIN_LANGUAGES,
    LanguageGuess,
    detect_language,
    function_word_counts,
    message_language,
    script_counts,
    statistical_guess,
)
from assay.verifiers.language_names import mentions_translation, named_languages
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_TARGET_KEYS = ("target_language", "target_lang", "tgt_lang", "response_language", "language")
_SEGMENT = compile_pattern(r"[^\n\"“”„«»「」『』:：()（）]{8,400}")
_LATIN_RUN = compile_pattern(r"[A-Za-z][A-Za-z' ,.?!-]{14,}")
_WORD = compile_pattern(r"\pL+")
_WITH_LISTS = frozenset(LATIN_LANGUAGES) - {"en"}
_MIN_LIST_WORDS = 6
_MAX_LIST = 400
_MIN_SEGMENT_SPACES = 5
_MAX_SEGMENTS = 60
_MAX_CONTEXT = 20_000
_CODE_START = compile_pattern(
    r"(?m)^\s*(?:SELECT |INSERT |UPDATE |DELETE |CREATE |import |from \w+ import |def |class "
    r"|function |#include|public |private |const |let |var |<\?|<html|<!DOCTYPE|#!/|print ?\("
    r"|puts |echo )"
)


class LangMismatchSettings(RuleSettings):
    """When a difference of language counts, and when it drops."""

    min_confidence: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="confidence of both guesses from which a turn is flagged",
    )
    drop_confidence: float = Field(
        default=0.9, ge=0, le=1, description="confidence of both guesses from which a turn may drop"
    )
    drop_letters: int = Field(
        default=100, ge=1, description="letters of answer from which a clear mismatch drops"
    )
    drop_letters_other_script: int = Field(
        default=20, ge=1, description="the same where question and answer share no script"
    )


class LangMismatch(Rule[LangMismatchSettings]):
    """Compares each answer's language with the language of the question before it."""

    id = "lang.mismatch"
    summary = (
        "An answer in another language than the last user turn, unasked: drops when certain on a"
        " long answer or another script, else flags."
    )
    settings_type = LangMismatchSettings

    def check(self, view: View) -> Iterator[Action]:
        for index in view.assistant_turns:
            user = _user_turn_before(view, index)
            if user is None or not view.text(index):
                continue
            question = message_language(view, user)
            answer = _answer_language(view, index, question)
            if not self._differ(answer, question) or _is_allowed(view, index, answer):
                continue
            question = self._confirmed(question, view.prose(user))
            answer = self._confirmed(answer, view.prose(index))
            yield self._action(index, answer, question)

    def _differ(self, answer: LanguageGuess, question: LanguageGuess) -> bool:
        floor = self.settings.min_confidence
        if question.code is None or question.confidence < floor or question.code == answer.code:
            return False
        if answer.code is None:
            return answer.script not in ("latin", question.script) and answer.letters >= 20
        return answer.confidence >= floor

    def _confirmed(self, guess: LanguageGuess, text: str) -> LanguageGuess:
        """A guess from few words made certain where the statistical model says the same."""
        is_certain = guess.confidence >= self.settings.drop_confidence
        if is_certain or guess.script != "latin" or len(script_counts(text)) > 1:
            return guess
        second = statistical_guess(text)
        is_same = second.code == guess.code and second.confidence >= 0.95
        return guess._replace(confidence=second.confidence) if is_same else guess

    def _action(self, index: int, answer: LanguageGuess, question: LanguageGuess) -> Action:
        reason = (
            f"expected an answer in {question.code!r}, the language of the last user turn; found "
            f"{answer.code or answer.script!r} in message {index}"
        )
        settings = self.settings
        is_other_script = answer.script != question.script
        needed = settings.drop_letters_other_script if is_other_script else settings.drop_letters
        confidence = min(question.confidence, answer.confidence if answer.code else 1.0)
        if answer.letters >= needed and confidence >= settings.drop_confidence:
            return Drop(reason, value=confidence, threshold=settings.drop_confidence)
        return Flag(reason, caps=True, value=confidence, threshold=settings.min_confidence)


def _answer_language(view: View, index: int, question: LanguageGuess) -> LanguageGuess:
    """The answer's language; a bare list of words is guessed."""
    guess = message_language(view, index)
    if guess.code or guess.letters < 30 or question.code not in _WITH_LISTS:
        return guess
    text = view.prose(index)[:_MAX_LIST]
    words = [match.group() for match in _WORD.finditer(text)]
    num_lower = sum(word.islower() for word in words)
    counts, _ = function_word_counts(text)
    is_list = len(words) >= _MIN_LIST_WORDS and 2 * num_lower >= len(words)
    if not is_list or counts[LATIN_LANGUAGES.index(question.code)]:
        return guess
    statistical = statistical_guess(text)
    return statistical if statistical.confidence >= 0.99 else guess


def _user_turn_before(view: View, index: int) -> int | None:
    for i in range(index - 1, -1, -1):
        if view.messages[i].role == "user":
            return i
    return None


def _is_allowed(view: View, index: int, answer: LanguageGuess) -> bool:
    """Whether anything before the answer explains its language. Runs on suspects alone."""
    sample = view.sample
    if answer.code is not None:
        targets = [sample.language, *(sample.metadata.get(key) for key in _TARGET_KEYS)]
        if any(str(target).lower()[:2] == answer.code for target in targets if target):
            return True
    if _CODE_START.search(view.text(index)) is not None:
        return True
    asked = [m.content for m in view.messages[:index] if m.role != "assistant" and m.content]
    context = "\n".join(text[:_MAX_CONTEXT] for text in asked)
    if mentions_translation(context) or _names(context, answer):
        return True
    return any(_holds_language(text[:_MAX_CONTEXT], answer) for text in asked)


def _names(context: str, answer: LanguageGuess) -> bool:
    named = named_languages(context)
    return bool(named) if answer.code is None else answer.code in named


def _holds_language(text: str, answer: LanguageGuess) -> bool:
    """Whether a passage of `text` (a quotation, a paragraph) is in the answer's language."""
    if answer.script == "latin" and not text.isascii():
        runs = [match.group() for match in _LATIN_RUN.finditer(text)]
        if any(run.count(" ") >= 2 and detect_language(run).code == answer.code for run in runs):
            return True
    for number, match in enumerate(_SEGMENT.finditer(text)):
        if number >= _MAX_SEGMENTS:
            return False
        if match.group().count(" ") < _MIN_SEGMENT_SPACES and match.group().isascii():
            continue  # a title or a name is not a passage
        guess = detect_language(match.group())
        if guess.code == answer.code and guess.script == answer.script and guess.confidence >= 0.7:
            return True
    return False
