"""What was measured of one term of a rollout's route, or why nothing was.

Two rules keep rewards honest. What an answer causes by itself (its deadline passed, its worker died
of it twice) is a measurement of 0: a hostile answer is not masked away. What the service suffers is
None, and never 0.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from assay.domain.errors import AssayError
from assay.domain.reward import RewardStatus
from assay_rl_rewards.pool.jobs import Outcome

# The later, the worse: what is told of a rollout is its worst term.
_SEVERITY = {
    status: at
    for at, status in enumerate(
        (
            RewardStatus.OK,
            RewardStatus.TIMEOUT,
            RewardStatus.CRASHED,
            RewardStatus.OVERLOADED,
            RewardStatus.JUDGE_FAILED,
            RewardStatus.INVALID_TASK,
        )
    )
}
_NO_SCORE = "expected a score of 0 to 1 of the verifier, found another"
_BY_THE_ANSWER = frozenset((RewardStatus.TIMEOUT, RewardStatus.CRASHED))


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured term; `value` None: not measured, and `status` and `reason` say why."""

    value: float | None
    status: RewardStatus
    reason: str
    extracted: str | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    milliseconds: float = 0.0

    @property
    def is_forfeited(self) -> bool:
        """Whether the answer itself ended the measuring."""
        return self.status in _BY_THE_ANSWER and self.value is not None


def from_outcome(outcome: Outcome) -> Measurement:
    """Return what a verifier measured."""
    grade, spent = outcome.grade, outcome.milliseconds
    if grade is None:
        return Measurement(None, outcome.status, outcome.reason, milliseconds=spent)
    if not 0.0 <= grade.score <= 1.0:  # also NaN; a fault of the verifier's, not of the answer's
        return Measurement(None, RewardStatus.CRASHED, _NO_SCORE, milliseconds=spent)
    return Measurement(
        grade.score, outcome.status, grade.reason, grade.extracted, grade.parts, spent
    )


def from_score(score: float | AssayError, milliseconds: float) -> Measurement:
    """Return what a reward model or judge measured."""
    if isinstance(score, AssayError):
        return Measurement(None, RewardStatus.JUDGE_FAILED, str(score), milliseconds=milliseconds)
    if not math.isfinite(score):
        reason = "expected a finite score of the model, found none"
        return Measurement(None, RewardStatus.JUDGE_FAILED, reason, milliseconds=milliseconds)
    return Measurement(score, RewardStatus.OK, "scored by a model", milliseconds=milliseconds)


def worst(measurements: Iterable[Measurement]) -> Measurement:
    """Return the measurement that says the worst; the first of equal ones."""
    return max(measurements, key=lambda measurement: _SEVERITY[measurement.status])
