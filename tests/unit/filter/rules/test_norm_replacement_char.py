from assay.domain.action import Action, Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.norm_replacement_char import (
    NormReplacementChar,
    NormReplacementCharSettings,
)


def check(text: str, role: str = "assistant", max_share: float = 0.005) -> list[Action]:
    rule = NormReplacementChar(NormReplacementCharSettings(max_share=max_share))
    return list(rule.check(View(Sample((Message(role, text),)))))


def test_whole_text_yields_nothing() -> None:
    assert check("Ganz heil: äöü 你好") == []


def test_a_single_loss_in_a_long_answer_is_flagged_with_its_place() -> None:
    text = "word " * 100 + "lo\ufffdt" + " word" * 100
    (flag,) = check(text)
    assert isinstance(flag, Flag)
    assert flag.caps
    assert flag.place is not None
    assert flag.place.quote == text[flag.place.start : flag.place.start + len(flag.place.quote)]
    assert "\ufffd" in flag.place.quote


def test_much_loss_drops() -> None:
    (drop,) = check("a\ufffdb\ufffd")
    assert isinstance(drop, Drop)
    assert drop.value == 0.5
    assert drop.threshold == 0.005


def test_share_is_a_setting_and_other_turns_only_flag() -> None:
    assert isinstance(check("a\ufffdb\ufffd", max_share=0.6)[0], Flag)
    assert isinstance(check("a\ufffdb\ufffd", role="user")[0], Flag)
