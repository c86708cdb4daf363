import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.action import Fix
from assay.domain.sample import JsonObject, Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.norm_control_chars import NormControlChars, NormControlCharsSettings


def fix(text: str, role: str = "assistant") -> tuple[JsonObject, JsonObject, tuple[object, ...]]:
    """The payload before and after the rule, and the payload after undoing its edits."""
    payload: JsonObject = {"messages": [{"role": role, "content": text}]}
    rule = NormControlChars(NormControlCharsSettings())
    actions = tuple(rule.check(View(Sample((Message(role, text),)))))
    edits = [edit for action in actions if isinstance(action, Fix) for edit in action.edits]
    fixed = apply_edits(payload, edits)
    assert undo_edits(fixed, edits) == payload
    return payload, fixed, actions


@pytest.mark.parametrize("role", ["system", "user", "assistant", "tool"])
def test_controls_go_in_every_turn_and_in_code(role: str) -> None:
    _, fixed, _ = fix("a\x00b\r\n```\nx\x1b[31my\u200b\n```", role)
    assert fixed["messages"] == [{"role": role, "content": "ab\n```\nxy\n```"}]


@pytest.mark.parametrize(
    "text",
    ["Fine.\n\tYes.", "می\u200cخواهم", "你好　世界", "\U0001f468\u200d\U0001f469", "10\xa0€", ""],
)
def test_clean_turns_yield_nothing(text: str) -> None:
    assert fix(text)[2] == ()


@given(st.text(max_size=60))
def test_every_edit_can_be_undone(text: str) -> None:
    payload, fixed, actions = fix(text)
    assert bool(actions) == (payload != fixed)
