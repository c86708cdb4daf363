from assay.domain.action import Flag
from assay.domain.sample import Message, Sample, Tool, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.tools_claimed_no_call import (
    ToolsClaimedNoCall,
    ToolsClaimedNoCallSettings,
)

RULE = ToolsClaimedNoCall(ToolsClaimedNoCallSettings())
TOOLS = (Tool("search", "", None),)
USER = Message("user", "q")
CLAIM = Message("assistant", "I have searched the database: no results.")


def test_a_claim_without_a_call_is_flagged() -> None:
    (action,) = RULE.check(View(Sample((USER, CLAIM), TOOLS)))
    assert isinstance(action, Flag)
    assert action.caps
    assert action.place is not None
    assert action.place.quote == "I have searched"


def test_a_claim_after_a_call_passes() -> None:
    call = Message("assistant", None, (ToolCall("a", "search", "{}"),))
    result = Message("tool", "none", tool_call_id="a")
    assert list(RULE.check(View(Sample((USER, call, result, CLAIM), TOOLS)))) == []


def test_without_tools_nobody_can_tell() -> None:
    assert list(RULE.check(View(Sample((USER, CLAIM))))) == []


def test_users_may_say_that_they_searched() -> None:
    messages = (Message("user", "I have searched the web."), Message("assistant", "I can help."))
    assert list(RULE.check(View(Sample(messages, TOOLS)))) == []


def test_the_flag_may_be_a_note() -> None:
    rule = ToolsClaimedNoCall(ToolsClaimedNoCallSettings(caps=False))
    (action,) = rule.check(View(Sample((USER, CLAIM), TOOLS)))
    assert isinstance(action, Flag)
    assert not action.caps
