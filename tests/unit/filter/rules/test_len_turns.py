from assay.domain.action import Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.len_turns import LenTurns, LenTurnsSettings


def test_more_messages_than_usual_are_a_note() -> None:
    rule = LenTurns(LenTurnsSettings(max_turns=3))
    turn = Message("user", "hi")
    (flag,) = rule.check(View(Sample((turn,) * 4)))
    assert isinstance(flag, Flag) and not flag.caps and flag.value == 4
    assert not list(rule.check(View(Sample((turn,) * 3))))
