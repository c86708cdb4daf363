r"""The options of a multiple-choice question, and which one an answer names.

An answer names an option by its letter, by its text, or by both where they agree; anything else
(two letters, a letter that is not offered, a text that two options share) names none. Letters of
other alphabets that stand for A, B, C and D in translated questions are folded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from assay.domain.errors import InvalidTaskError
from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.latex_text import plain_latex, unwrap

MAX_OPTIONS = 26
_MAX_LABEL_CHARS = 2
_BRACKETS = ("()", "[]", "（）")
_LABELLED = compile_pattern(r"([^\s:.)\]-]{1,2}) ?[:.)\]-] ?((?s:.+))")
_ALPHABETS = (
    "أبجدهو",
    "ابجدهو",
    "কখগঘঙচ",
    "অবডঢ",
    "가나다라마바",
    "ㄱㄴㄷㄹㅁㅂ",
    "アイウエオカ",
    "甲乙丙丁戊己",
)
_FOREIGN = {
    letter: chr(ord("a") + place) for letters in _ALPHABETS for place, letter in enumerate(letters)
}


class Naming(StrEnum):
    """Why an answer names no option."""

    OUTSIDE = "names no option that is offered"
    CONTRADICTION = "the text beside its letter is not that of the option"


class Choice(NamedTuple):
    """The label of the named option, or None and why."""

    label: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """Labels (lower case) by option, and the texts that name exactly one option.

    `texts` are folded, as `fold_option` does.
    """

    labels: tuple[str, ...]
    texts: Mapping[str, str]


def fold_option(text: str) -> str:
    """Return the form in which option texts are compared: no typesetting, case, last period."""
    return " ".join(unwrap(plain_latex(text).strip("*_ ")).casefold().split()).rstrip(".")


def read_options(options: Mapping[str, str]) -> Options:
    """Read options by label.

    Raises:
        InvalidTaskError: fewer than 2 or more than 26, or labels that are long or not distinct.
    """
    labels = tuple(fold_option(label) for label in options)
    if not 2 <= len(labels) <= MAX_OPTIONS or len(set(labels)) < len(labels):
        raise InvalidTaskError(f"expected 2 to {MAX_OPTIONS} options with distinct labels")
    if not all(1 <= len(label) <= _MAX_LABEL_CHARS for label in labels):
        raise InvalidTaskError("expected labels of one or two characters")
    texts: dict[str, str] = {}
    shared: set[str] = set()
    for label, text in zip(labels, map(fold_option, options.values()), strict=True):
        if text in texts or text in labels or not text:
            shared.add(text)  # two options, or a label
        texts[text] = label
    return Options(labels, {text: texts[text] for text in texts if text not in shared})


def read_choice(answer: str, options: Options) -> Choice:
    """Find the one option that `answer` names."""
    text = fold_option(answer)
    label = _as_label(text, options)
    if label is not None:
        return Choice(label)
    if (named := options.texts.get(text)) is not None:
        return Choice(named)
    match = _LABELLED.fullmatch(text[1:] if text[:1] in "([" else text)
    label = _as_label(match.group(1), options) if match else None
    if match is None or label is None:
        return Choice(None, Naming.OUTSIDE.value)
    if options.texts.get(match.group(2).strip()) != label:
        return Choice(None, Naming.CONTRADICTION.value)
    return Choice(label)


def _as_label(text: str, options: Options) -> str | None:
    """The label that `text` is, alone or as in `(B)`, `[B]`, `B)` and `B:`."""
    if len(text) > 2 and text[0] + text[-1] in _BRACKETS:
        text = text[1:-1].strip()
    elif len(text) > 1 and text[-1] in "):.":
        text = text[:-1].strip()
    if text in options.labels:
        return text
    folded = _FOREIGN.get(text)
    return folded if folded in options.labels else None
