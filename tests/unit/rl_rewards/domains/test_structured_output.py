"""Documents and tool calls: what wins, what loses, and what is no task."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import Message
from assay_rl_rewards.domains.structured_output import StructuredOutput
from assay_rl_rewards.tasks.checking import check_task
from assay_rl_rewards.verifier import Grade, Task

VERIFIER = StructuredOutput()
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "note": {}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
GOLD = {"name": "Ada", "age": 36}
WEATHER = {
    "name": "get_weather",
    "arguments": {"city": ["Paris", "Paris, France"], "unit": ["celsius"]},
    "optional": ["unit"],
}
TIME = {"name": "get_time", "arguments": {"city": ["Paris"]}}
ASK_TIME = '{"name": "get_time", "arguments": {"city": "Paris"}}'


def make_task(reference: Any = None, **params: Any) -> Task:
    turns = (Message(role="user", content="Give me the data of Ada."),)
    return Task("structured_output", turns, reference=reference, params=params)


def grade(text: str, reference: Any = None, **params: Any) -> Grade:
    return VERIFIER.grade(VERIFIER.read_task(make_task(reference, **params)), text)


def parts(found: Grade) -> tuple[float, float, float]:
    return found.parts["parse"], found.parts["valid"], found.parts["values"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"age": 36.0, "name": "Ada"}', (1, 1, 1)),
        ('{"age": 37, "name": "Ada"}', (1, 1, 0)),
        ('{"age": "36", "name": "Ada"}', (1, 0, 0)),
        ("{}", (1, 0, 0)),
        ('{"age": 36, "name": "Ada"} ', (1, 1, 1)),
        ('{"age": 1, "age": 36, "name": "Ada"}', (0, 0, 0)),
        ('Here: {"age": 36, "name": "Ada"}', (0, 0, 0)),
        ('```json\n{"age": 36, "name": "Ada"}\n```', (0, 0, 0)),
        ('{"age": 36, "name": "Ada"}{"age": 36, "name": "Ada"}', (0, 0, 0)),
        ("", (0, 0, 0)),
        ("\ud800", (0, 0, 0)),
        ("[" * 300_000, (0, 0, 0)),
    ],
)
def test_a_document_parses_is_valid_and_says_the_right(text: str, expected: Any) -> None:
    found = grade(text, GOLD, schema=SCHEMA)
    assert parts(found) == expected
    assert found.score == float(expected == (1, 1, 1))


def test_optional_properties_may_be_left_out() -> None:
    assert grade('{"a": 1}', {"a": 1}, schema={"properties": {"b": {"type": "integer"}}}).score == 1


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Here it is:\n```json\n[1]\n```\nDone.", 1),
        ("```\n[1]\n```", 1),
        ("[1]", 0),
        ("```json\n[1]\n```\n```json\n[1]\n```", 0),
        ("```json\n[2]\n```\n```python\n[1]\n```", 0),
        ("```python\n[1]\n```", 0),
        ("```json\n[1]", 0),
    ],
)
def test_the_only_fenced_block_is_read_where_the_task_says_so(text: str, score: float) -> None:
    assert grade(text, [1], extract="fenced").score == score


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("yaml", "name: Ada\nage: 36"),
        ("toml", 'name = "Ada"\nage = 36'),
        ("json", json.dumps(GOLD)),
    ],
)
def test_other_formats_hold_the_same_value(format: str, text: str) -> None:
    assert grade(text, GOLD, schema=SCHEMA, format=format).score == 1


def test_rows_of_csv_are_objects_of_strings() -> None:
    assert grade("name,age\nAda,36", [{"name": "Ada", "age": "36"}], format="csv").score == 1


NUMBER: dict[str, Any] = {"properties": {"age": {"type": "integer"}}}


@pytest.mark.parametrize("format", ["csv", "xml"])
@pytest.mark.parametrize(
    ("gold", "params"),
    [
        ([{"age": 36}], {}),
        ({"person": {"age": 36.5}}, {}),
        ([{"is_alive": True}], {}),
        (None, {"accepted": [[{"age": 36}], [{"age": None}]]}),
        (None, {"assertions": [{"pointer": "/0/age", "accepted": [36]}]}),
        (None, {"schema": {"items": NUMBER}, "allow_format_only": True}),
        (None, {"schema": NUMBER | {"type": "object"}, "allow_format_only": True}),
        (None, {"schema": {"items": {"$ref": "#/$defs/p"}, "$defs": {"p": NUMBER}},
                "allow_format_only": True}),
        (None, {"schema": {"anyOf": [{"type": "number"}, {"type": ["boolean", "null"]}]},
                "allow_format_only": True}),
        (None, {"schema": {"enum": [1, 2]}, "allow_format_only": True}),
        (None, {"schema": {"properties": {"a": {"const": False}}}, "allow_format_only": True}),
    ],
)  # fmt: skip
def test_formats_of_strings_refuse_what_no_string_wins(
    format: str, gold: Any, params: dict[str, Any]
) -> None:
    with pytest.raises(InvalidTaskError, match=f"values of {format} are strings"):
        VERIFIER.read_task(make_task(gold, format=format, **params))
    VERIFIER.read_task(make_task(gold, format="yaml", **params))


def test_formats_of_strings_take_what_a_string_can_win() -> None:
    rows = {"items": {"properties": {"age": {"type": ["integer", "string"]}}}}
    gold = [{"age": "36"}]
    assert grade("age\n36", gold, format="csv", schema=rows).score == 1
    assert grade("age\n36", format="csv", accepted=[[{"age": 36}], gold]).score == 1
    either = {"items": {"properties": {"age": {"anyOf": [{"type": "integer"}, {"pattern": "3"}]}}}}
    assert grade("age\n36", gold, format="csv", schema=either).score == 1
    never = {"items": {"properties": {"age": {"not": {"type": "integer"}}}}}
    assert grade("age\n36", gold, format="csv", schema=never).score == 1
    known = [{"pointer": "/0/age", "accepted": [36, "36"]}, {"pointer": "/0/b", "is_absent": True}]
    assert grade("age\n36", format="csv", assertions=known).score == 1


def test_accepted_values_are_alternatives() -> None:
    assert grade("[2]", accepted=[[1], [2]]).score == 1
    assert grade("[3]", accepted=[[1], [2]]).score == 0


def test_assertions_say_what_stands_at_a_place() -> None:
    assertions = [
        {"pointer": "/age", "accepted": [36, "36"]},
        {"pointer": "/note", "is_absent": True},
    ]
    assert grade(json.dumps(GOLD), assertions=assertions).score == 1
    found = grade('{"age": 36, "note": 1}', assertions=assertions)
    assert parts(found) == (1, 1, 0.5)
    assert found.score == 0


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        (None, {"schema": SCHEMA}),
        (None, {}),
        (GOLD, {"schema": {"type": "array"}}),
        (GOLD, {"schema": {"type": "foo"}}),
        (GOLD, {"schema": {"$ref": "http://127.0.0.1/x"}}),
        (GOLD, {"accepted": [[1]]}),
        (GOLD, {"assertions": [{"pointer": "/age", "accepted": [1]}]}),
        (GOLD, {"assertions": [{"pointer": "age", "accepted": [36]}]}),
        (GOLD, {"assertions": [{"pointer": "/age"}]}),
        (GOLD, {"format": "ini"}),
        (GOLD, {"extract": "anywhere"}),
        (GOLD, {"more": 1}),
        ([float("nan")], {}),
        (GOLD, {"kind": "tool_call", "calls": [TIME]}),
        (None, {"kind": "tool_call", "calls": []}),
        (None, {"kind": "tool_call", "calls": [{"name": "f", "arguments": {"a": []}}]}),
        (None, {"kind": "tool_call", "calls": [{"name": "f", "arguments": {}, "optional": ["a"]}]}),
    ],
)
def test_a_task_that_cannot_be_graded_is_refused(reference: Any, params: Any) -> None:
    with pytest.raises(InvalidTaskError):
        VERIFIER.read_task(make_task(reference, **params))


def test_form_alone_is_checked_only_where_that_is_meant() -> None:
    assert grade('{"name": "x", "age": 1}', schema=SCHEMA, allow_format_only=True).score == 1


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


@pytest.mark.parametrize(
    ("calls", "score", "values"),
    [
        ([call("get_weather", city="Paris"), call("get_time", city="Paris")], 1, 1),
        ([call("get_time", city="Paris"), call("get_weather", city="Paris, France")], 1, 1),
        ([call("get_weather", city="Paris", unit="celsius"), call("get_time", city="Paris")], 1, 1),
        (
            [call("get_weather", city="Paris", unit="kelvin"), call("get_time", city="Paris")],
            0,
            0.5,
        ),
        ([call("get_weather", city="Paris", day=1), call("get_time", city="Paris")], 0, 0.5),
        ([call("get_weather"), call("get_time", city="Paris")], 0, 0.5),
        ([call("get_weather", city="Paris")], 0, 0.5),
        ([call("get_weather", city="Paris")] * 2 + [call("get_time", city="Paris")], 0, 2 / 3),
        ([], 0, 0),
    ],
)
def test_tool_calls_name_the_function_and_accepted_values(
    calls: Any, score: float, values: float
) -> None:
    found = grade(json.dumps(calls), kind="tool_call", calls=[WEATHER, TIME])
    assert found.score == score
    assert found.parts["values"] == pytest.approx(values)


def test_the_order_of_calls_counts_where_the_task_says_so() -> None:
    text = json.dumps([call("get_time", city="Paris"), call("get_weather", city="Paris")])
    params = {"kind": "tool_call", "calls": [WEATHER, TIME]}
    assert grade(text, **params).score == 1
    assert grade(text, **params, is_ordered=True).score == 0


def test_each_expected_call_needs_a_call_of_its_own() -> None:
    wide = {"name": "f", "arguments": {"a": [1, 2]}}
    narrow = {"name": "f", "arguments": {"a": [1]}}
    text = json.dumps([call("f", a=1), call("f", a=2)])
    assert grade(text, kind="tool_call", calls=[wide, narrow]).score == 1
    assert grade(text, kind="tool_call", calls=[narrow, narrow]).score == 0


@pytest.mark.parametrize(
    ("text", "score"),
    [
        (f"<tool_call>{ASK_TIME}</tool_call>", 1),
        (f"Let me see.\n<tool_call>{ASK_TIME}</tool_call>", 1),
        (ASK_TIME, 0),
        (f"<tool_call>{ASK_TIME}", 0),
        (f"<tool_call><tool_call>{ASK_TIME}</tool_call>", 0),
        ('<tool_call>{"name": "get_time"}</tool_call>', 0),
        ('<tool_call>get_time(city="Paris")</tool_call>', 0),
    ],
)
def test_calls_between_tags_are_read_where_the_task_says_so(text: str, score: float) -> None:
    assert grade(text, kind="tool_call", calls=[TIME], extract="tool_call_tags").score == score


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        (GOLD, {"schema": SCHEMA}),
        (GOLD, {"schema": SCHEMA, "extract": "fenced"}),
        (GOLD, {"format": "yaml"}),
        ({"values": [0]}, {}),
        (None, {"accepted": [["a"], ["b"]]}),
        (None, {"assertions": [{"pointer": "/a", "accepted": [1]}], "schema": {"type": "object"}}),
        (None, {"kind": "tool_call", "calls": [WEATHER]}),
        (None, {"kind": "tool_call", "calls": [WEATHER, TIME], "extract": "tool_call_tags"}),
        (None, {"kind": "tool_call", "calls": [WEATHER, TIME], "extract": "fenced"}),
    ],
)
def test_gold_wins_and_cheap_answers_lose(reference: Any, params: Any) -> None:
    check = check_task(VERIFIER, make_task(reference, **params))
    assert check.faults == ()
    assert not check.constants


def test_minimal_values_win_where_form_alone_is_checked() -> None:
    task = make_task(schema={"type": "object"}, allow_format_only=True)
    assert [fault.kind for fault in check_task(VERIFIER, task).faults] == ["empty_wins"]


def test_what_is_right_is_no_decoy() -> None:
    read = VERIFIER.read_task(make_task([], schema=True))
    assert "[]" not in [decoy.text for decoy in VERIFIER.list_decoys(read)]


@given(st.text(max_size=100))
def test_any_text_gets_the_same_grade_twice(text: str) -> None:
    for format in ("json", "yaml", "toml", "csv", "xml"):
        gold = [{"name": "Ada"}] if format in ("csv", "xml") else GOLD
        first = grade(text, gold, format=format)
        assert first == grade(text, gold, format=format)
        assert first.score == 0
