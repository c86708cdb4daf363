import random
import string

import pytest

from assay.domain.action import Action, Drop, Fix, Flag
from assay.domain.sample import Message, Sample, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.leak_secret import LeakSecret, LeakSecretSettings

SECRET = "ghp_" + "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=36))


def check(*messages: Message, mask: bool = False) -> list[Action]:
    return list(LeakSecret(LeakSecretSettings(mask=mask)).check(View(Sample(messages))))


def test_secret_in_an_answer_drops_without_being_shown() -> None:
    (action,) = check(Message("user", "hi"), Message("assistant", f"```\nkey = {SECRET}\n```"))
    assert isinstance(action, Drop)
    assert "GitHub token ('ghp_'..., 40 characters)" in action.reason
    assert SECRET[4:12] not in repr(action)


@pytest.mark.parametrize("role", ["system", "user", "tool"])
def test_secret_elsewhere_caps(role: str) -> None:
    (action,) = check(Message(role, f"use {SECRET} please"), Message("assistant", "ok"))
    assert isinstance(action, Flag)
    assert action.caps
    assert SECRET[4:12] not in repr(action)


def test_secret_in_tool_arguments_drops() -> None:
    call = ToolCall("c1", "login", f'{{"token": "{SECRET}"}}')
    (action,) = check(Message("user", "log in"), Message("assistant", None, (call,)))
    assert isinstance(action, Drop)
    assert SECRET[4:12] not in repr(action)


def test_mask_replaces_and_can_be_undone() -> None:
    text = f"first {SECRET}, then {SECRET}."
    (action,) = check(Message("user", "hi"), Message("assistant", text), mask=True)
    assert isinstance(action, Fix)
    payload = {"messages": [{"content": "hi"}, {"content": text}]}
    fixed = apply_edits(payload, action.edits)
    assert fixed == {"messages": [{"content": "hi"}, {"content": "first [SECRET], then [SECRET]."}]}
    assert undo_edits(fixed, action.edits) == payload
    assert SECRET[4:12] not in action.reason


def test_placeholders_pass() -> None:
    assert (
        check(Message("user", "hi"), Message("assistant", "api_key = 'YOUR_API_KEY_HERE_NOW'"))
        == []
    )
