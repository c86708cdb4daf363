"""What was measured of one term of a rollout's route, or why nothing was.

Two rules keep rewards honest. What an answer causes by itself (its deadline passed, its worker died
of it twice) is a measurement of 0: a hostile answer is not masked away. What the service suffers is
None, and never 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from assay.domain.reward import RewardStatus
from assay_rl_rewards.pool.jobs import Outcome
from assay_rl_rewards.scorer import Scored, status_of
from assay_rl_rewards.verifier import Grade

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
_NO_SCORE = "expected a score of 0 to 1, found another"
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
    if outcome.grade is None:
        spent = outcome.milliseconds
        return Measurement(None, outcome.status, outcome.reason, milliseconds=spent)
    return _of_grade(outcome.grade, outcome.status, outcome.milliseconds)


def from_scored(scored: Scored, milliseconds: float) -> Measurement:
    """Return what a reward model or judge measured."""
    if isinstance(scored, Grade):
        return _of_grade(scored, RewardStatus.OK, milliseconds)
    return Measurement(None, status_of(scored), str(scored), milliseconds=milliseconds)


def worst(measurements: Iterable[Measurement]) -> Measurement:
    """Return the measurement that says the worst; the first of equal ones."""
    return max(measurements, key=lambda measurement: _SEVERITY[measurement.status])


def _of_grade(grade: Grade, status: RewardStatus, spent: float) -> Measurement:
    if not 0.0 <= grade.score <= 1.0:  # also NaN; a fault of ours, not of the answer's
        return Measurement(None, RewardStatus.CRASHED, _NO_SCORE, milliseconds=spent)
    return Measurement(grade.score, status, grade.reason, grade.extracted, grade.parts, spent)
