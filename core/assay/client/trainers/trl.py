"""TRL: an async reward function for `GRPOTrainer(reward_funcs=[make_reward_function(URL)])`.

The data set's columns `domain`, `reference` (or `answer`), `params` and `language` travel with each
completion. None stands for null: TRL leaves such a completion out of the group's statistics.
Rollouts with equal prompts are one group; what the service says of groups goes to TRL's metrics.
Source: trl/trainer/grpo_trainer.py, `_calculate_rewards`, 1.16.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, TypeAlias

from assay.client.reward_wire import RewardsAnswer
from assay.client.trainers.asking import open_client, to_rollout, to_text
from assay.domain.rollout import CUT_BY_LENGTH, Rollout

RewardFunction: TypeAlias = Callable[..., Coroutine[Any, Any, list[float | None]]]
ENDED_BY_ITSELF = "stop"
COLUMNS = ("domain", "reference", "answer", "params", "language")


def make_reward_function(
    url: str,
    *,
    api_key: str | None = None,
    domain: str | None = None,
    name: str = "assay",
    eos_token_id: int | Sequence[int] | None = None,
) -> RewardFunction:
    """Return a reward function that asks a service.

    Args:
        url: the reward service.
        api_key: one of its keys.
        domain: of tasks whose data has no such column.
        name: what TRL calls the reward in its metrics.
        eos_token_id: the id, or ids, that end a completion (`tokenizer.eos_token_id`, or those of
            the generation config); a completion that ends with none was cut. TRL does not say so
            itself: without it no completion is known as cut.
    """
    ends = frozenset([eos_token_id] if isinstance(eos_token_id, int) else eos_token_id or ())

    async def reward(
        prompts: Sequence[Any], completions: Sequence[Any], **columns: Any
    ) -> list[float | None]:
        rollouts = read_rollouts(prompts, completions, columns, domain, ends)
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
    ends: Collection[int] = (),
) -> list[Rollout]:
    """Return the rollouts of one call, in order; `ends` are the ids that end a completion.

    Raises:
        InputError: no domain is known, or a prompt is of another form.
    """
    groups: dict[str, str] = {}
    token_ids = columns.get("completion_ids")
    rollouts = []
    for at, (prompt, completion) in enumerate(zip(prompts, completions, strict=True)):
        task = {name: columns[name][at] for name in COLUMNS if name in columns}
        ids = None if token_ids is None else token_ids[at]
        rollouts.append(
            to_rollout(
                task,
                domain=domain,
                prompt=prompt,
                response=to_text(completion),
                id=str(at),
                group=groups.setdefault(repr(prompt), f"group-{len(groups)}"),
                num_tokens=None if ids is None else len(ids),
                finish_reason=_finish_reason(ids, ends),
            )
        )
    return rollouts


def _finish_reason(ids: Sequence[int] | None, ends: Collection[int]) -> str | None:
    if ids is None or not ends:
        return None
    return ENDED_BY_ITSELF if len(ids) and ids[-1] in ends else CUT_BY_LENGTH


def _log(log_metric: Callable[[str, float], None] | None, name: str, answer: RewardsAnswer) -> None:
    if log_metric is None or not answer.groups:
        return
    flat = sum(bool(group.is_zero_variance) for group in answer.groups)
    log_metric(f"{name}/zero_variance_share", flat / len(answer.groups))
    nulls = sum(reward.reward is None for reward in answer.rewards)
    log_metric(f"{name}/null_share", nulls / len(answer.rewards))
