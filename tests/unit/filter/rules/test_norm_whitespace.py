import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.action import Action, Edit, Fix
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.norm_whitespace import NormWhitespace, NormWhitespaceSettings

NOISE = "Too   many \t blanks.\n\n\n\n\nEnd.  "


def check(text: str, role: str = "assistant", *, max_blank_lines: int = 2) -> list[Action]:
    rule = NormWhitespace(NormWhitespaceSettings(max_blank_lines=max_blank_lines))
    return list(rule.check(View(Sample((Message(role, text),)))))


def after(text: str, actions: list[Action]) -> tuple[object, object, list[Edit]]:
    payload = {"messages": [{"content": text}]}
    edits = [edit for action in actions if isinstance(action, Fix) for edit in action.edits]
    return payload, apply_edits(payload, edits), edits


@pytest.mark.parametrize("role", ["assistant", "system"])
def test_noise_is_squeezed(role: str) -> None:
    _, fixed, _ = after(NOISE, check(NOISE, role))
    assert fixed == {"messages": [{"content": "Too many blanks.\n\nEnd."}]}


@pytest.mark.parametrize("role", ["user", "tool"])
def test_turns_of_users_and_tools_keep_their_white_space(role: str) -> None:
    assert check(NOISE, role) == []


def test_layout_yields_nothing() -> None:
    assert check("| a   | b |\n|-----|---|\n\n```\nx   = 1\n```") == []


def test_blank_lines_setting_is_obeyed() -> None:
    assert check("a\n\n\nb") == []
    assert len(check("a\n\n\nb", max_blank_lines=1)) == 1


@given(st.text(alphabet=" \t\n\r`|ab\xa0é你\u0301\u200d", max_size=60))
def test_every_edit_can_be_undone(text: str) -> None:
    payload, fixed, edits = after(text, check(text))
    assert undo_edits(fixed, edits) == payload  # type: ignore[arg-type]
    assert bool(edits) == (payload != fixed)
