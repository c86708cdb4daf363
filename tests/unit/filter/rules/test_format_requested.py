import pytest

from assay.domain.action import Action, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.format_requested import FormatRequested, FormatRequestedSettings


def check(user: str, answer: str, **settings: object) -> list[Action]:
    rule = FormatRequested(FormatRequestedSettings.model_validate(settings))
    return list(rule.check(View(Sample((Message("user", user), Message("assistant", answer))))))


def test_a_violation_caps_the_verdict_and_says_what_is_missing() -> None:
    (action,) = check("Describe a tree. Do not use commas.", "Tall, green.")
    assert isinstance(action, Flag)
    assert action.caps
    assert action.defect == "instruction_violation"
    assert action.place is not None
    assert action.place.quote == "Tall, green."


def test_a_met_requirement_passes() -> None:
    assert check("Describe a tree. Do not use commas.", "Tall and green.") == []


def test_it_can_be_a_note() -> None:
    (action,) = check("Describe a tree. Do not use commas.", "Tall, green.", caps=False)
    assert isinstance(action, Flag)
    assert not action.caps


@pytest.mark.parametrize(("ignored", "num_flags"), [((), 1), (("no_comma",), 0), (("json",), 1)])
def test_checks_can_be_left_out(ignored: tuple[str, ...], num_flags: int) -> None:
    actions = check("Describe a tree. Do not use commas.", "Tall, green.", ignored_checks=ignored)
    assert len(actions) == num_flags
