"""verl: `reward.custom_reward_function.path=<this file> name=compute_score`.

`reward_kwargs` of that setting give `url`, `api_key` and `domain`. verl has no null: a reward that
could not be measured raises, so that the run stops rather than learns from a zero that nobody gave.
Source: verl's `naive` reward manager, 0.9.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from assay.client.trainers.asking import (
    DEFAULT_URL,
    first_given,
    number_of,
    open_client,
    to_rollout,
)


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    url: str = DEFAULT_URL,
    api_key: str | None = None,
    domain: str | None = None,
    **_unused: Any,
) -> dict[str, float]:
    """Return `score` and the reward's parts, which verl logs.

    Args:
        data_source: the domain, where neither `extra_info` nor `domain` names one.
        solution_str: the response.
        ground_truth: the reference.
        extra_info: `domain`, `params`, `language` and `prompt` (or `question`) of the task;
            `finish_reason` (or `stop_reason`) of the response, where an agent loop of your own
            puts one there: verl by itself does not, and a cut response is then not known as cut.
        url: the reward service.
        api_key: one of its keys.
        domain: of all tasks.

    Raises:
        RewardError: the reward was not measured.
    """
    info = extra_info or {}
    task = {**info, "reference": first_given(ground_truth, info.get("reference"))}
    rollout = to_rollout(
        task,
        domain=domain or data_source,
        prompt=task.get("prompt") or task.get("question") or "",
        response=solution_str,
        finish_reason=first_given(info.get("finish_reason"), info.get("stop_reason")),
    )
    answer = await asyncio.to_thread(open_client(url, api_key).score, [rollout])
    (reward,) = answer.rewards
    return {"score": number_of(reward), **reward.parts}
