"""A scalar reward model on vLLM's pooling server (`--runner pooling --convert classify`).

Token ids are ours (`tokens`), so no text forges a turn. The invariants: order is kept; a failure is
that of its own conversation, so a batch that the server refuses is asked for item by item; at most
`max_in_flight` requests are under way, fewer while the server is overloaded; what may pass is asked
for once more.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from assay.client.limiter import Limiter
from assay.domain.errors import ConfigError, RewardModelError
from assay_rl_rewards.reward_model.port import Conversation, Encoder, Logit
from assay_rl_rewards.reward_model.vllm_transport import Refusal, VllmTransport
from assay_rl_rewards.reward_model.vllm_wire import (
    MODELS_PATH,
    PATH,
    classify_body,
    read_logits,
    read_max_tokens,
)

RETRY_PAUSE_SECONDS = 0.5


class _Asked(NamedTuple):
    """One conversation: its place among all, and its ids."""

    place: int
    ids: list[int]


@dataclass(frozen=True, slots=True)
class VllmSettings:
    """Where the server is, and how hard it may be asked.

    Attributes:
        url: for example `http://127.0.0.1:8000`.
        model: the name under which it serves the reward model.
        version: of the weights, by the user's own count; changes when they do.
        api_key: sent as a bearer token.
        timeout_seconds: for one request.
        max_in_flight: requests at a time, at most.
        max_batch: sequences in one request, at most.
        max_batch_tokens: tokens in one request, at most (one longer sequence goes alone).
    """

    url: str
    model: str
    version: str = "1"
    api_key: str | None = None
    timeout_seconds: float = 60.0
    max_in_flight: int = 16
    max_batch: int = 32
    max_batch_tokens: int = 1 << 16


class VllmRewardModel:
    """Scores conversations on a server; lives in one event loop.

    Raises:
        ConfigError: the URL is none.
    """

    def __init__(self, settings: VllmSettings, encoder: Encoder) -> None:
        self._settings = settings
        self._encoder = encoder
        self._transport = VllmTransport(
            settings.url, api_key=settings.api_key, timeout_seconds=settings.timeout_seconds
        )
        self._limiter = Limiter(first=settings.max_in_flight, maximum=settings.max_in_flight)

    @property
    def name(self) -> str:
        """The model's name on the server."""
        return self._settings.model

    @property
    def version(self) -> str:
        """The weights' version, and a digest of how conversations become ids."""
        return f"{self._settings.version}+{self._encoder.digest[:12]}"

    async def check(self) -> None:
        """See that the server serves the model, and takes sequences as long as ours.

        Raises:
            RewardModelError: the server is away, or does not serve the model.
            ConfigError: it takes only shorter sequences.
        """
        async with self._limiter.slot() as slot:
            body = await self._transport.ask("GET", MODELS_PATH, None, slot)
        if isinstance(body, Refusal):
            raise body.error
        longest = read_max_tokens(body, self.name)
        if longest < self._encoder.max_tokens:
            raise ConfigError(
                f"expected a server that takes {self._encoder.max_tokens} tokens, found one that "
                f"takes {longest}; start it with --max-model-len {self._encoder.max_tokens}, or "
                "lower max_tokens"
            )

    async def score(self, conversations: Sequence[Conversation]) -> list[Logit]:
        """Return, per conversation and in order, the raw logit, or the error."""
        encoded = await asyncio.to_thread(self._encoder.encode_many, conversations)
        results: dict[int, Logit] = {}
        asked = []
        for place, ids in enumerate(encoded):
            if isinstance(ids, RewardModelError):
                results[place] = ids
            else:
                asked.append(_Asked(place, ids))
        async with asyncio.TaskGroup() as group:
            for batch in self._cut(asked):
                group.create_task(self._finish(batch, results))
        return [results[place] for place in range(len(encoded))]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _cut(self, asked: Sequence[_Asked]) -> Iterator[list[_Asked]]:
        batch: list[_Asked] = []
        num_tokens = 0
        for one in asked:
            is_full = len(batch) >= self._settings.max_batch
            if batch and (is_full or num_tokens + len(one.ids) > self._settings.max_batch_tokens):
                yield batch
                batch, num_tokens = [], 0
            batch.append(one)
            num_tokens += len(one.ids)
        if batch:
            yield batch

    async def _finish(self, batch: Sequence[_Asked], results: dict[int, Logit]) -> None:
        answer = await self._ask(batch)
        if isinstance(answer, Refusal) and answer.is_of_one_item and len(batch) > 1:
            async with asyncio.TaskGroup() as group:
                for one in batch:
                    group.create_task(self._finish([one], results))
            return
        logits = [answer.error] * len(batch) if isinstance(answer, Refusal) else answer
        for one, logit in zip(batch, logits, strict=True):
            results[one.place] = logit

    async def _ask(self, batch: Sequence[_Asked]) -> list[Logit] | Refusal:
        """Ask for a batch, and once more where that may help."""
        answer = await self._post(batch)
        if isinstance(answer, Refusal) and answer.may_pass:
            await asyncio.sleep(RETRY_PAUSE_SECONDS)
            answer = await self._post(batch)
        if isinstance(answer, Refusal):
            return answer
        try:
            return read_logits(answer, len(batch))
        except RewardModelError as exc:
            return Refusal(exc, is_of_one_item=True)

    async def _post(self, batch: Sequence[_Asked]) -> bytes | Refusal:
        async with self._limiter.slot() as slot:
            body = classify_body(self.name, [one.ids for one in batch])
            return await self._transport.ask("POST", PATH, body, slot)
