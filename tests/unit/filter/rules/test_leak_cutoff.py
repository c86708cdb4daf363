from assay.domain.action import Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.leak_cutoff import LeakCutoff, LeakCutoffSettings

DATED = "As of my last knowledge update in September 2021, it was open."


def view(answer: str, prompt: str = "hello") -> View:
    return View(Sample((Message("user", prompt), Message("assistant", answer))))


def test_own_cutoff_in_an_answer_caps() -> None:
    (action,) = LeakCutoff(LeakCutoffSettings()).check(view(DATED))
    assert isinstance(action, Flag)
    assert action.caps
    assert "last knowledge update" in action.reason


def test_action_drop_drops() -> None:
    (action,) = LeakCutoff(LeakCutoffSettings(action="drop")).check(view(DATED))
    assert isinstance(action, Drop)


def test_user_text_code_and_other_dates_pass() -> None:
    rule = LeakCutoff(LeakCutoffSettings())
    assert list(rule.check(view("It is open.", DATED))) == []
    assert list(rule.check(view(f"```\n{DATED}\n```"))) == []
    assert list(rule.check(view("The library was last updated in 2019."))) == []
