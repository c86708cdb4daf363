"""Shaping: penalties between 0 and -1 that no gate closes.

The curves are clamped at both ends. Implementations in the field that are not (`min(-x, 0)`) let a
runaway length outweigh everything else in its batch.
"""

from assay_rl_rewards.routes.route import LengthShaping, OverlongShaping, RepetitionShaping


def overlong_penalty(shaping: OverlongShaping, num_tokens: int) -> float:
    """Return DAPO's punishment of a response of `num_tokens` (arXiv 2503.14476, eq. 13)."""
    return _falling(num_tokens, shaping.max_tokens - shaping.cache_tokens, shaping.max_tokens)


def length_penalty(shaping: LengthShaping, num_tokens: int) -> float:
    """Return the penalty for length of a response of `num_tokens`."""
    return _falling(num_tokens, shaping.free_tokens, shaping.full_tokens)


def repetition_penalty(shaping: RepetitionShaping, repeated_share: float) -> float:
    """Return the penalty for a share (0..1) of text that repeats itself."""
    return _falling(repeated_share, shaping.free_share, shaping.full_share)


def _falling(value: float, free: float, full: float) -> float:
    """0 up to `free`, -1 from `full` on, linear between."""
    if value <= free:
        return 0.0
    return max((free - value) / (full - free), -1.0)
