"""A rollout: one answer that a policy gave to a task, as it is sent to be rewarded.

What the task wants (`reference`, `params`) travels with the answer, so a reward service keeps no
state; each domain says what it takes in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.domain.sample import JsonValue, Message

CUT_BY_LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Rollout:
    """One answer to one task.

    Attributes:
        domain: what kind of task it is, one of `RewardDomain`.
        messages: the prompt; the last user turn is the question.
        response: what the policy wrote, thinking included.
        reference: what the right answer is; each domain says in what form.
        params: what else the domain must know of the task.
        language: ISO 639-1 code of the answer that is wanted, where it is known.
        finish_reason: why generation ended; `length`: it was cut.
        num_tokens: of the response; shaping by length needs it.
        id: given back with the reward.
        group: answers to one prompt share it; its diagnostics are given back under it.
    """

    domain: str
    messages: tuple[Message, ...]
    response: str
    reference: JsonValue = None
    params: Mapping[str, JsonValue] = field(default_factory=dict)
    language: str | None = None
    finish_reason: str | None = None
    num_tokens: int | None = None
    id: str | None = None
    group: str | None = None

    @property
    def is_truncated(self) -> bool:
        """Whether the length limit cut it."""
        return self.finish_reason == CUT_BY_LENGTH
