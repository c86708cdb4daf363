"""From the body of a request for a run to an order that can be carried out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from assay.datasets.canonical import record_bytes
from assay.datasets.json_text import JsonTextError, parse_json
from assay.datasets.writing import JsonlWriter
from assay.domain.errors import ConfigError, InputError
from assay.domain.sample import JsonObject
from assay.web.problems import (
    MALFORMED_BODY,
    FieldError,
    Problem,
    ProblemError,
    fields_of,
    invalid,
    shown,
)
from assay_filter.runs.evaluation import make_evaluation
from assay_filter.runs.request import Evaluation, SourceFile
from assay_filter.semantic.settings import SemanticSettings
from assay_filter.service.files import find_file
from assay_filter.service.parts import Parts
from assay_filter.service.problems import INVALID_CONFIGURATION, told
from assay_filter.service.runs import (
    Choice,
    Order,
    choose_pipeline,
    choose_rubric,
    plan,
    with_sources,
)
from assay_filter.service.schemas import MAX_METADATA_KEYS, RunRequestBody, SemanticBody

M = TypeVar("M", bound=BaseModel)

INLINE_NAME = "input.jsonl"  # what addresses of samples within a request begin with
MAX_INPUTS = 100
MAX_METADATA_CHARS = (64, 512)  # of a key, of a value


class RunEnvelope(RunRequestBody):
    """The members of a request for a run; input, pipeline and rubric are checked elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Any
    pipeline: Any = None
    rubric: Any = None


def parse_body(body: bytes) -> JsonObject:
    """Return the JSON object of a body.

    Raises:
        ProblemError: 400 for what is no JSON, 422 for what is no object.
    """
    try:
        value = parse_json(body)
    except JsonTextError as exc:
        said = exc.reason.removeprefix("expected one JSON object a line, ")
        detail = f"expected one JSON object, {said}"
        raise ProblemError(Problem(MALFORMED_BODY, detail, extra={"rule": exc.rule})) from None
    if not isinstance(value, dict):
        raise ProblemError(invalid([FieldError("", "an object", shown(value))]))
    return value


def read_envelope(model: type[M], body: bytes) -> M:
    """Return the members of a request.

    Raises:
        ProblemError: 400 for what is no JSON, 422 for what does not fit.
    """
    try:
        return model.model_validate(parse_body(body))
    except ValidationError as exc:
        wrong = fields_of(exc.errors(include_url=False, include_context=False))
        raise ProblemError(invalid(wrong)) from None


@contextmanager
def order_of(parts: Parts, body: bytes, *, caller: str, check_judge: bool) -> Iterator[Order]:
    """Give the order that a request for a run means; its own samples stand in the store.

    They are removed where the context ends in an error: no run was made.

    Raises:
        ProblemError: 400, 404, 422 or 503, as the request is wrong or the judge not there.
    """
    asked = read_envelope(RunEnvelope, body)
    metadata = checked_metadata(asked.metadata)
    choice = _choice(parts, asked)
    inputs = _inputs(asked.input, parts.settings.max_inline_samples)
    if isinstance(inputs, _Samples):
        record, request = plan(parts, choice, check_judge=check_judge)
        path = parts.store.input_path(record.id)
        try:
            write_samples(path, inputs.rows)
            source = SourceFile(name=INLINE_NAME, path=str(path.absolute()), format="jsonl")
            record, request = with_sources(record, request, [source])
            yield Order(choice, record, request, (), metadata, caller)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return
    sources = [_source(parts, file_id) for file_id in inputs]
    record, request = plan(parts, choice, check_judge=check_judge)
    record, request = with_sources(record, request, sources)
    yield Order(choice, record, request, inputs, metadata, caller)


