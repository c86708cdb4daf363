import pytest

from assay.domain.sample import JsonObject, JsonValue
from assay.verifiers.schema_rewriter import MAX_DEPTH
from assay.verifiers.tool_schemas import MAX_SCHEMA_BYTES, compile_schema, strip_null_padding


def admits(schema: JsonObject | None, arguments: JsonValue) -> bool:
    compiled = compile_schema(schema)
    assert compiled.fault is None
    assert compiled.validator is not None
    return compiled.validator.is_valid(arguments)


def nested(depth: int) -> JsonObject:
    schema: JsonObject = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


CITY: JsonObject = {"type": "object", "properties": {"city": {"type": "string"}}}
TREE: JsonObject = {
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/node"}},
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "str"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "additionalProperties": False,
        }
    },
}


def test_undeclared_arguments_do_not_pass() -> None:
    assert admits(CITY, {"city": "Rome"})
    assert not admits(CITY, {"city": "Rome", "verbose": True})


@pytest.mark.parametrize("opening", [True, {"type": "boolean"}])
def test_a_schema_may_open_itself(opening: JsonValue) -> None:
    assert admits({**CITY, "additionalProperties": opening}, {"city": "Rome", "verbose": True})


@pytest.mark.parametrize(
    "schema", [None, {}, {"type": "object"}, {"type": "object", "properties": None}]
)
def test_a_schema_without_a_list_of_properties_is_open(schema: JsonObject | None) -> None:
    assert admits(schema, {"anything": 1})


def test_an_empty_list_of_properties_means_no_arguments() -> None:
    schema: JsonObject = {"type": "object", "properties": {}, "required": []}
    assert admits(schema, {})
    assert not admits(schema, {"x": 1})


def test_python_type_names_are_understood() -> None:
    schema: JsonObject = {
        "type": "dict",
        "properties": {"rate": {"type": "float"}, "box": {"type": "tuple"}, "any": {"type": "any"}},
    }
    assert admits(schema, {"rate": 1, "box": [1, 2], "any": None})
    assert not admits(schema, {"rate": "1"})


def test_a_flat_map_of_arguments_is_understood() -> None:
    schema: JsonObject = {
        "city": {"type": "str", "description": "where"},
        "type": {"type": "str, optional", "default": ""},
    }
    assert admits(schema, {"city": "Rome", "type": "x"})
    assert not admits(schema, {"city": 5})
    assert not admits(schema, {"town": "Rome"})


def test_required_inside_a_property_is_tolerated() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "required": True},
            "b": {"type": "string", "optional": True},
        },
        "required": ["b"],
    }
    assert admits(schema, {"a": "x"})
    assert not admits(schema, {"b": "x"})


def test_a_name_that_is_only_required_counts_as_declared() -> None:
    schema: JsonObject = {"type": "object", "properties": {}, "required": ["x"]}
    assert admits(schema, {"x": [1]})
    assert not admits(schema, {})


def test_numbers_follow_json_schema() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "x": {"type": "number"}},
    }
    assert admits(schema, {"n": 5.0, "x": 5})
    assert not admits(schema, {"n": "5"})
    assert not admits(schema, {"n": 5.5})
    assert not admits(schema, {"n": True})


def test_local_references_are_followed_also_when_recursive() -> None:
    assert admits(TREE, {"root": {"name": "a", "children": [{"name": "b", "children": []}]}})
    assert not admits(TREE, {"root": {"children": [{"children": [{"colour": 1}]}]}})


def test_composed_schemas_are_closed_as_one() -> None:
    schema: JsonObject = {
        "allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {}}}]
    }
    assert admits(schema, {"a": 1, "b": 2})
    assert not admits(schema, {"a": 1, "c": 2})


def test_older_drafts_are_read() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 3, "exclusiveMinimum": True},
            "pair": {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]},
        },
    }
    assert admits(schema, {"n": 4, "pair": ["a", 1]})
    assert not admits(schema, {"n": 3})
    assert not admits(schema, {"pair": [1, "a"]})


@pytest.mark.parametrize(
    "reference",
    ["http://example.com/s.json", "file:///etc/passwd", "other.json#/a", "#/$defs/none", 5],
)
def test_references_to_the_outside_or_to_nothing_are_refused(reference: JsonValue) -> None:
    schema: JsonObject = {"type": "object", "properties": {"a": {"$ref": reference}}}
    fault = compile_schema(schema).fault
    assert fault is not None
    assert "$ref" in fault


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": []},
        {"type": "object", "properties": {"a": "string"}},
        {"type": "object", "properties": {"a": {"type": "banana"}}},
        {"type": "object", "properties": {"a": {"enum": "x"}}},
        {"type": "object", "properties": {"a": {"minLength": -1}}},
        {"type": "object", "properties": {}, "required": 5},
        {"type": "object", "allOf": "x"},
        {"type": "string"},
        nested(MAX_DEPTH + 5),
        nested(400),
        {"type": "object", "properties": {"a": {"description": "x" * MAX_SCHEMA_BYTES}}},
    ],
)
def test_unsound_schemas_have_a_fault(schema: JsonObject) -> None:
    compiled = compile_schema(schema)
    assert compiled.fault
    assert compiled.validator is None


def test_schemas_that_would_blow_up_are_bounded() -> None:
    doubling: dict[str, JsonValue] = {
        f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(40)
    }
    doubling["d40"] = {"type": "object"}
    assert admits(
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": doubling},
        {"a": {}},
    )
    assert admits({"$ref": "#"}, {})


def test_patterns_hold_and_stay_linear() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"s": {"type": "string", "pattern": "^(a|a)*$"}},
    }
    assert admits(schema, {"s": "aa"})
    assert not admits(schema, {"s": "a" * 50_000 + "!"})


def test_a_pattern_for_a_backtracking_engine_binds_nothing() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"s": {"type": "string", "pattern": "^(?=a)b"}, "n": {"type": "integer"}},
    }
    assert admits(schema, {"s": "zzz"})
    assert not admits(schema, {"n": "1"})


def test_null_padding_is_seen_and_taken_out() -> None:
    padded: JsonObject = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "enum": None, "default": None, "const": None},
            "other": None,
        },
        "required": ["city"],
        "items": None,
    }
    assert compile_schema(padded).has_nulls
    assert admits(padded, {"city": "Rome"})
    stripped = strip_null_padding(padded)
    assert stripped == {
        "type": "object",
        "properties": {"city": {"type": "string", "default": None}},
        "required": ["city"],
    }
    assert not compile_schema(stripped).has_nulls


def test_nulls_that_mean_something_stay() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"a": {"enum": ["x", None]}, "b": {"const": None}, "null": {"default": None}},
    }
    assert not compile_schema(schema).has_nulls
    assert strip_null_padding(schema) == schema
    assert admits(schema, {"a": None, "b": None})
    assert not admits(schema, {"b": 1})


def test_equal_schemas_share_one_validator() -> None:
    first = compile_schema({"type": "object", "properties": {"q": {"type": "string"}}})
    second = compile_schema({"type": "object", "properties": {"q": {"type": "string"}}})
    assert first is second
