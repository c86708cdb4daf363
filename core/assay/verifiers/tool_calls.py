"""Checks tool calls against the tools that the sample itself declares.

The idea: whether a call names a declared function, whether its arguments are a JSON object that
the function's schema admits, and whether every call is answered is decidable by code. What is not
decidable is left alone: a wrong but admissible value, a call that was not needed.

Invariant: each finding quotes words that stand verbatim in the field it names. Arguments that no
schema declares do not pass unless the schema opens itself (`additionalProperties`) or lists no
properties at all.
"""

from collections.abc import Iterator
from itertools import islice

from assay.domain.finding import Finding, Report
from assay.verifiers.tool_arguments import argument_findings, some_names
from assay.verifiers.tool_pairing import CallPlace, call_finding, pairing_findings
from assay.verifiers.tool_schemas import CompiledSchema, compile_schema
from assay.verifiers.view import View

VERIFIER = "tool_calls"
MAX_FINDINGS_PER_CALL = 16
MAX_FINDINGS = 64

_NOTHING = Report(VERIFIER, 0)


def check_tool_calls(view: View) -> Report:
    """Check all calls of the sample; `num_checked` counts them."""
    for message in view.messages:
        if message.tool_calls or message.role == "tool":
            return view.cached(VERIFIER, lambda: _check(view))
    return _NOTHING


def declared_schemas(view: View) -> dict[str, CompiledSchema]:
    """The declared tools by name with their compiled parameters; the first of a name counts."""
    return view.cached("tool_schemas", lambda: _compile_all(view))


def _check(view: View) -> Report:
    places = [
        CallPlace(index, position, call)
        for index, message in enumerate(view.messages)
        for position, call in enumerate(message.tool_calls)
    ]
    findings = islice(_findings(view, places), MAX_FINDINGS)
    return Report(VERIFIER, len(places), tuple(findings))


def _findings(view: View, places: list[CallPlace]) -> Iterator[Finding]:
    if view.sample.tools:
        schemas = declared_schemas(view)
        for place in places:
            yield from islice(_check_call(place, schemas), MAX_FINDINGS_PER_CALL)
    elif places:
        name = places[0].call.name
        reason = f"expected declared tools, found none and a call of {name!r:.80}"
        yield call_finding(places[0], "name", name, reason, "no_tools_declared")
    yield from pairing_findings(view.messages)


def _check_call(place: CallPlace, schemas: dict[str, CompiledSchema]) -> Iterator[Finding]:
    name = place.call.name
    schema = schemas.get(name)
    if schema is None:
        reason = f"expected a declared function ({some_names(tuple(schemas))}), found {name!r:.80}"
        yield call_finding(place, "name", name, reason, "unknown_function")
    yield from argument_findings(place, schema)


def _compile_all(view: View) -> dict[str, CompiledSchema]:
    schemas: dict[str, CompiledSchema] = {}
    for tool in view.sample.tools:
        if tool.name not in schemas:
            schemas[tool.name] = compile_schema(tool.parameters)
    return schemas
