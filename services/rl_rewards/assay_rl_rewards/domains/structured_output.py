"""Answers that are data: a document after a schema with the right values, or tool calls.

The idea: three steps, each a part of its own: the text is one value of its format (`parse`), the
value is valid (`valid`), it says what it should (`values`); the score is 1 when all three are full.
The invariant: the text is taken from one place, nothing is repaired, no schema reaches outside
itself, and a task that checks form alone is refused unless it says so, for `{}` would win it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic import JsonValue as AnyJson

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.data_formats import READERS
from assay_rl_rewards.answers.expected_calls import (
    ExpectedCall,
    count_matches,
    read_calls,
    render_calls,
)
from assay_rl_rewards.answers.extraction import list_fenced
from assay_rl_rewards.answers.json_schema import SchemaValidator, compile_schema
from assay_rl_rewards.answers.json_values import is_equal
from assay_rl_rewards.answers.strict_json import (
    MAX_DEPTH,
    StrictValueError,
    check_size,
    depth_of,
    read_json,
)
from assay_rl_rewards.answers.text_alone import is_text_alone, wants_other_types
from assay_rl_rewards.answers.value_checks import Assertion, ValueChecks
from assay_rl_rewards.verifier import Decoy, Grade, Task

Format = Literal["json", "yaml", "toml", "csv", "xml"]
Place = Literal["whole", "fenced", "tool_call_tags"]
_TEXT_FORMATS = frozenset(("csv", "xml"))  # their readers give strings alone
_FENCE_LABELS = {"yaml": ("yaml", "yml", "")}
_TOOL_CALL = compile_pattern(r"(?s)<tool_call>(.*?)</tool_call>")
_MINIMAL = ("{}", "[]", "null", '""', "0", "{} {}", "[NaN]")


class DocumentParams(BaseModel):
    """A document.

    Attributes:
        format: what the text is written in.
        extract: `whole`: the text is the value; `fenced`: the only fenced block of it is.
        schema: JSON Schema (drafts 4 to 2020-12) of the value; valid JSON without one.
        accepted: values of which the whole must be one.
        assertions: what stands at single places.
        allow_format_only: that neither gold, `accepted` nor assertions are given is meant.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["document"] = "document"
    format: Format = "json"
    extract: Literal["whole", "fenced"] = "whole"
    schema_: Annotated[AnyJson, Field(alias="schema")] = True
    accepted: Annotated[tuple[AnyJson, ...], Field(max_length=1000)] = ()
    assertions: Annotated[tuple[Assertion, ...], Field(max_length=1000)] = ()
    allow_format_only: bool = False


