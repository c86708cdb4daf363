import pytest

from assay.domain.action import Fix
from assay.domain.sample import JsonObject
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.schema_role_alias import SchemaRoleAlias, SchemaRoleAliasSettings

RULE = SchemaRoleAlias(SchemaRoleAliasSettings())


@pytest.mark.parametrize(
    ("role", "canonical"),
    [
        ("human", "user"),
        ("gpt", "assistant"),
        ("model", "assistant"),
        ("Assistant", "assistant"),
        (" USER ", "user"),
        ("observation", "tool"),
        ("function", "tool"),
        ("developer", "system"),
    ],
)
def test_known_names_become_canonical_reversibly(role: str, canonical: str) -> None:
    payload: JsonObject = {"messages": [{"role": role, "content": "x"}]}
    (fix,) = RULE.check(payload)
    assert isinstance(fix, Fix)
    fixed = apply_edits(payload, fix.edits)
    assert fixed == {"messages": [{"role": canonical, "content": "x"}]}
    assert undo_edits(fixed, fix.edits) == payload


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"messages": None},
        {"messages": "human"},
        {"messages": [None, 3, "human", [], {"role": 5}, {"role": "narrator"}, {"role": "user"}]},
        {"messages": [{"role": "human" * 1000}]},
    ],
)
def test_any_other_json_is_left(payload: JsonObject) -> None:
    assert list(RULE.check(payload)) == []


def test_names_are_a_setting() -> None:
    rule = SchemaRoleAlias(SchemaRoleAliasSettings(aliases={"narrator": "assistant"}))
    assert len(list(rule.check({"messages": [{"role": "narrator"}]}))) == 1
    assert list(rule.check({"messages": [{"role": "human"}]})) == []
