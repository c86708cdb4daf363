"""How far a turn stays with its conversation: the content words that it shares with it.

Two shares are taken and the larger counts: of the question's words, those that the answer takes up;
of the answer's own, those that the last turns before it or the documents hold. A quick comparison
of long words settles most turns. Invariant: None where the turn is plainly on topic or where there
is too little to compare; a low share is evidence only together with a long conversation.
"""

from itertools import pairwise

from assay.verifiers.folded_words import fold_words, is_content
from assay.verifiers.view import View
from assay_judge.evidence.turn import Turn

_MIN_QUESTION_WORDS = 3
_MIN_ANSWER_WORDS = 8
_CONTEXT_TURNS = 12
_MIN_CHARS = 24  # a shorter answer cannot share enough to tell
_LOOK_CHARS = 500
_MAX_CHARS = 2_000
_STEM = 6


def topical_share(turn: Turn) -> float | None:
    """Share (0..1) of content words in common; None when there is no reason to doubt the topic."""
    if turn.calls or len(turn.text) < _MIN_CHARS or not turn.prompt or _shares_words(turn):
        return None
    view, index = turn.view, turn.index
    answer = _content(view, index)
    question = next((i for i in range(index - 1, -1, -1) if view.messages[i].role == "user"), index)
    asked = _content(view, question)
    if len(asked) < _MIN_QUESTION_WORDS or len(answer) < _MIN_ANSWER_WORDS:
        return None
    given = set(asked)
    for i in range(max(0, index - _CONTEXT_TURNS), index):
        given |= _content(view, i)
    given |= view.cached("evidence.document_words", lambda: _document_words(view))
    return max(len(asked & answer) / len(asked), len(given & answer) / len(answer))


def _shares_words(turn: Turn) -> bool:
    """Whether a look for the question's long words, or pairs of characters, shows the topic."""
    prompt, text = turn.prompt[:_LOOK_CHARS], turn.text[:_LOOK_CHARS].lower()
    asked = {word[:_STEM] for word in prompt.lower().split() if len(word) > 4}
    if len(asked) < _MIN_QUESTION_WORDS and not prompt.isascii():
        asked = {first + last for first, last in pairwise(prompt) if min(first, last) > "\u2e80"}
    elif turn.index < 2 and any(map(text.__contains__, asked)):
        return True
    num_shared = sum(map(text.__contains__, asked))
    return num_shared >= 2 and (4 * num_shared >= len(asked) or num_shared >= 4)


def _content(view: View, index: int) -> frozenset[str]:
    text = view.text(index)[:_MAX_CHARS]
    return view.cached(
        ("evidence.content", index), lambda: frozenset(filter(is_content, fold_words(text)))
    )


def _document_words(view: View) -> frozenset[str]:
    texts = (document.text[: 4 * _MAX_CHARS] for document in view.sample.documents)
    return frozenset(word for text in texts for word in fold_words(text) if is_content(word))
