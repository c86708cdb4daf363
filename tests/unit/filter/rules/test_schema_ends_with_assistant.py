import pytest

from assay.domain.action import Action, Drop, Fix
from assay.domain.sample import JsonObject
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.schema_ends_with_assistant import (
    SchemaEndsWithAssistant,
    SchemaEndsWithAssistantSettings,
)


def conversation(*roles: str) -> JsonObject:
    return {"messages": [{"role": role, "content": str(n)} for n, role in enumerate(roles)]}


def check(payload: JsonObject, *, cut: bool = False) -> list[Action]:
    settings = SchemaEndsWithAssistantSettings(drop_trailing_user=cut)
    return list(SchemaEndsWithAssistant(settings).check(payload))


def test_an_answer_at_the_end_stays() -> None:
    assert check(conversation("user", "assistant")) == []


@pytest.mark.parametrize(
    "roles", [("user",), ("user", "assistant", "user"), ("user", "assistant", "tool")]
)
def test_another_end_drops(roles: tuple[str, ...]) -> None:
    (drop,) = check(conversation(*roles))
    assert isinstance(drop, Drop)
    assert repr(roles[-1]) in drop.reason


def test_trailing_questions_are_cut_reversibly_when_told_so() -> None:
    payload = conversation("user", "assistant", "user", "user")
    (fix,) = check(payload, cut=True)
    assert isinstance(fix, Fix)
    fixed = apply_edits(payload, fix.edits)
    assert fixed == conversation("user", "assistant")
    assert undo_edits(fixed, fix.edits) == payload


def test_nothing_to_cut_back_to_drops() -> None:
    assert isinstance(check(conversation("user"), cut=True)[0], Drop)
    assert isinstance(check(conversation("user", "tool", "user"), cut=True)[0], Drop)


@pytest.mark.parametrize("payload", [{}, {"messages": []}, {"messages": 5}])
def test_a_payload_without_messages_is_left(payload: JsonObject) -> None:
    assert check(payload) == []
