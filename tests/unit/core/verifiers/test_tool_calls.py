import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.finding import Finding, Report
from assay.domain.sample import JsonObject, Message, Sample, Tool, ToolCall
from assay.verifiers.tool_calls import MAX_FINDINGS_PER_CALL, check_tool_calls
from assay.verifiers.view import View

BOOK: JsonObject = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "nights": {"type": "integer", "minimum": 1},
        "board": {"type": "string", "enum": ["none", "half", "full"]},
        "guests": {"type": "array", "items": {"type": "string"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["city", "nights"],
}
TOOLS = (Tool("book_hotel", "", BOOK), Tool("now", "", None))


def check(arguments: str, name: str = "book_hotel", tools: tuple[Tool, ...] = TOOLS) -> Report:
    turn = Message("assistant", None, (ToolCall("c1", name, arguments),))
    return check_tool_calls(View(Sample((Message("user", "q"), turn), tools)))


def field(sample: Sample, finding: Finding) -> str:
    message = sample.messages[finding.place.message]
    if finding.place.field == "content":
        return message.content or ""
    _, position, name = finding.place.field.split("/")
    call = message.tool_calls[int(position)]
    return call.name if name == "name" else call.arguments


@pytest.mark.parametrize(
    ("arguments", "code", "quote"),
    [
        ('{"nights": 2}', "missing_argument", '{"nights": 2}'),
        ('{"city": "Rome", "nights": 2, "pets": true}', "unknown_argument", '"pets"'),
        ('{"city": "Rome", "nights": "2"}', "wrong_type", '"nights": "2"'),
        ('{"city": {"value": "Rome"}, "nights": 2}', "wrong_type", '"city"'),
        ('{"city": "Rome", "nights": 2, "guests": ["a", 5]}', "wrong_type", '"guests"'),
        ('{"city": "Rome", "nights": 2, "note": 5}', "wrong_type", '"note": 5'),
        ('{"city":"Rome","nights":2,"board":"all"}', "enum_violation", '"board":"all"'),
        ('{"city": "Rome", "nights": 0}', "other_schema_violation", '"nights": 0'),
        ("{'city': 'Rome', 'nights': 2}", "malformed_arguments", "{'city': 'Rome', 'nights': 2}"),
        ('{"city": "Rome", "nig', "malformed_arguments", '{"city": "Rome", "nig'),
        ('["Rome", 2]', "malformed_arguments", '["Rome", 2]'),
        ('"{}"', "malformed_arguments", '"{}"'),
    ],
)
def test_each_defect_has_its_code_and_quote(arguments: str, code: str, quote: str) -> None:
    report = check(arguments)
    assert [(f.code, f.place.quote) for f in report.findings] == [(code, quote)]
    (finding,) = report.findings
    assert finding.kind == "invalid_tool_call"
    assert finding.hard
    assert finding.place.field == "tool_calls/0/arguments"
    assert arguments[finding.place.start :].startswith(quote)
    assert report.num_checked == 1


@pytest.mark.parametrize(
    "arguments",
    [
        '{"city": "Rome", "nights": 2}',
        '{"city": "Rome", "nights": 2.0, "board": "half", "guests": [], "note": null}',
        ' {"nights": 3, "city": "\\u6771\\u4eac"} ',
    ],
)
def test_arguments_that_fit_pass(arguments: str) -> None:
    report = check(arguments)
    assert report.findings == ()
    assert report.num_checked == 1


@pytest.mark.parametrize("arguments", ["", "  ", "{}"])
def test_blank_arguments_stand_for_none(arguments: str) -> None:
    assert check(arguments, "now").findings == ()
    assert {f.code for f in check(arguments).findings} == {"missing_argument"}


def test_a_function_that_is_not_declared_is_told_by_name() -> None:
    (finding,) = check("{}", "book_hotel_v2").findings
    assert finding.code == "unknown_function"
    assert finding.place.field == "tool_calls/0/name"
    assert finding.place.quote == "book_hotel_v2"
    assert "book_hotel" in finding.reason


def test_calls_without_any_declared_tool_are_told_once() -> None:
    turn = Message("assistant", None, (ToolCall("1", "f", "{}"), ToolCall("2", "g", "{}")))
    report = check_tool_calls(View(Sample((Message("user", "q"), turn))))
    assert [f.code for f in report.findings] == ["no_tools_declared"]


def test_a_failed_branch_does_not_make_its_arguments_unknown() -> None:
    schema: JsonObject = {
        "anyOf": [
            {"properties": {"id": {"type": "integer"}}, "required": ["id"]},
            {"properties": {"name": {"type": "string"}}, "required": ["name"]},
        ]
    }
    tools = (Tool("find", "", schema),)
    assert check('{"id": 1}', "find", tools).findings == ()
    codes = {f.code for f in check('{"id": "one"}', "find", tools).findings}
    assert codes == {"other_schema_violation"}


def test_calls_of_a_tool_with_an_unsound_schema_are_only_parsed() -> None:
    tools = (Tool("f", "", {"type": "object", "properties": []}),)
    assert check('{"x": 1}', "f", tools).findings == ()
    assert [f.code for f in check("{x}", "f", tools).findings] == ["malformed_arguments"]


def test_samples_without_calls_have_nothing_to_check() -> None:
    sample = Sample((Message("user", "q"), Message("assistant", "a")), TOOLS)
    assert check_tool_calls(View(sample)) == Report("tool_calls", 0)


@pytest.mark.parametrize(
    "arguments",
    [
        '{"guests": ' + "[" * 2_000 + "]" * 2_000 + "}",
        '{"guests": ' + "[" * 900 + "]" * 900 + "}",
        '{"city": "Rome", "nights": 1e400}',
        '{"city": "\\ud800", "nights": 1}',
        "{" * 100_000,
    ],
)
def test_hostile_arguments_are_told_not_raised(arguments: str) -> None:
    assert check(arguments).findings


def test_findings_of_one_call_are_bounded() -> None:
    extra = {f"x{i}": i for i in range(500)}
    assert len(check(json.dumps(extra)).findings) == MAX_FINDINGS_PER_CALL
    many = {"city": "Rome", "nights": 1, "guests": list(range(50_000))}
    assert 1 <= len(check(json.dumps(many)).findings) <= MAX_FINDINGS_PER_CALL


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.text(max_size=40)
    | json_values.map(json.dumps)
    | st.dictionaries(st.sampled_from(["city", "nights", "board", "guests", "x"]), json_values).map(
        json.dumps
    ),
    st.sampled_from(["book_hotel", "now", "other"]),
)
def test_quotes_are_verbatim_whatever_the_arguments(arguments: str, name: str) -> None:
    turn = Message("assistant", None, (ToolCall("c1", name, arguments),))
    sample = Sample((Message("user", "q"), turn), TOOLS)
    for finding in check_tool_calls(View(sample)).findings:
        quote, start = finding.place.quote, finding.place.start
        assert field(sample, finding)[start : start + len(quote)] == quote
