"""slime's remote reward model (`--rm-type remote_rm --rm-url URL`): one sample a request.

The answer is an object; `--reward-key reward` reads the number out of it. Source:
slime/rollout/rm_hub of August 2026. It has no null: see `unmeasured`; the trainer asks ten times.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from assay.domain.reward import Reward
from assay.domain.rollout import Rollout
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.protocols.labels import make_rollout
from assay_rl_rewards.protocols.unmeasured import measured

EXAMPLE: dict[str, Any] = {
    "prompt": "What is 12 * 12?",
    "response": "It is \\boxed{144}.",
    "label": {"domain": "math", "reference": "144"},
}


class SlimeRequest(BaseModel):
    """A sample; its prompt is a text, or the messages before the template."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, json_schema_extra={"examples": [EXAMPLE]}
    )

    prompt: str | list[JsonValue]
    response: str
    label: JsonValue = None


class SlimeAnswer(BaseModel):
    """The reward, and what it was made of."""

    reward: float
    status: str
    parts: dict[str, float]
    reason: str


def read_rollout(request: SlimeRequest, domain: str | None) -> Rollout | UnreadRollout:
    """Return the rollout of a request."""
    return make_rollout(
        request.label, prompt=request.prompt, response=request.response, domain=domain
    )


def write_answer(reward: Reward) -> SlimeAnswer:
    """Return the answer.

    Raises:
        ProblemError: the reward is null.
    """
    (number,) = measured([reward])
    return SlimeAnswer(
        reward=number,
        status=reward.status.value,
        parts=dict(reward.parts),
        reason=reward.reason,
    )