def checked_metadata(metadata: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return a caller's metadata.

    Raises:
        ProblemError: 422, there is too much of it.
    """
    metadata = metadata or {}
    max_key, max_value = MAX_METADATA_CHARS
    is_small = all(len(k) <= max_key and len(v) <= max_value for k, v in metadata.items())
    if len(metadata) > MAX_METADATA_KEYS or not is_small:
        expected = (
            f"at most {MAX_METADATA_KEYS} pairs, keys of {max_key} and values of {max_value} "
            "characters"
        )
        raise ProblemError(invalid([FieldError("/metadata", expected, f"{len(metadata)} pairs")]))
    return metadata


def write_samples(path: Path, rows: Sequence[JsonObject]) -> None:
    """Write samples as they came, one a line; the file appears whole."""
    with JsonlWriter(path) as writer:
        for row in rows:
            writer.write(record_bytes(row))


class _Samples:
    """Samples that stand in the request itself."""

    def __init__(self, rows: Sequence[JsonObject]) -> None:
        self.rows = rows


def _choice(parts: Parts, asked: RunEnvelope) -> Choice:
    for pointer, given in (("/pipeline", asked.pipeline), ("/rubric", asked.rubric)):
        if given is not None and not isinstance(given, str | dict):
            raise ProblemError(invalid([FieldError(pointer, "a name or an object", shown(given))]))
    pipeline, pipeline_name = choose_pipeline(parts, asked.pipeline)
    rubric, rubric_name = choose_rubric(parts, asked.rubric)
    return Choice(
        pipeline=pipeline,
        pipeline_name=pipeline_name,
        rubric=rubric,
        rubric_name=rubric_name,
        judge=asked.judge or parts.settings.default_judge,
        seed=asked.seed,
        output_format=asked.format or parts.settings.output_format,
        index=asked.index,
        against=tuple(asked.against),
        evaluation=_evaluation(parts, asked.evaluation),
        semantic=_semantic(parts, asked.semantic),
    )


def _semantic(parts: Parts, asked: SemanticBody | None) -> SemanticSettings | None:
    """Return the semantic tier as the service's own settings have it.

    Raises:
        ProblemError: 422, this service names no embedding server.
    """
    if asked is None:
        return None
    try:
        return parts.embedding.semantic(asked.threshold)
    except ConfigError as exc:
        raise told(INVALID_CONFIGURATION, exc) from None


def _evaluation(parts: Parts, file_ids: Sequence[str]) -> Evaluation | None:
    """Build the index of uploaded evaluation sets, or find it: it stands under its digest.

    Raises:
        ProblemError: 404, there is no such file; 422, it holds no items.
    """
    if not file_ids:
        return None
    sources = [_source(parts, file_id).to_source() for file_id in file_ids]
    try:
        return make_evaluation(sources, parts.store.evaluations)
    except InputError as exc:
        raise told(INVALID_CONFIGURATION, exc) from None


def _inputs(given: Any, max_samples: int) -> Sequence[str] | _Samples:
    """Tell ids of files from samples.

    Raises:
        ProblemError: 422, it is neither, or too much, or nothing.
    """
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list) or not given:
        raise _wrong_input("the id of a file, a list of ids, or a list of samples", shown(given))
    if all(isinstance(entry, str) for entry in given):
        if len(set(given)) != len(given):
            raise _wrong_input("each file once", "one twice")
        if len(given) > MAX_INPUTS:
            raise _wrong_input(f"at most {MAX_INPUTS} files", str(len(given)))
        return given
    for at, entry in enumerate(given):
        if not isinstance(entry, dict):
            expected = "a sample (an object), as the others"
            raise ProblemError(invalid([FieldError(f"/input/{at}", expected, shown(entry))]))
    if len(given) > max_samples:
        raise _wrong_input(f"at most {max_samples} samples; upload a file", str(len(given)))
    return _Samples(given)


def _source(parts: Parts, file_id: str) -> SourceFile:
    found = find_file(parts.engine, file_id)
    path = parts.store.file_path(found.id, found.format)
    return SourceFile(name=found.filename, path=str(path.absolute()), format=found.format)


def _wrong_input(expected: str, found: str) -> ProblemError:
    return ProblemError(invalid([FieldError("/input", expected, found)]))
