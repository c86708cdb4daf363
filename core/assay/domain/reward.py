"""What a rollout earns: a number with its parts and its reason, or nothing and why.

A reward that is null was not measured: a trainer masks its rollout. It is never zero, for zero is
what a wrong answer earns. What an answer causes by itself (a time-out, a crash that comes again) is
the answer's doing and earns zero; what the service suffers (a dead worker, a judge that is away) is
null.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class RewardDomain(StrEnum):
    """What kind of task a rollout answers; a route of the same name says how it is rewarded."""

    MATH = "math"
    SCIENCE = "science"
    LOGICAL_REASONING = "logical_reasoning"
    INSTRUCTION_FOLLOWING = "instruction_following"
    STRUCTURED_OUTPUT = "structured_output"
    TEXT2SQL = "text2sql"
    TEMPORAL_REASONING = "temporal_reasoning"
    GENERAL_CHAT = "general_chat"
    IN_CONTEXT_LEARNING = "in_context_learning"
    IDENTITY = "identity"
    KNOWLEDGE_CALIBRATION = "knowledge_calibration"


class RewardStatus(StrEnum):
    """How a rollout was verified.

    `ok`: to the end. `timeout`: the answer took longer than its deadline (reward 0). `crashed`: a
    worker died of it, twice where the answer is to blame (0), once where it is not (null).
    `invalid_task`: the task itself cannot be graded. `judge_failed`: a judge or reward model gave
    no usable answer. `overloaded`: there was no room. The last three are null.
    """

    OK = "ok"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    INVALID_TASK = "invalid_task"
    JUDGE_FAILED = "judge_failed"
    OVERLOADED = "overloaded"


class Reward(BaseModel):
    """What one rollout earned.

    Attributes:
        id: the rollout's, as given.
        reward: None where it was not measured; a trainer masks such a rollout.
        status: how it was verified.
        parts: what the reward was made of, by name; shaping and penalties among them.
        extracted: the answer that was found in the response, cut to a few hundred characters.
        reason: one line for people, without the answer's text.
        verifier: the route's id, for example `math`.
        version: version of the verifiers and digest of the route; changes when rewards may.
        milliseconds: spent on this rollout, waiting for its turn not included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | None = None
    reward: float | None
    status: RewardStatus
    parts: Mapping[str, float] = Field(default_factory=dict)
    extracted: str | None = None
    reason: str
    verifier: str
    version: str
    milliseconds: float = Field(ge=0)


class GroupDiagnostics(BaseModel):
    """How the rollouts of one group (answers to one prompt) compare.

    Attributes:
        group: its name, as given.
        num_rollouts: with and without a reward.
        num_scored: with one.
        mean: of the rewards; None where none was measured.
        std: their population standard deviation.
        is_zero_variance: the rewards before shaping are all equal (within 1e-6): the group teaches
            nothing; None under two of them.
        truncated_share: of all rollouts, those cut by the length limit.
        length_correlation: Spearman's, of reward and length; None where either is constant.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    group: str
    num_rollouts: int
    num_scored: int
    mean: float | None
    std: float | None
    is_zero_variance: bool | None
    truncated_share: float
    length_correlation: float | None
