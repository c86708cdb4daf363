"""The models that a service asks beside its verifiers: a scalar reward model, and a judge service.

Both live in the event loop, so they are opened when the service starts. One that is away then does
not stop it: rollouts that need it are null until it answers.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from assay.domain.errors import ConfigError, JudgeBackendError, RewardModelError
from assay.web.logs import Log
from assay_rl_rewards.scorer import Scorer
from assay_rl_rewards.service.settings import RewardServiceSettings

if TYPE_CHECKING:
    from assay_rl_rewards.reward_model.port import RewardModel

REWARD_MODEL = "reward_model"
JUDGE = "judge"

OpenScorers: TypeAlias = Callable[[], AbstractAsyncContextManager[Mapping[str, Scorer]]]


def scorers_of(settings: RewardServiceSettings, log: Log) -> OpenScorers:
    """Return what opens the scorers that the settings name.

    Raises:
        ConfigError: a reward model is named in part only.
    """
    parts = (settings.reward_model_folder, settings.reward_model_scale)
    if any(parts) != all(parts) or (settings.reward_model_url is not None and not all(parts)):
        raise ConfigError(
            "expected a reward model with its folder (tokenizer and chat template) and its scale, "
            "found one without the other; set ASSAY_RL_REWARDS_REWARD_MODEL_FOLDER and _SCALE"
        )
    return partial(_opened, settings, log)


@asynccontextmanager
async def _opened(settings: RewardServiceSettings, log: Log) -> AsyncIterator[Mapping[str, Scorer]]:
    async with AsyncExitStack() as stack:
        scorers: dict[str, Scorer] = {}
        if settings.reward_model_folder is not None:
            scorers[REWARD_MODEL] = await _reward_model(settings, log)
        if settings.judge_url is not None:
            scorers[JUDGE] = await _judge(settings, settings.judge_url, log)
        for scorer in scorers.values():
            stack.push_async_callback(scorer.close)
        yield scorers


async def _reward_model(settings: RewardServiceSettings, log: Log) -> Scorer:
    from assay_rl_rewards.reward_model.scale import Scale  # these need the extra reward-model
    from assay_rl_rewards.reward_model.scorer import RewardModelScorer

    assert settings.reward_model_scale is not None
    scale = Scale.load(settings.reward_model_scale)
    model = await _open_model(settings, log)
    return RewardModelScorer(model, scale)


async def _open_model(settings: RewardServiceSettings, log: Log) -> "RewardModel":
    from assay_rl_rewards.reward_model.tokens import ConversationEncoder

    folder = settings.reward_model_folder
    assert folder is not None
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
    )
    model = VllmRewardModel(server, encoder)
    try:
        await model.check()
    except RewardModelError as exc:
        log.warning("reward_model.away", reason=str(exc))
    except BaseException:
        await model.close()
        raise
    return model


async def _judge(settings: RewardServiceSettings, url: str, log: Log) -> Scorer:
    from assay.client.judge import JudgeClient
    from assay_rl_rewards.judging.judge import JudgeScorer

    key = settings.judge_api_key
    client = JudgeClient(
        url,
        api_key=key.get_secret_value() if key else None,
        mode=settings.judge_mode,
        rubric=settings.judge_rubric,
    )
    scorer = JudgeScorer(client, rubric=settings.judge_rubric)
    try:
        await scorer.identify()
    except JudgeBackendError as exc:
        log.warning("judge.away", reason=str(exc))
    return scorer
