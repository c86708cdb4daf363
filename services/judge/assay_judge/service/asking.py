"""From a request's bytes to what is asked: samples in typed form, a mode, a rubric.

The envelope is checked first, then each sample by the gate that all of Assay uses, so a sample that
is good for a file is good here. A wrong sample in a batch is wrong alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assay.datasets.adapters import BadLine, adapt_row
from assay.datasets.canonical import canonical_bytes, to_sample
from assay.datasets.json_text import JsonTextError, parse_json
from assay.domain.errors import InputError
from assay.domain.sample import JsonObject, JsonValue, Sample
from assay.web.problems import (
    MALFORMED_BODY,
    FieldError,
    Problem,
    ProblemError,
    fields_of,
    invalid,
    shown,
)
from assay_judge.engine.settings import Mode
from assay_judge.service.problems import SAMPLE_TOO_LARGE
from assay_judge.service.rubrics import NamedRubric


class ScoreEnvelope(BaseModel):
    """The members of a request for one sample; the sample itself is checked elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sample: Any
    mode: str | None = None
    rubric: str | None = None


class BatchEnvelope(BaseModel):
    """The members of a request for many samples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    samples: list[Any] = Field(min_length=1)
    mode: str | None = None
    rubric: str | None = None


class Choice(NamedTuple):
    """The mode (None for a judge without modes) and the rubric of a request."""

    mode: Mode | None
    rubric: NamedRubric


@dataclass(frozen=True, slots=True)
class Options:
    """What a request may choose from, and what holds when it does not."""

    modes: tuple[Mode, ...]
    default_mode: Mode
    rubrics: Mapping[str, NamedRubric]
    default_rubric: str

    def choose(self, mode: str | None, rubric: str | None) -> Choice:
        """Return what a request chose.

        Raises:
            ProblemError: there is no such mode or rubric.
        """
        errors = []
        if mode is not None and mode not in self.modes:
            known = ", ".join(self.modes) or "no mode, for this judge has none"
            errors.append(
                FieldError("/mode", f"one of {known}" if self.modes else known, shown(mode))
            )
        named = self.rubrics.get(self.default_rubric if rubric is None else rubric)
        if named is None:
            expected = f"one of {', '.join(self.rubrics)}"
            errors.append(FieldError("/rubric", expected, shown(rubric)))
        if errors or named is None:
            raise ProblemError(invalid(errors))
        if not self.modes:
            return Choice(None, named)
        return Choice(Mode(mode) if mode is not None else self.default_mode, named)


class Addressed(NamedTuple):
    """A sample and the bytes that its address is made of."""

    sample: Sample
    content: bytes


_SCORE = TypeAdapter(ScoreEnvelope)
_BATCH = TypeAdapter(BatchEnvelope)


def read_score(body: bytes) -> ScoreEnvelope:
    """Return the envelope of a request for one sample.

    Raises:
        ProblemError: 400 for what is no JSON, 422 for what does not fit.
    """
    try:
        return _SCORE.validate_python(_parse(body))
    except ValidationError as exc:
        raise _misfit(exc) from None


def read_batch(body: bytes, *, max_batch: int) -> BatchEnvelope:
    """Return the envelope of a request for many samples.

    Raises:
        ProblemError: 400 for what is no JSON, 422 for what does not fit or is too much.
    """
    try:
        envelope = _BATCH.validate_python(_parse(body))
    except ValidationError as exc:
        raise _misfit(exc) from None
    if len(envelope.samples) > max_batch:
        wrong = FieldError("/samples", f"at most {max_batch} samples", str(len(envelope.samples)))
        raise ProblemError(invalid([wrong]))
    return envelope


def read_sample(row: JsonValue, pointer: str, *, max_bytes: int) -> Addressed:
    """Return one sample of a request.

    Args:
        row: the sample as parsed.
        pointer: where it stands in the body.
        max_bytes: the most that its canonical JSON may take.

    Raises:
        ProblemError: 422 where it is no sound sample, or has nothing to grade; 413 if too large.
    """
    if not isinstance(row, dict):
        raise _unsound(pointer, "an object", shown(row))
    adapted = adapt_row(row)
    if isinstance(adapted, BadLine):
        raise _unsound(pointer, *_halves(adapted.reason))
    content = _content(adapted.payload, pointer)
    if len(content) > max_bytes:
        detail = (
            f"{pointer}: expected at most {max_bytes} bytes, found {len(content)}; cut the data"
        )
        raise ProblemError(Problem(SAMPLE_TOO_LARGE, detail))
    try:
        sample = to_sample(
            adapted.payload,
            id=adapted.id,
            type=adapted.type,
            language=adapted.language,
            metadata=adapted.metadata,
            source=adapted.source,
        )
    except InputError as exc:
        below, _, said = str(exc).partition(": ")
        raise _unsound(pointer + below, *_halves(said)) from None
    if not sample.assistant_turns:
        raise _unsound(f"{pointer}/messages", "an assistant message to grade", "none")
    return Addressed(sample, content)


def _parse(body: bytes) -> JsonObject:
    try:
        value = parse_json(body)
    except JsonTextError as exc:
        expected, found = _halves(exc.reason)
        detail = f"expected {expected}, found {found}; send one JSON object"
        raise ProblemError(Problem(MALFORMED_BODY, detail, extra={"rule": exc.rule})) from None
    if not isinstance(value, dict):
        raise ProblemError(invalid([FieldError("", "an object", shown(value))]))
    return value


def _content(payload: JsonObject, pointer: str) -> bytes:
    try:
        return canonical_bytes(payload)
    except InputError as exc:
        raise _unsound(pointer, *_halves(str(exc))) from None


def _misfit(error: ValidationError) -> ProblemError:
    return ProblemError(invalid(fields_of(error.errors(include_url=False))))


def _unsound(pointer: str, expected: str, found: str) -> ProblemError:
    return ProblemError(invalid([FieldError(pointer, expected, found)]))


def _halves(sentence: str) -> tuple[str, str]:
    """Split "expected X, found Y; do Z" into X and Y; all of Assay's messages have this form."""
    expected, _, rest = sentence.removeprefix("expected ").partition(", found ")
    return expected, rest.partition("; ")[0] or "something else"