class ToolCallParams(BaseModel):
    """Tool calls, as JSON objects with `name` and `arguments`.

    Attributes:
        extract: `whole`, `fenced`, or `tool_call_tags`: each between `<tool_call>` tags.
        calls: what is expected, one or more.
        is_ordered: whether the order of several counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["tool_call"]
    extract: Place = "whole"
    calls: Annotated[tuple[ExpectedCall, ...], Field(min_length=1, max_length=16)]
    is_ordered: bool = False


_PARAMS: TypeAdapter[DocumentParams | ToolCallParams] = TypeAdapter(
    Annotated[DocumentParams | ToolCallParams, Field(discriminator="kind")]
)


@dataclass(frozen=True, slots=True)
class DocumentTask:
    """A document task that has been read."""

    format: Format
    place: Place
    schema: JsonValue
    validator: SchemaValidator
    checks: ValueChecks


@dataclass(frozen=True, slots=True)
class ToolCallTask:
    """A tool-call task that has been read."""

    place: Place
    calls: tuple[ExpectedCall, ...]
    is_ordered: bool


class StructuredOutput:
    """Grades data; `reference` is the gold value of a document."""

    id: ClassVar[str] = "structured_output"
    version: ClassVar[int] = 2

    def read_task(self, task: Task) -> DocumentTask | ToolCallTask:
        """Check the parameters, the schema, and that the gold value passes.

        Raises:
            InvalidTaskError: one of them is wrong, or only the form would be checked.
        """
        try:
            params = _PARAMS.validate_python({"kind": "document", **task.params})
        except (ValidationError, RecursionError) as exc:
            raise InvalidTaskError(f"expected params of a document, found {_told(exc)}") from exc
        if isinstance(params, ToolCallParams):
            if task.reference is not None:
                raise InvalidTaskError("expected no reference: 'calls' says what is expected")
            return ToolCallTask(params.extract, params.calls, params.is_ordered)
        return _read_document(params, task.reference)

    def grade(self, task: DocumentTask | ToolCallTask, text: str) -> Grade:
        """Grade a text; parts `parse`, `valid`, `values` (the share of value checks passed)."""
        body: str | None = None
        try:
            check_size(text)
            body = _extract(text, task)
            if body is None:
                return _grade("no value where the task asks for one", None)
            value = _read_value(body, task)
        except StrictValueError as exc:
            return _grade(f"the answer cannot be read: {exc}", body)
        if isinstance(task, ToolCallTask):
            return _grade_calls(task, value, body)
        if not task.validator.is_valid(value):
            return _grade("the value does not match the schema", body, parse=1)
        share = task.checks.share(value)
        reason = "valid" if share == 1 else "valid, but not what was asked for"
        return _grade(reason, body, parse=1, valid=1, values=share)

    def render_gold(self, task: DocumentTask | ToolCallTask) -> str | None:
        """Return the gold value as JSON (which is YAML as well); None in other formats."""
        if isinstance(task, ToolCallTask):
            return _wrapped(render_calls(task.calls), task.place)
        example = task.checks.example()
        if example is None or task.format not in ("json", "yaml"):
            return None
        return _wrapped(json.dumps(example, ensure_ascii=False), task.place)

    def list_decoys(self, task: DocumentTask | ToolCallTask) -> tuple[Decoy, ...]:
        """Return minimal values, the schema itself, the gold twice; none that are right."""
        return tuple(Decoy(kind, _wrapped(text, task.place)) for kind, text in _decoys(task))


def _read_document(params: DocumentParams, gold: JsonValue) -> DocumentTask:
    validator = compile_schema(params.schema_)
    checks = ValueChecks(gold, params.accepted, params.assertions)
    if not checks and not params.allow_format_only:
        raise InvalidTaskError(
            "expected a reference, 'accepted' or 'assertions' (a minimal value passes a schema"
            " alone); set 'allow_format_only' where that is meant"
        )
    for value in (gold, *params.accepted):
        if depth_of(value) > MAX_DEPTH:
            raise InvalidTaskError(f"expected values of at most {MAX_DEPTH} levels, found more")
        if value is not None and not validator.is_valid(value):
            raise InvalidTaskError(
                "expected the right values to match 'schema', found one does not"
            )
    if gold is not None and checks.share(gold) < 1:
        raise InvalidTaskError("expected the reference to pass 'accepted' and 'assertions'")
    if params.format in _TEXT_FORMATS:
        _refuse_other_types(params, gold)
    return DocumentTask(params.format, params.extract, params.schema_, validator, checks)


def _refuse_other_types(params: DocumentParams, gold: JsonValue) -> None:
    """Refuse a task in a format of strings that no string could win."""
    if wants_other_types(params.schema_):
        raise InvalidTaskError(
            f"expected a schema of strings, for values of {params.format} are strings; found one"
            " that wants a number, a boolean or null"
        )
    options = [params.accepted, *(one.accepted for one in params.assertions if not one.is_absent)]
    is_gold_text = gold is None or is_text_alone(gold)
    if not is_gold_text or any(all(not is_text_alone(v) for v in o) for o in options if o):
        raise InvalidTaskError(
            f"expected right values of strings, for values of {params.format} are strings; found a"
            " number, a boolean or null"
        )


def _extract(text: str, task: DocumentTask | ToolCallTask) -> str | None:
    """The text of the value, from the one place that the task names."""
    if task.place == "whole":
        return text.strip() or None
    if task.place == "tool_call_tags":
        blocks = [match.group(1).strip() for match in _TOOL_CALL.finditer(text)]
        is_clean = len(blocks) == text.count("<tool_call>") == text.count("</tool_call>")
        return f"[{','.join(blocks)}]" if blocks and is_clean else None
    format = task.format if isinstance(task, DocumentTask) else "json"
    fenced = list_fenced(text)
    labels = _FENCE_LABELS.get(format, (format, ""))
    if len(fenced) != 1 or fenced[0].language not in labels:
        return None
    return fenced[0].body.strip() or None


def _read_value(body: str, task: DocumentTask | ToolCallTask) -> JsonValue:
    if isinstance(task, ToolCallTask):
        return read_json(body)
    return READERS[task.format](body)


def _grade_calls(task: ToolCallTask, value: JsonValue, body: str) -> Grade:
    given = read_calls(value)
    if given is None:
        return _grade("expected calls of a name and arguments", body, parse=1)
    matched = count_matches(task.calls, given, is_ordered=task.is_ordered)
    share = matched / max(len(task.calls), len(given))
    reason = f"{matched} of {len(task.calls)} calls right, {len(given)} made"
    return _grade(reason, body, parse=1, valid=1, values=share)


def _grade(
    reason: str, body: str | None, *, parse: float = 0, valid: float = 0, values: float = 0
) -> Grade:
    parts = {"parse": float(parse), "valid": float(valid), "values": float(values)}
    return Grade(float(min(parse, valid, values) == 1), reason, extracted=body, parts=parts)


def _decoys(task: DocumentTask | ToolCallTask) -> Iterator[tuple[str, str]]:
    if isinstance(task, ToolCallTask):
        yield from _call_decoys(task)
        return
    example = task.checks.example()
    if task.format != "json":
        return
    if task.checks:
        for text in _MINIMAL:
            if not _is_right(task, text):
                yield "minimal_value", text
        schema = json.dumps(task.schema, ensure_ascii=False)
        if not _is_right(task, schema):
            yield "schema_itself", schema
    if example is not None:
        gold = json.dumps(example, ensure_ascii=False)
        yield "gold_twice", f"{gold}\n{gold}"
        yield "trailing_text", f"{gold} is the answer"


def _is_right(task: DocumentTask, text: str) -> bool:
    """Whether a decoy happens to be what the task asks for."""
    try:
        value = read_json(text)
    except StrictValueError:
        return False
    examples = (task.checks.gold, *task.checks.accepted)
    is_known = any(one is not None and is_equal(value, one) for one in examples)
    return is_known or (task.validator.is_valid(value) and task.checks.share(value) == 1)


def _call_decoys(task: ToolCallTask) -> Iterator[tuple[str, str]]:
    first = task.calls[0]
    if first.arguments.keys() - first.optional:
        yield "call_without_arguments", json.dumps({"name": first.name, "arguments": {}})
    yield "other_function", json.dumps({"name": f"{first.name}_", "arguments": {}})
    gold = render_calls(task.calls)
    calls = json.loads(gold)
    twice = (calls if isinstance(calls, list) else [calls]) * 2
    yield "every_call_twice", json.dumps(twice, ensure_ascii=False)


def _wrapped(text: str, place: Place) -> str:
    """`text` where the task asks for it."""
    if place == "whole":
        return text
    if place == "fenced":
        return f"```json\n{text}\n```"
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    calls = value if isinstance(value, list) else [value]
    return "\n".join(f"<tool_call>{json.dumps(c, ensure_ascii=False)}</tool_call>" for c in calls)


def _told(exc: Exception) -> str:
    if not isinstance(exc, ValidationError):
        return "values that are nested too deeply"
    first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'params'}: {first['msg']}"
