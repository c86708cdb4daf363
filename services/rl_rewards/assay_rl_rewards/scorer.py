"""What a scorer is: it grades answers by asking a model, many at a time.

Verifiers are pure and run in worker processes; a scorer waits for a network or a device and lives
in the event loop. A failure is an error of its own answer, never a score, and the rollout's reward
is null: `status_of` says under which status.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from assay.domain.errors import JudgeBackendError, RewardModelError
from assay.domain.reward import RewardStatus
from assay_rl_rewards.verifier import Grade, Task

ScorerError: TypeAlias = RewardModelError | JudgeBackendError
Scored: TypeAlias = Grade | ScorerError

SATURATED = "saturated"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to be scored: the task, and the final text of the response."""

    task: Task
    text: str


class Scorer(Protocol):
    """Grades answers of any task; `reward_model` and `judge` are what routes call the two."""

    @property
    def id(self) -> str:
        """What routes call it."""

    @property
    def version(self) -> str:
        """Changes whenever the same answer may be graded differently."""

    async def score_answers(self, answers: Sequence[Answer]) -> list[Scored]:
        """Return, per answer and in order, its grade, or why there is none."""

    async def close(self) -> None:
        """Let go of what it holds."""


def status_of(error: ScorerError) -> RewardStatus:
    """Return the status of a rollout whose scorer failed; its reward is null either way."""
    if error.code == SATURATED:
        return RewardStatus.OVERLOADED
    return RewardStatus.JUDGE_FAILED
