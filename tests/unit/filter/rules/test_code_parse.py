from assay.domain.action import Action, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.code_parse import CodeParse, CodeParseSettings

BROKEN = "Here:\n```python\ndef f(x)\n    return x\n```\n"


def actions(answer: str, settings: CodeParseSettings | None = None) -> list[Action]:
    view = View(Sample((Message("user", "Write it."), Message("assistant", answer))))
    return list(CodeParse(settings or CodeParseSettings()).check(view))


def test_broken_code_is_noted_without_capping() -> None:
    (action,) = actions(BROKEN)
    assert isinstance(action, Flag)
    assert not action.caps
    assert action.defect == "unparsable_code"
    assert action.place is not None
    assert action.place.quote == "def f(x)"


def test_the_setting_makes_it_cap() -> None:
    (action,) = actions(BROKEN, CodeParseSettings(caps=True))
    assert isinstance(action, Flag)
    assert action.caps


def test_code_that_parses_yields_nothing() -> None:
    assert actions(BROKEN.replace("f(x)", "f(x):")) == []
