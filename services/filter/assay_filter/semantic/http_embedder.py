"""Vectors from `POST /v1/embeddings` of any OpenAI-compatible server (vLLM, TEI, Ollama, OpenAI).

Asking changes nothing, so it is repeated after 429, 5xx, a connection that fails or breaks, and
silence, and a wait that the server asks for is kept. A batch that it refuses as it is (400, 413,
422) is halved down to the text to blame; where that is each of them, a text known to be sound
tells whether texts or server are to blame. What it says is checked for number, order, size and
finiteness before it is used, and neither texts nor the key nor the address stand in an error:
notes and errors are read by who may not know which server embeds.
"""

import asyncio
import io
import random
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import SecretStr

from assay_filter.semantic.embedder import (
    PROBE,
    EmbeddingError,
    EmbeddingOutageError,
    TextRefusedError,
)
from assay_filter.semantic.settings import SemanticSettings

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

LONGEST_BACKOFF_SECONDS = 30.0
LONGEST_RETRY_AFTER_SECONDS = 60.0
LARGE_BODY_BYTES = 2**20  # aiohttp wants longer bodies as a file, so as not to block the loop
BLOCK_BYTES = 1 << 16
_REFUSED_AS_IT_IS = (400, 413, 422)

Embedded: TypeAlias = NDArray[np.float32] | TextRefusedError


class _RetryableError(Exception):
    """Worth another try; the text says what was found."""

    def __init__(self, found: str, wait_seconds: float = 0.0) -> None:
        super().__init__(found)
        self.wait_seconds = wait_seconds


