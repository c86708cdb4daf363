import gc

from assay_judge.engine.collecting import THRESHOLDS, collect_rarely


def test_cycles_are_looked_for_less_often_than_by_default() -> None:
    before = gc.get_threshold()
    try:
        collect_rarely()
        assert gc.get_threshold() == THRESHOLDS
        assert THRESHOLDS[0] > before[0]
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
