"""SkyRL: a single-turn environment whose reward the service gives.

Register it under a name and use it as `environment.env_class`:

    from skyrl_gym.envs import register
    register(id="assay", entry_point="assay.client.trainers.skyrl:RewardServiceEnv")

`extras` of a row hold the task under `reward_spec` (`ground_truth`), or `domain`, `reference`,
`params`, `language`; `env_config` holds `url`, `api_key`, `domain`. SkyRL has no null: a reward
that could not be measured raises. An environment is not told why generation ended, so the service
cannot know a response that was cut. Source: skyrl_gym/envs/base_text_env.py, 0.4.
"""

from collections.abc import Mapping
from typing import Any

from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput, ConversationType

from assay.client.trainers.asking import (
    DEFAULT_URL,
    first_given,
    number_of,
    open_client,
    to_rollout,
)


class RewardServiceEnv(BaseTextEnv):  # type: ignore[misc]
    """One prompt, one answer, one reward."""

    def __init__(
        self, env_config: Mapping[str, Any] | None = None, extras: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        config = dict(env_config or {})
        self._url = str(config.get("url") or DEFAULT_URL)
        self._api_key = config.get("api_key")
        self._domain = config.get("domain")
        self._task = _task_of(extras or {})
        self._prompt: ConversationType = []
        self._metrics: dict[str, Any] = {}

    def init(self, prompt: ConversationType) -> tuple[ConversationType, dict[str, Any]]:
        """Keep the prompt: the service is asked about it with the answer."""
        self._prompt = prompt
        return prompt, {}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """Return the reward of the answer; the episode is over.

        Raises:
            RewardError: the reward was not measured.
        """
        self.turns += 1
        rollout = to_rollout(self._task, domain=self._domain, prompt=self._prompt, response=action)
        (reward,) = open_client(self._url, self._api_key).score([rollout]).rewards
        self._metrics = {**reward.parts, "reward": number_of(reward)}
        return BaseTextEnvStepOutput(
            observations=[],
            reward=number_of(reward),
            done=True,
            metadata={"status": reward.status.value, "reason": reward.reason},
        )

    def get_metrics(self) -> dict[str, Any]:
        """Return the reward and its parts."""
        return self._metrics


def _task_of(extras: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = extras.get("reward_spec") or {}
    reference = first_given(extras.get("reference"), spec.get("ground_truth"))
    return {**extras, **{k: v for k, v in spec.items() if k in ("domain", "params")},
            "reference": reference}  # fmt: skip
