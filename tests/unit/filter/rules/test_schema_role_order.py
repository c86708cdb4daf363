import pytest

from assay.domain.action import Action, Drop, Fix
from assay.domain.sample import JsonObject
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.schema_role_order import SchemaRoleOrder, SchemaRoleOrderSettings

NAMES = {"s": "system", "d": "developer", "u": "user", "a": "assistant", "t": "tool"}


def conversation(shape: str) -> JsonObject:
    """One letter a turn; `A` is an assistant turn that calls a tool."""
    messages: list[JsonObject] = []
    for number, letter in enumerate(shape):
        if letter == "A":
            call: JsonObject = {"id": "1", "function": {"name": "f", "arguments": "{}"}}
            messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        else:
            messages.append({"role": NAMES[letter], "content": f"{letter}{number}"})
    return {"messages": messages}


def roles_of(payload: JsonObject) -> list[object]:
    messages = payload["messages"]
    assert isinstance(messages, list)
    return [message["role"] for message in messages]


def check(shape: str, **settings: bool) -> list[Action]:
    return list(SchemaRoleOrder(SchemaRoleOrderSettings(**settings)).check(conversation(shape)))


@pytest.mark.parametrize(
    "shape",
    ["ua", "sua", "dua", "uaua", "uAta", "uAtta", "uAtAta", "uAtaua", "uA", "uAua", "suAtaA"[:5]],
)
def test_natural_orders_stay(shape: str) -> None:
    assert check(shape) == []


@pytest.mark.parametrize(
    "shape", ["uaa", "uauaa", "uua", "usa", "ssua", "uta", "uata", "au", "sa", "uAtua"]
)
def test_turns_out_of_order_drop(shape: str) -> None:
    (drop,) = check(shape)
    assert isinstance(drop, Drop)


def test_reason_names_turn_and_expectation() -> None:
    (drop,) = check("uaa")
    assert isinstance(drop, Drop)
    assert drop.reason.startswith("turn 2 (assistant) stands after an assistant turn; expected it")


def test_greeting_is_a_setting() -> None:
    assert check("aua", allow_greeting=True) == []
    assert check("saua", allow_greeting=True) == []
    assert isinstance(check("aaua", allow_greeting=True)[0], Drop)


@pytest.mark.parametrize(
    ("shape", "roles"), [("uuaa", "ua"), ("uuua", "ua"), ("suaaua", "suaua"), ("uAttaa", "uAtta")]
)
def test_neighbours_are_merged_reversibly_when_told_so(shape: str, roles: str) -> None:
    (fix,) = check(shape, merge_adjacent=True)
    assert isinstance(fix, Fix)
    payload = conversation(shape)
    fixed = apply_edits(payload, fix.edits)
    assert roles_of(fixed) == roles_of(conversation(roles))
    assert undo_edits(fixed, fix.edits) == payload


def test_merged_text_keeps_both_turns() -> None:
    (fix,) = check("uua", merge_adjacent=True)
    assert isinstance(fix, Fix)
    fixed = apply_edits(conversation("uua"), fix.edits)
    assert fixed["messages"][0]["content"] == "u0\n\nu1"  # type: ignore[index, call-overload]


@pytest.mark.parametrize("messages", [None, "x", [None], [{"role": 3}], [{}, []]])
def test_any_json_is_borne(messages: object) -> None:
    rule = SchemaRoleOrder(SchemaRoleOrderSettings(merge_adjacent=True))
    assert list(rule.check({"messages": messages})) == []  # type: ignore[dict-item]
