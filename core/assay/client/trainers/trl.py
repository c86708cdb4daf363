"""TRL: an async reward function for `GRPOTrainer(reward_funcs=[make_reward_function(URL)])`.

The data set's columns `domain`, `reference` (or `answer`), `params` and `language` travel with each
completion. None stands for null: TRL leaves such a completion out of the group's statistics.
Rollouts with equal prompts are one group; what the service says of groups goes to TRL's metrics.
Source: trl/trainer/grpo_trainer.py, `_calculate_rewards`, 1.16.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeAlias

from assay.client.reward_wire import RewardsAnswer
from assay.client.trainers.asking import open_client, to_rollout, to_text
from assay.domain.rollout import Rollout

RewardFunction: TypeAlias = Callable[..., Coroutine[Any, Any, list[float | None]]]
COLUMNS = ("domain", "reference", "answer", "params", "language")


def make_reward_function(
    url: str, *, api_key: str | None = None, domain: str | None = None, name: str = "assay"
) -> RewardFunction:
    """Return a reward function that asks a service.

    Args:
        url: the reward service.
        api_key: one of its keys.
        domain: of tasks whose data has no such column.
        name: what TRL calls the reward in its metrics.
    """

    async def reward(
        prompts: Sequence[Any], completions: Sequence[Any], **columns: Any
    ) -> list[float | None]:
        rollouts = read_rollouts(prompts, completions, columns, domain)
        client = open_client(url, api_key)
        answer = await asyncio.to_thread(client.score, rollouts)
        _log(columns.get("log_metric"), name, answer)
        return [found.reward for found in answer.rewards]

    reward.__name__ = name
    return reward


def read_rollouts(
    prompts: Sequence[Any],
    completions: Sequence[Any],
    columns: Mapping[str, Any],
    domain: str | None,
) -> list[Rollout]:
    """Return the rollouts of one call, in order.

    Raises:
        InputError: no domain is known, or a prompt is of another form.
    """
    groups: dict[str, str] = {}
    token_ids = columns.get("completion_ids")
    rollouts = []
    for at, (prompt, completion) in enumerate(zip(prompts, completions, strict=True)):
        task = {name: columns[name][at] for name in COLUMNS if name in columns}
        rollouts.append(
            to_rollout(
                task,
                domain=domain,
                prompt=prompt,
                response=to_text(completion),
                id=str(at),
                group=groups.setdefault(repr(prompt), f"group-{len(groups)}"),
                num_tokens=None if token_ids is None else len(token_ids[at]),
            )
        )
    return rollouts


def _log(log_metric: Callable[[str, float], None] | None, name: str, answer: RewardsAnswer) -> None:
    if log_metric is None or not answer.groups:
        return
    flat = sum(bool(group.is_zero_variance) for group in answer.groups)
    log_metric(f"{name}/zero_variance_share", flat / len(answer.groups))
    nulls = sum(reward.reward is None for reward in answer.rewards)
    log_metric(f"{name}/null_share", nulls / len(answer.rewards))
