"""Checks one call's arguments and says what is wrong with them in a sentence.

The idea: the validator's errors are sorted into few codes; one finding per missing or undeclared
argument and one per value that does not fit, quoted from the arguments as written.

Invariant: arguments that parse, and that the schema admits, yield nothing.
Source: JSON Schema 2020-12 (validation).
"""

from collections.abc import Iterator, Sequence

import orjson
from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from assay.domain.finding import Finding
from assay.domain.sample import JsonValue
from assay.verifiers.tool_pairing import CallPlace, call_finding
from assay.verifiers.tool_schemas import CompiledSchema

MAX_ENUMERATED_CHARS = 1 << 16  # longer arguments are checked up to their first error
MAX_MESSAGE = 160
MAX_NAMES = 12

_CODES = {
    "Required": "missing_argument",
    "AdditionalProperties": "unknown_argument",
    "UnevaluatedProperties": "unknown_argument",
    "FalseSchema": "unknown_argument",
    "Type": "wrong_type",
    "Enum": "enum_violation",
    "Constant": "enum_violation",
}
_OTHER = "other_schema_violation"
_VALUE_CODES = ("wrong_type", "enum_violation", _OTHER)  # the first one found at a place is told


def parse_arguments(arguments: str) -> JsonValue:
    """Parse the text of a call's arguments; blank text stands for no arguments.

    Raises:
        ValueError: the text is not JSON.
    """
    if not arguments.strip():
        return {}
    value: JsonValue = orjson.loads(arguments)
    return value


def argument_findings(place: CallPlace, schema: CompiledSchema | None) -> Iterator[Finding]:
    """Yield what is wrong with the arguments of the call at `place`."""
    try:
        arguments = parse_arguments(place.call.arguments)
    except ValueError as exc:
        yield _malformed(place, f"text that is no JSON ({exc})")
        return
    if not isinstance(arguments, dict):
        yield _malformed(place, f"a JSON {type(arguments).__name__}")
        return
    validator = schema.validator if schema is not None else None
    if schema is None or validator is None:
        return
    try:
        errors = _errors(validator, arguments, len(place.call.arguments) <= MAX_ENUMERATED_CHARS)
    except ValueError as exc:
        yield _malformed(place, f"one that cannot be checked ({exc})")
        return
    yield from _missing(place, errors)
    yield from _unknown(place, errors, schema.names)
    yield from _unfit(place, errors)


def some_names(names: Sequence[str]) -> str:
    """Name the first few of `names` for a reason."""
    shown = ", ".join(name[:80] for name in names[:MAX_NAMES])
    return f"{shown}, ..." if len(names) > MAX_NAMES else shown or "none"


def _errors(
    validator: Draft202012Validator, arguments: JsonValue, enumerate_all: bool
) -> list[ValidationError]:
    if validator.is_valid(arguments):
        return []
    if enumerate_all:
        return list(validator.iter_errors(arguments))
    try:
        validator.validate(arguments)
    except ValidationError as exc:
        return [exc]
    return []


def _malformed(place: CallPlace, found: str) -> Finding:
    reason = f"expected a JSON object as arguments of {place.call.name!r:.80}, found {found}"
    text = place.call.arguments
    return call_finding(place, "arguments", text, reason, "malformed_arguments")


def _missing(place: CallPlace, errors: list[ValidationError]) -> Iterator[Finding]:
    for error in errors:
        kind = error.kind
        if isinstance(kind, ValidationErrorKind.Required):
            name = "/".join((*map(str, error.instance_path), kind.property))
            reason = f"expected argument {name!r:.80} of {place.call.name!r:.80}, found none"
            text = place.call.arguments
            yield call_finding(place, "arguments", text, reason, "missing_argument")


def _unknown(
    place: CallPlace, errors: list[ValidationError], names: tuple[str, ...]
) -> Iterator[Finding]:
    kinds = {_code(error) for error in errors}
    for error in errors:
        kind = error.kind
        if isinstance(kind, ValidationErrorKind.AdditionalProperties):
            unexpected = kind.unexpected
        elif isinstance(kind, ValidationErrorKind.UnevaluatedProperties):
            # A failed branch of anyOf leaves its properties unevaluated: the branch is told.
            unexpected = kind.unexpected if kinds == {"unknown_argument"} else []
        elif isinstance(kind, ValidationErrorKind.FalseSchema):
            unexpected = [str(error.instance_path[-1])] if error.instance_path else []
        else:
            continue
        for key in unexpected:
            reason = (
                f"expected a declared argument of {place.call.name!r:.80} ({some_names(names)}), "
                f"found {key!r:.80}"
            )
            quote = _key_quote(place.call.arguments, key)
            yield call_finding(place, "arguments", quote, reason, "unknown_argument")


def _unfit(place: CallPlace, errors: list[ValidationError]) -> Iterator[Finding]:
    worst: dict[str, tuple[int, ValidationError]] = {}
    for error in errors:
        code = _code(error)
        if code in _VALUE_CODES:
            rank = _VALUE_CODES.index(code)
            path = _path(error)
            if path not in worst or rank < worst[path][0]:
                worst[path] = (rank, error)
    for path, (rank, error) in worst.items():
        reason = (
            f"expected argument {path!r:.80} of {place.call.name!r:.80} to fit its schema, "
            f"found: {error.message[:MAX_MESSAGE]}"
        )
        keys = [step for step in error.instance_path if isinstance(step, str)]
        text = place.call.arguments
        quote = _value_quote(text, keys[-1], error.instance) if keys else text
        yield call_finding(place, "arguments", quote, reason, _VALUE_CODES[rank])


def _code(error: ValidationError) -> str:
    kind = error.kind
    if not isinstance(kind, ValidationErrorKind.AnyOf | ValidationErrorKind.OneOfNotValid):
        return _CODES.get(type(kind).__name__, _OTHER)
    names = {type(inner.kind).__name__ for branch in kind.context for inner in branch}
    if names == {"Type"}:
        return "wrong_type"
    return "enum_violation" if names <= {"Type", "Enum", "Constant"} else _OTHER


def _path(error: ValidationError) -> str:
    return "/".join(str(step) for step in error.instance_path)


def _key_quote(text: str, key: str) -> str:
    """The key as written, with its quotes; all of the text when it is written otherwise."""
    written = orjson.dumps(key).decode()
    return written if written in text else text


def _value_quote(text: str, key: str, value: object) -> str:
    """The key with its value as written, or only the key where the value is no plain one."""
    quote = _key_quote(text, key)
    if quote == text or not isinstance(value, str | int | float | None):
        return quote
    written = orjson.dumps(value).decode()
    for separator in (": ", ":"):
        if f"{quote}{separator}{written}" in text:
            return f"{quote}{separator}{written}"
    return quote
