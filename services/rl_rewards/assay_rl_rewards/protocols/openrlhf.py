"""OpenRLHF's remote reward model: `POST /get_reward`, set by `--reward.remote_url`.

The request holds whole conversations as text, special tokens included (`query`), the prompts they
begin with, and the labels of the data set; the answer `rewards`, `scores` (0 to 1, for its dynamic
filtering) and `extra_logs`, one number a query each. Source: openrlhf/utils/agent.py and
openrlhf/cli/serve_rm.py of August 2026. It has no null: see `unmeasured`; the trainer asks five
times and then leaves that reward empty.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from assay.domain.reward import Reward
from assay.domain.rollout import Rollout
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.protocols.labels import make_rollout
from assay_rl_rewards.protocols.unmeasured import measured

EXAMPLE: dict[str, Any] = {
    "query": [
        "<|start_of_role|>user<|end_of_role|>What is 12 * 12?<|end_of_text|>\n"
        "<|start_of_role|>assistant<|end_of_role|>It is \\boxed{144}.<|end_of_text|>"
    ],
    "prompts": [
        "<|start_of_role|>user<|end_of_role|>What is 12 * 12?<|end_of_text|>\n"
        "<|start_of_role|>assistant<|end_of_role|>"
    ],
    "labels": [{"domain": "math", "reference": "144"}],
}


class OpenRlhfRequest(BaseModel):
    """Lists of the same length; `labels` may hold any JSON."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, json_schema_extra={"examples": [EXAMPLE]}
    )

    query: list[str] = Field(min_length=1)
    prompts: list[str]
    labels: list[JsonValue]


class OpenRlhfAnswer(BaseModel):
    """One number a query."""

    rewards: list[float]
    scores: list[float]
    extra_logs: dict[str, list[float]]


def read_rollouts(request: OpenRlhfRequest, domain: str | None) -> list[Rollout | UnreadRollout]:
    """Return the rollouts of a request.

    Raises:
        ValueError: the lists differ in length.
    """
    triples = zip(request.query, request.prompts, request.labels, strict=True)
    return [_read(query, prompt, label, domain) for query, prompt, label in triples]


def write_answer(rewards: Sequence[Reward]) -> OpenRlhfAnswer:
    """Return the answer.

    Raises:
        ProblemError: a reward is null.
    """
    numbers = measured(rewards)
    names = sorted({name for reward in rewards for name in reward.parts})
    logs = {name: [reward.parts.get(name, 0.0) for reward in rewards] for name in names}
    scores = [min(max(number, 0.0), 1.0) for number in numbers]
    return OpenRlhfAnswer(rewards=numbers, scores=scores, extra_logs=logs)


def _read(query: str, prompt: str, label: JsonValue, domain: str | None) -> Rollout | UnreadRollout:
    """Read what follows the prompt; decoding may have put tokens (a BOS) before it."""
    _, found, response = query.partition(prompt)
    if not found:
        return UnreadRollout("expected a query that begins with its prompt, found another")
    return make_rollout(label, prompt=prompt, response=response, domain=domain)
