"""vLLM's `/classify`, as verl asks a reward model: conversations in, one raw logit each.

`input` is a text in its chat template, or a list of such; `messages` is one conversation. The turns
of a text are believed as they stand, for the trainer wrote them there; with `messages` no response
can forge one. Token ids are refused: this service makes its own. As with vLLM,
`use_activation` is true by default and gives a sigmoid; trainers send false. Source:
verl/experimental/reward_loop of 0.9; vllm/entrypoints/pooling/classify of 0.32.
"""

import math
import time
import uuid
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from assay.domain.errors import InvalidTaskError, RewardModelError
from assay.web.problems import Problem, ProblemError
from assay_rl_rewards.protocols.labels import read_messages
from assay_rl_rewards.protocols.templated import read_prompt
from assay_rl_rewards.protocols.unmeasured import RETRY_SECONDS, UNFIT, UNMEASURED
from assay_rl_rewards.reward_model.port import Conversation, Logit

EXAMPLE: dict[str, Any] = {
    "model": "rm",
    "messages": [
        {"role": "user", "content": "Why is the sky blue?"},
        {"role": "assistant", "content": "Air scatters blue light more than red light."},
    ],
    "use_activation": False,
}
# What is the conversation's own fault; everything else may pass.
_OWN_FAULTS = frozenset(("too_long", "unreadable"))


class ClassifyRequest(BaseModel):
    """Either `input` or `messages`."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, json_schema_extra={"examples": [EXAMPLE]}
    )

    model: str | None = None
    input: str | list[str] | None = None
    messages: list[JsonValue] | None = None
    use_activation: bool = True


class Classified(BaseModel):
    """One conversation's score."""

    index: int
    label: str = "LABEL_0"
    probs: list[float]
    num_classes: int = 1


class ClassifyAnswer(BaseModel):
    """The scores in the order of the conversations."""

    id: str
    object: str = "list"
    created: int
    model: str
    data: list[Classified]


def read_conversations(request: ClassifyRequest) -> list[Conversation]:
    """Return the conversations of a request.

    Raises:
        ProblemError: it has none, or one does not end with an assistant's turn.
    """
    try:
        if request.messages is not None and request.input is None:
            return [_conversation(read_messages(request.messages))]
        if request.messages is None and request.input:
            texts = [request.input] if isinstance(request.input, str) else request.input
            return [_conversation(read_prompt(text)) for text in texts]
    except InvalidTaskError as exc:
        raise ProblemError(Problem(UNFIT, str(exc))) from exc
    raise ProblemError(Problem(UNFIT, "expected either input or messages, found both or none"))


def write_answer(request: ClassifyRequest, model: str, logits: Sequence[Logit]) -> ClassifyAnswer:
    """Return the answer.

    Raises:
        ProblemError: a conversation has no score: 422 where it is the reason itself, else 503.
    """
    return ClassifyAnswer(
        id=f"classify-{uuid.uuid4().hex}",
        created=int(time.time()),
        model=model,
        data=[
            Classified(index=index, probs=[_score(logit, request.use_activation)])
            for index, logit in enumerate(logits)
        ],
    )


def _score(logit: Logit, use_activation: bool) -> float:
    if isinstance(logit, RewardModelError):
        if logit.code in _OWN_FAULTS:
            raise ProblemError(Problem(UNFIT, str(logit)))
        raise ProblemError(Problem(UNMEASURED, str(logit), retry_after_seconds=RETRY_SECONDS))
    if not use_activation:
        return logit
    return 1 / (1 + math.exp(-logit)) if logit > 0 else math.exp(logit) / (1 + math.exp(logit))


def _conversation(messages: Sequence[Any]) -> Conversation:
    if len(messages) < 2 or messages[-1].role != "assistant":
        raise InvalidTaskError("expected a prompt and an assistant's turn, found another end")
    return Conversation(tuple(messages[:-1]), messages[-1].content or "")
