"""How often Python looks for cycles while it judges; for the roots of processes that judge.

Judging makes many short-lived objects and few cycles, so most looks are for nothing.
"""

import gc

# Measured: 13.6 % more judgements for the same CPU time (interval 4.7 to 21.1 %, 24 pairs).
THRESHOLDS = (20_000, 10, 10)


def collect_rarely() -> None:
    """Let this process look for cycles less often, for good."""
    gc.set_threshold(*THRESHOLDS)
