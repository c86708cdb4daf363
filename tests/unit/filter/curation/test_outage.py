"""Which failures of a judge stop a run, and which are a sample's own."""

import pytest

from assay.domain.errors import JudgeBackendError
from assay_filter.curation.outage import MIN_OUTAGE, OUTAGE, stop_on_outage


def failures(code: str, num: int) -> list[object]:
    return [JudgeBackendError(f"no answer {at}", code) for at in range(num)]


def test_one_that_is_unreachable_is_an_outage_whatever_the_others_got() -> None:
    with pytest.raises(JudgeBackendError) as raised:
        stop_on_outage([(), *failures("malformed", 1), *failures("unreachable", 1), ()])
    assert raised.value.code == "unreachable"


@pytest.mark.parametrize("code", sorted(OUTAGE - {"unreachable"}))
def test_other_failures_are_an_outage_when_nobody_gets_an_answer(code: str) -> None:
    with pytest.raises(JudgeBackendError):
        stop_on_outage(failures(code, MIN_OUTAGE))
    stop_on_outage(failures(code, MIN_OUTAGE - 1))
    stop_on_outage([*failures(code, 100), ()])


def test_what_may_be_the_samples_own_is_none_however_often() -> None:
    stop_on_outage(failures("malformed", 100))
    stop_on_outage([*failures("timeout", 100), *failures("context_overflow", 1)])
    stop_on_outage([])
