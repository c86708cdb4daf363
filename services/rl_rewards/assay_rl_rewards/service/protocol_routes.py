"""The endpoints that trainers know from elsewhere, mapped onto rollouts and rewards.

They stand at the root, where those trainers look for them. What they cannot say (a null) is said as
their own failure: see `protocols`.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from assay.domain.reward import Reward
from assay.domain.rollout import Rollout
from assay.web.disconnect import unless_disconnected
from assay.web.openapi import problem_responses
from assay.web.problems import (
    BODY_TIMEOUT,
    BODY_TOO_LARGE,
    INTERNAL,
    INVALID_REQUEST,
    MALFORMED_BODY,
    NOT_FOUND,
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    Problem,
    ProblemError,
)
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.protocols import classify, nemo_gym, openrlhf, slime
from assay_rl_rewards.protocols.unmeasured import UNFIT, UNMEASURED
from assay_rl_rewards.reward_model.port import RewardModel
from assay_rl_rewards.reward_model.scorer import RewardModelScorer
from assay_rl_rewards.scorer import Scorer
from assay_rl_rewards.service.scoring import NOT_KEPT, REWARDS_TIMEOUT, RewardScoring

_KINDS = (
    MALFORMED_BODY,
    UNAUTHORIZED,
    NOT_FOUND,
    BODY_TIMEOUT,
    BODY_TOO_LARGE,
    INVALID_REQUEST,
    UNFIT,
    TOO_MANY_REQUESTS,
    INTERNAL,
    UNMEASURED,
    NOT_KEPT,
    REWARDS_TIMEOUT,
)
MAX_CONVERSATIONS = 4096
Domain = Annotated[
    str | None, Query(max_length=64, description="Of tasks whose label names no domain.")
]


def make_protocol_routes(
    scoring: RewardScoring, reward_model: Callable[[], RewardModel | None]
) -> APIRouter:
    """Return the routes; `reward_model` gives the model behind `/classify` once it is open."""
    router = APIRouter(tags=["protocols"])
    responses = problem_responses(_KINDS)

    async def reward(request: Request, rollouts: list[Rollout | UnreadRollout]) -> list[Reward]:
        scored = await unless_disconnected(request, scoring.score_rollouts(rollouts))
        return list(scored.rewards)

    @router.post("/get_reward", summary="OpenRLHF's remote reward model", responses=responses)
    async def get_reward(
        request: Request, body: openrlhf.OpenRlhfRequest, domain: Domain = None
    ) -> openrlhf.OpenRlhfAnswer:
        try:
            rollouts = openrlhf.read_rollouts(body, domain)
        except ValueError as exc:
            detail = "expected query, prompts and labels of the same length, found others"
            raise ProblemError(Problem(UNFIT, detail)) from exc
        return openrlhf.write_answer(await reward(request, rollouts))

    @router.post("/slime", summary="slime's remote reward model", responses=responses)
    async def slime_reward(
        request: Request, body: slime.SlimeRequest, domain: Domain = None
    ) -> slime.SlimeAnswer:
        (found,) = await reward(request, [slime.read_rollout(body, domain)])
        return slime.write_answer(found)

    @router.post("/classify", summary="vLLM's scores of a reward model", responses=responses)
    async def classify_conversations(
        request: Request, body: classify.ClassifyRequest
    ) -> classify.ClassifyAnswer:
        model = reward_model()
        if model is None:
            detail = "expected a reward model to ask, found none configured"
            raise ProblemError(Problem(NOT_FOUND, detail))
        conversations = classify.read_conversations(body)
        if len(conversations) > MAX_CONVERSATIONS:
            detail = f"expected at most {MAX_CONVERSATIONS} conversations, found more"
            raise ProblemError(Problem(UNFIT, detail))
        with scoring.admission.admit(len(conversations)):
            logits = await unless_disconnected(request, model.score(conversations))
        return classify.write_answer(body, model.name, logits)

    _add_nemo_gym(router, reward)
    return router


def model_of(scorer: Scorer | None) -> RewardModel | None:
    """Return the model behind a scorer, where it is one with a model."""
    return scorer.model if isinstance(scorer, RewardModelScorer) else None


def _add_nemo_gym(router: APIRouter, reward: Callable[..., Any]) -> None:
    responses = problem_responses(_KINDS)

    @router.post("/seed_session", summary="NeMo Gym: nothing to seed", responses=responses)
    async def seed_session(request: Request) -> dict[str, Any]:
        return {}

    @router.post("/verify", summary="NeMo Gym: a row with its reward", responses=responses)
    async def verify(request: Request, body: nemo_gym.VerifyRequest) -> dict[str, Any]:
        (found,) = await reward(request, [nemo_gym.read_rollout(body)])
        return nemo_gym.write_answer(body, found)

    @router.post("/aggregate_metrics", summary="NeMo Gym: statistics of rows", responses=responses)
    async def aggregate_metrics(body: nemo_gym.MetricsRequest) -> nemo_gym.Metrics:
        return nemo_gym.aggregate(body.verify_responses)

    @router.get("/reverify_mode", summary="NeMo Gym: rows may be verified again")
    async def reverify_mode() -> str:
        return nemo_gym.REVERIFY_MODE
