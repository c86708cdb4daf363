"""Constraints on an answer of several parts, and on answers that repeat a given text.

Two responses are two: each has a word of its own, and they differ in more than case and marks.
After a repeated request comes an answer.
"""

from typing import Annotated

from pydantic import Field

from assay_rl_rewards.constraints.constraint import Constraint, Kwargs, NoKwargs, Phrase, Word
from assay_rl_rewards.constraints.substance import has_word, split_words

_DIVIDER = "******"


class RepeatedPrompt(Kwargs):
    """`prompt_to_repeat`: word for word, whatever the case."""

    prompt_to_repeat: Phrase


class RepeatedPromptTimes(Kwargs):
    """`prompt_to_repeat`, `N` times."""

    prompt_to_repeat: Phrase
    N: Annotated[int, Field(ge=2, le=100)]


class RepeatedPhrase(Kwargs):
    """`phrase`, `small_n` times, with one word in its middle replaced each time."""

    phrase: Word
    small_n: Annotated[int, Field(ge=1, le=100)]


def _is_two_responses(text: str, kwargs: NoKwargs) -> bool:
    parts = text.split(_DIVIDER)
    if any(not has_word(part) for part in parts[1:-1]):
        return False
    responses = [part for part in parts if has_word(part)]
    return len(responses) == 2 and split_words(responses[0]) != split_words(responses[1])


def _repeats_then_answers(text: str, kwargs: RepeatedPrompt) -> bool:
    body, prompt = text.strip().lower(), kwargs.prompt_to_repeat.lower()
    return body.startswith(prompt) and any(map(str.isalnum, body[len(prompt) :]))


def _is_copy(text: str, kwargs: RepeatedPrompt) -> bool:
    return text.strip().lower() == kwargs.prompt_to_repeat.lower()


def _is_copies(text: str, kwargs: RepeatedPromptTimes) -> bool:
    parts = [part.strip().lower() for part in text.split(_DIVIDER)]
    return parts == [kwargs.prompt_to_repeat.lower()] * kwargs.N


def _repeats_phrase(text: str, kwargs: RepeatedPhrase) -> bool:
    """So many runs of words of the phrase's length differ from it in one inner word, and alike."""
    asked, words = split_words(kwargs.phrase), split_words(text)
    if len(asked) < 3:
        return False
    found: list[str] = []
    place = 0
    while place + len(asked) <= len(words):
        run = words[place : place + len(asked)]
        changed = [new for new, old in zip(run, asked, strict=True) if new != old]
        is_found = len(changed) <= 1 and (run[0], run[-1]) == (asked[0], asked[-1])
        if is_found:
            found.append(changed[0] if changed else "")
        place += len(asked) if is_found else 1
    return len(found) == kwargs.small_n == len(set(found)) and "" not in found


def without_repeat(text: str, kwargs: Kwargs) -> str:
    """Return `text` without the request at its beginning that `kwargs` ask to repeat."""
    if not isinstance(kwargs, RepeatedPrompt):
        return text
    body, prompt = text.strip(), kwargs.prompt_to_repeat
    return body[len(prompt) :] if body[: len(prompt)].lower() == prompt.lower() else text


TWO_RESPONSES = Constraint(NoKwargs, _is_two_responses, lambda kwargs: "a******b", is_given=True)
REPEAT_PROMPT = Constraint(
    RepeatedPrompt, _repeats_then_answers, lambda kwargs: kwargs.prompt_to_repeat
)
COPY = Constraint(RepeatedPrompt, _is_copy, is_given=True)
COPIES = Constraint(
    RepeatedPromptTimes,
    _is_copies,
    lambda kwargs: kwargs.prompt_to_repeat,
    is_given=True,
)
REPEAT_PHRASE = Constraint(
    RepeatedPhrase, _repeats_phrase, lambda kwargs: f"{kwargs.phrase} " * kwargs.small_n
)
