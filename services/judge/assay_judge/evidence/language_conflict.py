"""Whether a turn answers in another language than it was asked in, and nothing explains why.

A first look at function words and scripts acquits nearly every turn at little cost; a suspect is
read by the language verifier. Invariant: doubt acquits. A language named, a translation spoken of
or a passage of the answer's language before the turn explain it.
"""

from assay.verifiers.language import (
    LATIN_LANGUAGES,
    LanguageGuess,
    detect_language,
    function_word_counts,
    message_language,
    script_counts,
)
from assay.verifiers.language_names import mentions_translation, named_languages
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View
from assay_judge.evidence.turn import Turn

MIN_CONFIDENCE = 0.7  # of both guesses
MIN_LETTERS = 12  # of an answer in another script; a title or a name may be shorter
MIN_LETTERS_SAME_SCRIPT = 24
_LOOK_CHARS = 150
_MIN_WORDS = 2  # function words that suggest a language
_MAX_CONTEXT = 8_000
_MAX_PASSAGES = 40
_MIN_PASSAGE_WORDS = 6
_LAST_LATIN = "\u024f"
_PUNCTUATION = "\u2000", "\u206f"
_CODE = compile_pattern(
    r"(?m)^\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|import|from \w+ import|def|class|function"
    r"|#include|public|private|const|let|var|if|for|while|print|puts|echo)[ (]"
    r"|^\s*(?:<[?!a-zA-Z]|#!/)"
)
_TARGETS = ("target_language", "target_lang", "response_language", "language")


def language_conflict(turn: Turn) -> float:
    """How sure (0..1) it is that the turn is in the wrong language; 0 where it is not."""
    if not turn.prompt or turn.calls:
        return 0.0
    if _looks_alike(_first_look(turn.prompt), _first_look(turn.text)):
        return 0.0
    question = _question(turn.view, turn.index)
    if question is None:
        return 0.0
    before = message_language(turn.view, question)
    after = message_language(turn.view, turn.index)
    confidence = _confidence(before, after)
    if not confidence or _CODE.search(turn.text) is not None or _is_explained(turn, after):
        return 0.0
    return confidence


def _looks_alike(asked: str | None, answered: str | None) -> bool:
    """Whether a first look gives no reason for a second; unclear English is the common case."""
    if answered is None:
        return asked is None or asked == "en"
    return asked == answered


def _first_look(text: str) -> str | None:
    """A language code or a script by the first characters; None where they tell nothing."""
    head = text[:_LOOK_CHARS]
    if not head.isascii() and any(map(_is_foreign, head)):
        counts = script_counts(head)
        script = max(counts, key=lambda name: counts[name], default="latin")
        if script != "latin":
            return "kana" if "kana" in counts and script == "han" else script
    counts_of, _ = function_word_counts(head)
    second, best = sorted(counts_of)[-2:]
    return LATIN_LANGUAGES[counts_of.index(best)] if best >= _MIN_WORDS and best > second else None


def _is_foreign(character: str) -> bool:
    low, high = _PUNCTUATION
    return character > _LAST_LATIN and not low <= character <= high


def _question(view: View, index: int) -> int | None:
    return next((i for i in range(index - 1, -1, -1) if view.messages[i].role == "user"), None)


def _confidence(before: LanguageGuess, after: LanguageGuess) -> float:
    if before.code is None or before.code == after.code or before.confidence < MIN_CONFIDENCE:
        return 0.0
    same_script = after.script == before.script
    if after.letters < (MIN_LETTERS_SAME_SCRIPT if same_script else MIN_LETTERS):
        return 0.0
    if after.code is None:
        is_other_script = after.script not in ("latin", before.script)
        return before.confidence if is_other_script else 0.0
    return min(before.confidence, after.confidence) if after.confidence >= MIN_CONFIDENCE else 0.0


def _is_explained(turn: Turn, answer: LanguageGuess) -> bool:
    sample = turn.view.sample
    targets = (sample.language, *(sample.metadata.get(key) for key in _TARGETS))
    if answer.code and any(str(target).lower()[:2] == answer.code for target in targets if target):
        return True
    earlier = sample.messages[max(0, turn.index - 6) : turn.index]
    texts = [m.content[:_MAX_CONTEXT] for m in earlier if m.content and m.role != "assistant"]
    context = "\n".join(texts)
    named = named_languages(context)
    if mentions_translation(context) or (answer.code in named if answer.code else bool(named)):
        return True
    return any(_holds(text, answer) for text in texts)


def _holds(text: str, answer: LanguageGuess) -> bool:
    """Whether a passage of `text` is in the answer's language."""
    for passage in text.replace('"', "\n").replace(":", "\n").split("\n")[:_MAX_PASSAGES]:
        if passage.isascii() and passage.count(" ") < _MIN_PASSAGE_WORDS:
            continue
        guess = detect_language(passage)
        if guess.script == answer.script and guess.code == answer.code and guess.letters > 3:
            return True
    return False
