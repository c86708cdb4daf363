"""The models that a service asks beside its verifiers: a scalar reward model, and a judge service.

Both live in the event loop, so they are opened when the service starts. One that is away then does
not stop it: rollouts that need it are null until it answers.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from assay.domain.errors import ConfigError
from assay_rl_rewards.scorer import Scorer
from assay_rl_rewards.service.scorer_health import Look, ScorerHealth
from assay_rl_rewards.service.settings import RewardServiceSettings

if TYPE_CHECKING:
    from assay_rl_rewards.judging.judge import JudgeScorer
    from assay_rl_rewards.reward_model.port import RewardModel

REWARD_MODEL = "reward_model"
JUDGE = "judge"

OpenScorers: TypeAlias = Callable[[], AbstractAsyncContextManager[Mapping[str, Scorer]]]


def scorers_of(settings: RewardServiceSettings, health: ScorerHealth) -> OpenScorers:
    """Return what opens the scorers that the settings name; `health` watches them.

    Raises:
        ConfigError: a reward model is named in part only.
    """
    parts = (settings.reward_model_folder, settings.reward_model_scale)
    if any(parts) != all(parts) or (settings.reward_model_url is not None and not all(parts)):
        raise ConfigError(
            "expected a reward model with its folder (tokenizer and chat template) and its scale, "
            "found one without the other; set ASSAY_RL_REWARDS_REWARD_MODEL_FOLDER and _SCALE"
        )
    return partial(_opened, settings, health)


@asynccontextmanager
async def _opened(
    settings: RewardServiceSettings, health: ScorerHealth
) -> AsyncIterator[Mapping[str, Scorer]]:
    scorers: dict[str, Scorer] = {}
    looks: dict[str, Look] = {}
    async with AsyncExitStack() as stack:
        if settings.reward_model_folder is not None:
            model = _open_model(settings, settings.reward_model_folder, looks)
            stack.push_async_callback(model.close)
            scorers[REWARD_MODEL] = _reward_model(settings, model)
        if settings.judge_url is not None:
            judge = _judge(settings, settings.judge_url)
            stack.push_async_callback(judge.close)
            looks[JUDGE] = judge.identify
            scorers[JUDGE] = judge
        await stack.enter_async_context(health.watching(looks))
        yield scorers


def _reward_model(settings: RewardServiceSettings, model: "RewardModel") -> Scorer:
    from assay_rl_rewards.reward_model.scale import Scale
    from assay_rl_rewards.reward_model.scorer import RewardModelScorer

    assert settings.reward_model_scale is not None
    return RewardModelScorer(model, Scale.load(settings.reward_model_scale))


def _open_model(
    settings: RewardServiceSettings, folder: Path, looks: dict[str, Look]
) -> "RewardModel":
    from assay_rl_rewards.reward_model.tokens import ConversationEncoder  # extra reward-model

    encoder = ConversationEncoder.open(folder, max_tokens=settings.reward_model_max_tokens)
    if settings.reward_model_url is None:
        from assay_rl_rewards.reward_model.local import LocalRewardModel

        return LocalRewardModel(folder, encoder, device=settings.reward_model_device)
    from assay_rl_rewards.reward_model.vllm import VllmRewardModel, VllmSettings

    key = settings.reward_model_api_key
    server = VllmSettings(
        settings.reward_model_url,
        settings.reward_model_name or folder.name,
        version=settings.reward_model_version,
        api_key=key.get_secret_value() if key else None,
        max_in_flight=settings.reward_model_concurrency,
    )
    model = VllmRewardModel(server, encoder)
    looks[REWARD_MODEL] = model.check
    return model


def _judge(settings: RewardServiceSettings, url: str) -> "JudgeScorer":
    from assay.client.judge import JudgeClient
    from assay_rl_rewards.judging.judge import JudgeScorer

    key = settings.judge_api_key
    client = JudgeClient(
        url,
        api_key=key.get_secret_value() if key else None,
        mode=settings.judge_mode,
        rubric=settings.judge_rubric,
        max_in_flight=settings.judge_concurrency,
    )
    return JudgeScorer(client, rubric=settings.judge_rubric)
