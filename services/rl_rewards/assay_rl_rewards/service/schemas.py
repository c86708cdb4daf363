"""The service's requests and answers as OpenAPI describes them, with examples.

These models document; the hot path neither validates nor serialises by them. A test holds them
against real answers.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.reward import GroupDiagnostics, Reward, RewardStatus
from assay_rl_rewards.rollout_reading import MAX_NAME_CHARS, MAX_NUM_TOKENS
from assay_rl_rewards.tasks.checking import FaultKind

ShortText = Annotated[str, Field(max_length=MAX_NAME_CHARS)]
MATH_ROLLOUT: dict[str, Any] = {
    "id": "step-7/0",
    "group": "gsm8k-12",
    "domain": "math",
    "prompt": "What is 12 * 12? Put the answer into \\boxed{}.",
    "response": "12 * 12 = 144, so the answer is \\boxed{144}.",
    "reference": "144",
    "finish_reason": "stop",
    "num_tokens": 21,
}
CHAT_ROLLOUT: dict[str, Any] = {
    "id": "step-7/1",
    "domain": "general_chat",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Why is the sky blue?"},
    ],
    "response": "Air scatters blue light more than red light.",
    "language": "en",
}
REWARDS_EXAMPLES: dict[str, Any] = {
    "one answer": {"value": {"rollouts": [MATH_ROLLOUT]}},
    "a group and its diagnostics": {
        "value": {
            "rollouts": [
                MATH_ROLLOUT,
                MATH_ROLLOUT | {"id": "step-7/2", "response": "It is \\boxed{146}."},
            ]
        }
    },
    "two domains": {"value": {"rollouts": [MATH_ROLLOUT, CHAT_ROLLOUT]}},
}


TASKS_EXAMPLES: dict[str, Any] = {
    "two tasks, the second without its answer": {
        "value": {
            "tasks": [
                {"id": "t1", "domain": "math", "prompt": "What is 12 * 12?", "reference": "144"},
                {"id": "t2", "domain": "math", "prompt": "What is 12 * 12?"},
            ]
        }
    }
}


class FunctionBody(BaseModel):
    """The function that a turn calls; `arguments` is JSON text as written."""

    model_config = ConfigDict(extra="forbid")

    name: str
    arguments: str


class CallBody(BaseModel):
    """One tool call of an assistant turn."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    type: Literal["function"] = "function"
    function: FunctionBody


class MessageBody(BaseModel):
    """One turn of the prompt."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "user", "assistant", "tool"]
    content: str | None = None
    tool_calls: list[CallBody] | None = None
    tool_call_id: str | None = None
    name: str | None = None


class TaskBody(BaseModel):
    """One task. Either `prompt` or `messages` is there."""

    model_config = ConfigDict(extra="forbid")

    id: ShortText | None = Field(default=None, description="given back with what is told of it")
    domain: str = Field(description="one that GET /v1/domains lists")
    prompt: str | None = Field(default=None, description="the question, as one user turn")
    messages: list[MessageBody] | None = Field(default=None, min_length=1)
    reference: Any = Field(default=None, description="the right answer, in the domain's form")
    params: dict[str, Any] | None = Field(default=None, description="what else the domain takes")
    language: ShortText | None = Field(default=None, description="ISO 639-1, of the answer")


class TaskLineBody(TaskBody):
    """One task, as files of tasks hold it."""

    source: str | None = Field(default=None, description="where it is from; nothing is made of it")


class RolloutBody(TaskBody):
    """One answer to one task."""

    group: ShortText | None = Field(default=None, description="answers to one prompt share it")
    response: str = Field(description="what the policy wrote, thinking included")
    finish_reason: ShortText | None = Field(
        default=None, description="`length`: the response was cut"
    )
    num_tokens: int | None = Field(
        default=None, ge=0, le=MAX_NUM_TOKENS, description="of the response"
    )


class RewardsRequest(BaseModel):
    """Rollouts to reward; each gets its own reward or its own null."""

    model_config = ConfigDict(extra="forbid")

    rollouts: list[RolloutBody] = Field(min_length=1)


class RewardsAnswer(BaseModel):
    """The rewards in the order of the rollouts, and the groups in the order of their first one."""

    rewards: list[Reward]
    groups: list[GroupDiagnostics]


class TasksRequest(BaseModel):
    """Tasks to check; each is told fit, or why not."""

    model_config = ConfigDict(extra="forbid")

    tasks: list[TaskLineBody] = Field(min_length=1)


class FaultBody(BaseModel):
    """One reason to refuse a task."""

    kind: FaultKind
    reason: str


class CheckedTaskBody(BaseModel):
    """What was found of one task."""

    id: str | None
    is_fit: bool | None = Field(description="null: it was not checked, and `status` says why")
    status: RewardStatus
    reason: str
    faults: list[FaultBody]
    constants: list[str] = Field(description="fixed answers that earn everything here")
    has_gold: bool | None


class TaskSummaryBody(BaseModel):
    """All tasks together; `constant_shares`: of the fit ones, how many a fixed answer wins."""

    num_tasks: int
    num_fit: int
    faults: dict[str, int]
    constant_shares: dict[str, float]


class TasksAnswer(BaseModel):
    """The tasks in the order asked, and all of them together."""

    tasks: list[CheckedTaskBody]
    summary: TaskSummaryBody


class VerifierBody(BaseModel):
    """A verifier of a route; `version` changes when its grades may."""

    id: str
    version: int
    params: dict[str, Any] | None = Field(description="JSON Schema of what it takes in `params`")


class DomainBody(BaseModel):
    """A domain, its route as resolved, and what its rewards depend on."""

    domain: str
    version: str
    digest: str = Field(description="SHA-256 of the resolved route")
    route: dict[str, Any]
    verifiers: list[VerifierBody]


class LimitsBody(BaseModel):
    """How much the service takes on."""

    max_rollouts: int
    max_body_bytes: int
    max_response_chars: int
    deadline_seconds: float
    request_timeout_seconds: float


class DomainsAnswer(BaseModel):
    """The domains that a rollout may name."""

    domains: list[DomainBody]
    limits: LimitsBody
