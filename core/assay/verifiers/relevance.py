"""How far an answer stays with its conversation: shared content words.

Two shares are measured, and the larger counts: of the content words of the user's turn, those that
the answer takes up; and of the answer's own, those that any turn before it or a document holds
(follow-up questions, and long prompts answered in part). Function words are left out, inflection is
trimmed to a stem of six letters, Chinese and Japanese are taken in character pairs. A low share
alone proves nothing: so the value is None where there is too little to compare.
"""

from assay.verifiers.dangling_words import DANGLING, STRANDED
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View

_STEM_CHARS = 6
_MIN_PROMPT_WORDS = 3
_MIN_ANSWER_WORDS = 8
_MAX_CHARS = 20_000
_WORD = compile_pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}]+|[\pL\pN\p{Hangul}]{3,}")
_QUESTION_WORDS = (
    "what who how why did does has have give tell please write make list name explain describe"
    " your you was wer wie warum bitte nenne qué quién cómo quoi qui comment pourquoi cosa chi"
    " come quem wat wie hoe waarom jak proč ما كيف لماذا"
)
_FUNCTION_WORDS = (
    frozenset().union(*DANGLING.values()) | STRANDED | frozenset(_QUESTION_WORDS.split())
)


def topical_overlap(view: View, index: int) -> float | None:
    """Share (0..1) of content words that assistant turn `index` has in common with its context."""
    answer = content_words(view.text(index))
    asked = content_words(view.user_text_before(index))
    if len(asked) < _MIN_PROMPT_WORDS or len(answer) < _MIN_ANSWER_WORDS:
        return None
    given = asked.union(
        *(content_words(message.content or "") for message in view.messages[:index]),
        *(content_words(document.text) for document in view.sample.documents),
    )
    return max(len(asked & answer) / len(asked), len(given & answer) / len(answer))


def content_words(text: str) -> set[str]:
    """Stems of the content words of `text`; character pairs for Chinese and Japanese."""
    words: set[str] = set()
    for match in _WORD.finditer(text[:_MAX_CHARS].lower()):
        word = match.group()
        if "\u3040" <= word[0] <= "\u9fff":
            words.update(word[at : at + 2] for at in range(max(1, len(word) - 1)))
        elif word not in _FUNCTION_WORDS:
            words.add(word[:_STEM_CHARS])
    return words
