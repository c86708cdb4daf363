"""Reads an answer in the evidence form; what does not keep to the form is no answer.

Strict on purpose: unknown or doubled keys, other types, unknown names, over-long texts and numbers
that are not one digit are each a `malformed` error that names the field and never repeats more than
80 characters of the answer. Nothing is repaired, guessed or filled in; only control characters in
the judge's own words (never in a quote) become spaces.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.contract import Generation
from assay_judge.reading.json_object import SHOWN_CHARS, Span, first_object, malformed
from assay_judge.reading.outline import LANGUAGE_PATTERN, SOURCE_PATTERN, SUPPORTS, Outline

_SPACES = str.maketrans(dict.fromkeys((*range(32), 127), " "))


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of the response: its words, how it stands, and what decides that."""

    quote: str
    support: str
    source: str


@dataclass(frozen=True, slots=True)
class ClaimedDefect:
    """A defect that the judge claims, with the words that are to prove it."""

    kind: str
    quote: str
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A whole answer. `digits` is empty unless scores were asked for in the same text."""

    lang: str
    claims: tuple[Claim, ...] = ()
    defects: tuple[ClaimedDefect, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    digits: Mapping[str, int] = field(default_factory=dict)
    span: Span | None = field(default=None, compare=False)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Claim(_Strict):
    q: str = Field(min_length=1)
    s: str
    src: str = Field(pattern=SOURCE_PATTERN)


class _Defect(_Strict):
    k: str
    q: str = Field(min_length=1)
    why: str = Field(min_length=1)


class _Answer(_Strict):
    lang: str = Field(pattern=LANGUAGE_PATTERN)
    claims: list[_Claim]
    defects: list[_Defect]
    notes: dict[str, str]
    scores: dict[str, int] | None = None


def parse_answer(generation: Generation, outline: Outline) -> Evidence:
    """Return the evidence that a text holds.

    Raises:
        JudgeBackendError: code `malformed`.
    """
    if generation.finish_reason != "stop":
        raise malformed("an answer that ends by itself", generation.finish_reason)
    found = first_object(generation.text)
    if "\\u" in generation.text:
        _refuse_half_characters(found.value)
    try:
        answer = _Answer.model_validate(found.value)
    except ValidationError as exc:
        raise _first_error(exc) from None  # its cause would repeat the whole answer
    _check(answer, outline)
    return Evidence(
        lang=answer.lang,
        claims=tuple(Claim(c.q, c.s, c.src) for c in answer.claims),
        defects=tuple(ClaimedDefect(d.k, d.q, _printable(d.why)) for d in answer.defects),
        notes={name: _printable(answer.notes[name]) for name in outline.names},
        digits={name: answer.scores[name] for name in outline.names} if answer.scores else {},
        span=found.span,
    )


def _printable(text: str) -> str:
    """The judge's own words with spaces for control characters."""
    return text if text.isprintable() else text.translate(_SPACES)


def _refuse_half_characters(body: object) -> None:
    """An escaped half of a surrogate pair is no text: it can be neither stored nor sent."""
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise malformed("text of whole characters", "half of a surrogate pair") from None


def _check(answer: _Answer, outline: Outline) -> None:
    """Compare with the names and bounds of the form."""
    bounds = outline.bounds
    _check_length("claims", answer.claims, bounds.num_claims)
    _check_length("defects", answer.defects, bounds.num_defects)
    for number, claim in enumerate(answer.claims):
        _check_length(f"claims.{number}.q", claim.q, bounds.quote_chars)
        _check_choice(f"claims.{number}.s", claim.s, SUPPORTS)
    for number, defect in enumerate(answer.defects):
        _check_length(f"defects.{number}.q", defect.q, bounds.quote_chars)
        _check_length(f"defects.{number}.why", defect.why, bounds.why_chars)
        _check_choice(f"defects.{number}.k", defect.k, outline.kinds)
    _check_names("notes", answer.notes, outline)
    for name, note in answer.notes.items():
        _check_length(f"notes.{name}", note, bounds.note_chars)
    if (answer.scores is not None) != outline.with_scores:
        raise malformed(f"scores {'in' if outline.with_scores else 'not in'} the answer", "none")
    for name, digit in (answer.scores or {}).items():
        if not 1 <= digit <= 5:
            raise malformed(f"a digit from 1 to 5 in scores.{name}", str(digit))
    if answer.scores is not None:
        _check_names("scores", answer.scores, outline)


def _check_length(where: str, value: Sequence[object], most: int) -> None:
    if len(value) > most:
        raise malformed(f"{where} of at most {most}", f"{len(value)}")


def _check_choice(where: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise malformed(f"{where} among {list(choices)}", value)


def _check_names(where: str, value: Mapping[str, object], outline: Outline) -> None:
    if tuple(value) != outline.names and set(value) != set(outline.names):
        raise malformed(f"{where} for {list(outline.names)}", str(list(value)))


def _first_error(error: ValidationError) -> JudgeBackendError:
    detail = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in detail["loc"]) or "the answer"
    half = SHOWN_CHARS // 2
    return malformed(f"{where:.{half}} to be right ({detail['msg']})", str(detail["input"])[:half])
