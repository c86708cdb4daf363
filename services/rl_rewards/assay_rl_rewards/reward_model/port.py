"""The port to a scalar reward model: conversations in, raw logits out.

The invariant: a number is what the model said, a failure is an error of its own conversation and
never a number. Scores are raw logits: a sigmoid would saturate and shrink advantages. Whoever wants
a common scale puts them on one (`scale`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from assay.domain.errors import RewardModelError
from assay.domain.sample import Message

Logit: TypeAlias = float | RewardModelError
Encoded: TypeAlias = list[int] | RewardModelError

TOO_LONG = "too_long"  # the code of an error that the response causes by its length, and it alone


@dataclass(frozen=True, slots=True)
class Conversation:
    """A prompt and the response to be scored, which is the last assistant turn."""

    messages: tuple[Message, ...]
    response: str


class Encoder(Protocol):
    """Makes token ids of conversations; text of a message never becomes a control token."""

    @property
    def max_tokens(self) -> int:
        """The longest sequence it makes."""

    @property
    def digest(self) -> str:
        """Changes whenever the same conversation may get other ids."""

    def encode_many(self, conversations: Sequence[Conversation]) -> list[Encoded]:
        """Return, per conversation and in order, its ids, or the error."""


class RewardModel(Protocol):
    """Scores responses with one number each."""

    @property
    def name(self) -> str:
        """What answers and statistics call this model."""

    @property
    def version(self) -> str:
        """Changes whenever the same conversation may be scored differently."""

    async def score(self, conversations: Sequence[Conversation]) -> list[Logit]:
        """Return, per conversation and in order, the raw logit, or the error."""

    async def close(self) -> None:
        """Let go of connections and memory."""
