"""Puts the clock of an interpreter ASSAY_CHAOS_SKEW seconds off; on PYTHONPATH, in all children.

`datetime.now` goes on telling the true time: it does not ask the module `time`.
"""

import os
import time

_SKEW = int(os.environ.get("ASSAY_CHAOS_SKEW", "0"))
_true_time, _true_time_ns = time.time, time.time_ns


def _time() -> float:
    return _true_time() + _SKEW


def _time_ns() -> int:
    return _true_time_ns() + _SKEW * 1_000_000_000


time.time, time.time_ns = _time, _time_ns
