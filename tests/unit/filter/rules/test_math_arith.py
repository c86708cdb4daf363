from assay.domain.action import Action, Drop
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.math_arith import MathArith, MathArithSettings


def actions(answer: str, settings: MathArithSettings | None = None) -> list[Action]:
    view = View(Sample((Message("user", "How much is it?"), Message("assistant", answer))))
    return list(MathArith(settings or MathArithSettings()).check(view))


def test_a_false_computation_drops_with_its_defect_and_words() -> None:
    (action,) = actions("Four boxes hold 4 * 12 = 46 eggs.")
    assert isinstance(action, Drop)
    assert action.defect == "incorrect_computation"
    assert action.place is not None
    assert action.place.quote == "4 * 12 = 46"
    assert action.reason == "false computation: expected 4 * 12 = 48, found 46"


def test_every_false_computation_is_told() -> None:
    assert len(actions("So 2 + 2 = 5.\nAnd 3 + 3 = 7.")) == 2


def test_true_computations_and_prose_yield_nothing() -> None:
    assert actions("Four boxes hold 4 * 12 = 48 eggs.") == []
    assert actions("Eggs are sold by the dozen.") == []


def test_the_allowance_keeps_a_sample_up_to_its_count() -> None:
    lenient = MathArithSettings(max_false=1)
    assert actions("So 2 + 2 = 5.", lenient) == []
    assert len(actions("So 2 + 2 = 5.\nAnd 3 + 3 = 7.", lenient)) == 2
