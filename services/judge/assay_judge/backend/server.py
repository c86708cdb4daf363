"""`ServerBackend`: any OpenAI-compatible server, vLLM best of all.

`connect` finds out what the server can do; afterwards each question goes the best way that it
offers. The reads of one judgement share their conversation but for its end, so they go in one batch
request, and vLLM serves all but the first from its prefix cache.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from assay.client.limiter import Limiter
from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Usage
from assay_judge.backend.answers import generation_of, reads_of, usage_of
from assay_judge.backend.contract import (
    Ask,
    Capabilities,
    Generate,
    Generation,
    LabelRead,
    Prompt,
    ReadingKind,
    Reads,
)
from assay_judge.backend.dialect import BATCH, CHAT, TOKENIZE, Dialect
from assay_judge.backend.failures import malformed
from assay_judge.backend.probe import probe
from assay_judge.backend.settings import BackendSettings
from assay_judge.backend.transport import Transport

# a batch fails as a whole: of one bad conversation, or because a short queue cannot take them all
ASKED_SINGLY_AFTER = frozenset({"refused", "context_overflow", "saturated"})


class ServerBackend:
    """Implements `Backend`. Made by `connect`; not for use from another event loop."""

    def __init__(
        self, transport: Transport, dialect: Dialect, capabilities: Capabilities, max_batch: int
    ) -> None:
        self._transport = transport
        self._dialect = dialect
        self._capabilities = capabilities
        self._max_batch = max_batch if capabilities.has_batch else 1

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def limiter(self) -> Limiter:
        """What bounds the requests in flight."""
        return self._transport.limiter

    async def generate(self, call: Generate) -> Generation:
        """Ask for one text.

        vLLM silently lowers `max_tokens` where prompt and answer together do not fit (measured), so
        an answer whose prompt left too little room is refused, however it ended.

        Raises:
            JudgeBackendError: any code but `low_label_mass`.
        """
        if call.prompt.assistant and not self._capabilities.has_continue:
            raise JudgeBackendError(
                "expected a server that continues a begun answer; this one cannot", "refused"
            )
        body = self._dialect.generation_body(call)
        answer = await self._transport.post(CHAT, body, reads=call.labels)
        generation = generation_of(answer, call.labels)
        limit = self._capabilities.max_model_len
        needed = generation.usage.num_prompt_tokens + call.shape.max_tokens
        if limit is not None and needed > limit:
            raise JudgeBackendError(
                f"the prompt and the longest answer need {needed} tokens, and the judge's context"
                f" holds {limit}; shorten the prompt or serve a longer context",
                "context_overflow",
            )
        return generation

    async def read_labels(self, asks: Sequence[Ask]) -> Reads:
        """Read all asks, in slices of `max_batch`; raises the first error in the order of asks."""
        slices = self._slices(asks)
        if len(slices) == 1:
            done = await self._read_slice(slices[0])
            return Reads(tuple(read for _, read in done.reads), done.usage)
        parts = _whole(await asyncio.gather(*map(self._read_slice, slices), return_exceptions=True))
        by_index = {i: read for part in parts for i, read in part.reads}
        usage = sum((part.usage for part in parts), Usage())
        return Reads(tuple(by_index[i] for i in range(len(asks))), usage)

    async def count_tokens(self, prompt: Prompt) -> int | None:
        if not self._capabilities.has_tokenize:
            return None
        answer = await self._transport.post(TOKENIZE, self._dialect.counting_body(prompt))
        count = answer.document.get("count")
        if not isinstance(count, int):
            raise malformed("one without a count of tokens").as_error(1)
        return count

    async def close(self) -> None:
        await self._transport.close()

    def _slices(self, asks: Sequence[Ask]) -> list["_Slice"]:
        """Split by kind of read, then by length; each slice keeps the order of its asks."""
        by_kind: dict[ReadingKind, list[int]] = {}
        for i, ask in enumerate(asks):
            by_kind.setdefault(self._dialect.kind_of_read(ask.labels), []).append(i)
        return [
            _Slice(kind, part, [asks[i] for i in part])
            for kind, numbers in by_kind.items()
            for start in range(0, len(numbers), self._max_batch)
            if (part := numbers[start : start + self._max_batch])
        ]

    async def _read_slice(self, part: "_Slice") -> "_Done":
        if len(part.asks) == 1:
            return await self._ask(part, CHAT)
        try:
            return await self._ask(part, BATCH)
        except JudgeBackendError as error:
            if error.code not in ASKED_SINGLY_AFTER:
                raise
        singles = [
            self._ask(_Slice(part.kind, [i], [ask]), CHAT)
            for i, ask in zip(part.numbers, part.asks, strict=True)
        ]
        done = _whole(await asyncio.gather(*singles, return_exceptions=True))
        usage = sum((single.usage for single in done), Usage(num_calls=1))
        return _Done([read for single in done for read in single.reads], usage)

    async def _ask(self, part: "_Slice", path: str) -> "_Done":
        body = self._dialect.reading_body(part.asks, part.kind)
        answer = await self._transport.post(path, body)
        labels = [ask.labels for ask in part.asks]
        reads = reads_of(answer, labels, part.kind, self._dialect)
        return _Done(list(zip(part.numbers, reads, strict=True)), usage_of(answer))


class _Slice(NamedTuple):
    kind: ReadingKind
    numbers: list[int]  # of the asks among all
    asks: list[Ask]


class _Done(NamedTuple):
    reads: list[tuple[int, LabelRead]]
    usage: Usage


async def connect(settings: BackendSettings) -> ServerBackend:
    """Find out what the server at `settings.url` can do, and return the backend for it.

    Raises:
        JudgeBackendError: `unreachable`, or `refused` where the key or the model is wrong.
    """
    transport = Transport(settings)
    try:
        found = await probe(transport, settings)
    except BaseException:
        await transport.close()
        raise
    return ServerBackend(transport, found.dialect, found.capabilities, settings.max_batch)


def _whole(results: "list[_Done | BaseException]") -> "list[_Done]":
    """Return the results, or raise the first error among them."""
    done = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        done.append(result)
    return done
