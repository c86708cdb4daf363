import pytest

from assay.domain.sample import JsonValue
from assay.verifiers.tool_types import json_types


@pytest.mark.parametrize(
    ("written", "types"),
    [
        ("string", ("string",)),
        ("String", ("string",)),
        ("dict", ("object",)),
        ("float", ("number",)),
        ("int", ("integer",)),
        ("bool", ("boolean",)),
        ("tuple", ("array",)),
        ("NoneType", ("null",)),
        ("HashMap<String, Integer>", ("object",)),
        ("List[str]", ("array",)),
        ("array of strings", ("array",)),
        ("string[]", ("array",)),
        ("str, optional", ("string",)),
        ("number (required)", ("number",)),
        ("Optional[int]", ("integer", "null")),
        ("Union[int, str]", ("integer", "string")),
        ("string or null", ("string", "null")),
        ("int | float", ("integer", "number")),
        (["string", "null"], ("string", "null")),
    ],
)
def test_names_found_in_the_wild_become_json_types(
    written: JsonValue, types: tuple[str, ...]
) -> None:
    assert json_types(written) == types


@pytest.mark.parametrize(
    "written", ["any", "Callable[[float], float]", "array of int or null", ["str", "any"], ""]
)
def test_what_is_open_or_not_understood_sets_no_constraint(written: JsonValue) -> None:
    assert json_types(written) == ()


@pytest.mark.parametrize("written", ["banana", "strnig", 5, [], ["string", 5], {"type": "string"}])
def test_what_names_no_type_is_told(written: JsonValue) -> None:
    assert json_types(written) is None