class HttpEmbedder:
    """An embedder behind HTTP; not to be used inside a running event loop."""

    def __init__(self, settings: SemanticSettings, api_key: SecretStr | None = None) -> None:
        self._settings = settings
        self._key = api_key.get_secret_value() if api_key else ""
        self._url = settings.endpoint + "/v1/embeddings"

    @property
    def model(self) -> str:
        """The model's name."""
        return self._settings.model

    def embed(self, texts: Sequence[str]) -> list[Embedded]:
        """Return, per text and in order, its vector, or the server's refusal of it.

        Raises:
            EmbeddingOutageError: the server stayed away, or had too much to do, for all tries.
            EmbeddingError: it refused whatever was asked, or said what is no embedding.
        """
        return asyncio.run(self._embed_all(texts)) if texts else []

    async def _embed_all(self, texts: Sequence[str]) -> list[Embedded]:
        import aiohttp  # an extra of the distribution: only this tier needs it

        chosen = self._settings
        stream = iter(texts)
        batches = [
            part for _ in range(0, len(texts), chosen.batch_size)
            if (part := list(islice(stream, chosen.batch_size)))
        ]  # fmt: skip
        slots = asyncio.Semaphore(chosen.max_in_flight)
        async with aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=aiohttp.ClientTimeout(total=chosen.timeout_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(self._embed(session, slots, b)) for b in batches]
            except* EmbeddingError as failures:
                raise _first(failures) from None
        found = [one for task in tasks for one in task.result()]
        if len({one.shape for one in found if not isinstance(one, TextRefusedError)}) > 1:
            raise self._no_embedding("vectors of different lengths")
        return found

    async def _embed(
        self, session: "ClientSession", slots: asyncio.Semaphore, texts: Sequence[str]
    ) -> list[Embedded]:
        found = await self._embed_some(session, slots, texts)
        if all(isinstance(one, TextRefusedError) for one in found):
            await self._probe(session, slots)
        return found

    async def _probe(self, session: "ClientSession", slots: asyncio.Semaphore) -> None:
        """See that the server takes a sound text, after a batch of which it took none."""
        try:
            await self._persist(session, slots, [PROBE])
        except TextRefusedError as refused:
            found = "every text of a batch refused, and a short one known to be sound, too"
            raise EmbeddingError(f"{refused} ({found})") from refused

    async def _embed_some(
        self, session: "ClientSession", slots: asyncio.Semaphore, texts: Sequence[str]
    ) -> list[Embedded]:
        """Ask for some texts; where they are refused, for each half of them."""
        try:
            return list(await self._persist(session, slots, texts))
        except TextRefusedError as refused:
            if len(texts) == 1:
                return [refused]
        half = len(texts) // 2
        first = await self._embed_some(session, slots, texts[:half])
        return [*first, *await self._embed_some(session, slots, texts[half:])]

    async def _persist(
        self, session: "ClientSession", slots: asyncio.Semaphore, texts: Sequence[str]
    ) -> NDArray[np.float32]:
        """Ask for one batch until there is an answer or the tries are spent."""
        chosen = self._settings
        found, wait = "", 0.0
        for attempt in range(chosen.num_retries + 1):
            if attempt:
                pause = chosen.backoff_seconds * 2 ** (attempt - 1)
                pause = min(pause, LONGEST_BACKOFF_SECONDS) * (1 - random.random() / 2)
                await asyncio.sleep(max(pause, min(wait, LONGEST_RETRY_AFTER_SECONDS)))
            async with slots:
                try:
                    body = await self._ask(session, texts)
                except _RetryableError as exc:
                    found, wait = str(exc), exc.wait_seconds
                    continue
            return self._vectors(body, len(texts))
        raise EmbeddingOutageError(self._told(f"{found} in {chosen.num_retries + 1} tries"))

    async def _ask(self, session: "ClientSession", texts: Sequence[str]) -> bytes:
        import aiohttp

        chosen = self._settings
        sent = orjson.dumps(
            {
                "model": chosen.model,
                "input": [text[: chosen.max_chars] for text in texts],
                "encoding_format": "float",
            }
        )
        data: Any = io.BytesIO(sent) if len(sent) > LARGE_BODY_BYTES else sent
        headers = {"Content-Type": "application/json"}
        try:
            async with session.post(
                self._url, data=data, headers=headers, allow_redirects=False
            ) as answer:
                self._check_status(answer)
                return await self._read(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise _RetryableError(type(exc).__name__) from exc

    def _check_status(self, answer: "ClientResponse") -> None:
        status = answer.status
        if status == 429 or status >= 500:
            raise _RetryableError(f"status {status}", _seconds(answer.headers.get("Retry-After")))
        if status in _REFUSED_AS_IT_IS:
            raise TextRefusedError(self._told(f"status {status}"))
        if status != 200:
            raise self._no_embedding(f"status {status}")

    async def _read(self, answer: "ClientResponse") -> bytes:
        limit = self._settings.max_response_bytes
        blocks: list[bytes] = []
        size = 0
        async for block in answer.content.iter_chunked(BLOCK_BYTES):
            size += len(block)
            if size > limit:
                raise self._no_embedding(f"more than {limit} bytes")
            blocks.append(block)
        return b"".join(blocks)

    def _vectors(self, body: bytes, count: int) -> NDArray[np.float32]:
        """Check an answer and put its vectors in the order of the texts."""
        try:
            document = orjson.loads(body)
            placed = {_index(item): item["embedding"] for item in document["data"]}
            if len(document["data"]) != count or set(placed) != set(range(count)):
                raise self._no_embedding(f"{len(document['data'])} vectors for {count} texts")
            vectors = np.array([placed[i] for i in range(count)], np.float32)
        except (ValueError, TypeError, KeyError) as exc:
            raise self._no_embedding(f"no embeddings ({type(exc).__name__})") from exc
        if vectors.ndim != 2 or vectors.shape[1] == 0:
            raise self._no_embedding(f"vectors of shape {vectors.shape}")
        if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
            raise self._no_embedding("vectors that are zero or not finite")
        return vectors

    def _no_embedding(self, found: str) -> EmbeddingError:
        return EmbeddingError(self._told(found))

    def _told(self, found: str) -> str:
        return (
            f"expected embeddings from the embedding server (model {self.model!r:.80}), found "
            f"{found}; check the server, its model and the key"
        )


def _index(item: Mapping[str, Any]) -> int:
    index = item["index"]
    if not isinstance(index, int) or isinstance(index, bool):
        raise TypeError("an index is a whole number")
    return index


def _seconds(header: str | None) -> float:
    return float(header[:9]) if header and header.isascii() and header.isdigit() else 0.0


def _first(failures: BaseExceptionGroup[EmbeddingError]) -> BaseException:
    """Return one of the failures: they share their cause."""
    first: BaseException = failures
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
