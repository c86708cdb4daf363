"""verifiers: a reward function for a rubric, `vf.Rubric(funcs=[make_rubric_function(URL)])`.

The row's `info` holds the task (`domain`, `reference`, `params`, `language`); `answer` is the
reference where it has none. A rubric has no null: a reward that could not be measured raises. The
state tells by its last step (`is_truncated`) whether the graded turn was cut.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from assay.client.trainers.asking import (
    first_given,
    number_of,
    open_client,
    to_rollout,
    to_text,
)
from assay.domain.rollout import CUT_BY_LENGTH


def make_rubric_function(
    url: str, *, api_key: str | None = None, domain: str | None = None, name: str = "assay"
) -> Callable[..., Coroutine[Any, Any, float]]:
    """Return a reward function that asks a service.

    Args:
        url: the reward service.
        api_key: one of its keys.
        domain: of tasks whose `info` has none.
        name: what the rubric calls it in its metrics.
    """

    async def reward(
        prompt: Any,
        completion: Any,
        answer: Any = None,
        info: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
        **_unused: Any,
    ) -> float:
        task = dict(info or {})
        task["answer"] = first_given(task.get("answer"), answer)
        rollout = to_rollout(
            task,
            domain=domain,
            prompt=prompt,
            response=_last(completion),
            finish_reason=_finish_reason(state or {}),
        )
        scored = await asyncio.to_thread(open_client(url, api_key).score, [rollout])
        return number_of(scored.rewards[0])

    reward.__name__ = name
    return reward


def _last(completion: Any) -> str:
    """Return the text of the last assistant turn: what came before it were steps."""
    if isinstance(completion, str):
        return completion
    turns = [turn for turn in completion if turn.get("role") == "assistant"]
    return to_text(turns[-1].get("content")) if turns else ""


def _finish_reason(state: Mapping[str, Any]) -> str | None:
    """Return `length` where the last step was cut; earlier steps are not graded."""
    steps = state.get("trajectory") or [state]
    return CUT_BY_LENGTH if steps[-1].get("is_truncated") else None
