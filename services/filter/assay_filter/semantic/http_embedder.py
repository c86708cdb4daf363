"""Vectors from `POST /v1/embeddings` of any OpenAI-compatible server (vLLM, TEI, Ollama, OpenAI).

Asking changes nothing, so it is repeated after 429, 5xx, a connection that fails or breaks, and
silence; never after another 4xx. What the server says is checked for number, order, size and
finiteness before it is used, and neither texts nor the key stand in an error.
"""

import asyncio
import io
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from assay_filter.semantic.embedder import EmbeddingError
from assay_filter.semantic.settings import SemanticSettings

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

LONGEST_BACKOFF_SECONDS = 30.0
LARGE_BODY_BYTES = 2**20  # aiohttp wants longer bodies as a file, so as not to block the loop
BLOCK_BYTES = 1 << 16


class _RetryableError(Exception):
    """Worth another try; the text says what was found."""


class HttpEmbedder:
    """An embedder behind HTTP; not to be used inside a running event loop."""

    def __init__(self, settings: SemanticSettings) -> None:
        self._settings = settings
        self._url = str(settings.url).rstrip("/") + "/v1/embeddings"

    @property
    def model(self) -> str:
        """The model's name."""
        return self._settings.model

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector a text.

        Raises:
            EmbeddingError: the server refused, stayed away, or said what is no embedding.
        """
        if not texts:
            return np.empty((0, 0), np.float32)
        return asyncio.run(self._embed_all(texts))

    async def _embed_all(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import aiohttp  # an extra of the distribution: only this tier needs it

        chosen = self._settings
        stream = iter(texts)
        batches = [
            part for _ in range(0, len(texts), chosen.batch_size)
            if (part := list(islice(stream, chosen.batch_size)))
        ]  # fmt: skip
        key = chosen.api_key.get_secret_value() if chosen.api_key else ""
        slots = asyncio.Semaphore(chosen.max_in_flight)
        async with aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=aiohttp.ClientTimeout(total=chosen.timeout_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(self._embed(session, slots, b)) for b in batches]
            except* EmbeddingError as failures:
                raise _first(failures) from None
        parts = [task.result() for task in tasks]
        if len({part.shape[1] for part in parts}) != 1:
            raise self._refuse("vectors of different lengths")
        return np.concatenate(parts)

    async def _embed(
        self, session: "ClientSession", slots: asyncio.Semaphore, texts: Sequence[str]
    ) -> NDArray[np.float32]:
        """Ask for one batch until there is an answer or the tries are spent."""
        chosen = self._settings
        found = ""
        for attempt in range(chosen.num_retries + 1):
            if attempt:
                pause = chosen.backoff_seconds * 2 ** (attempt - 1)
                await asyncio.sleep(min(pause, LONGEST_BACKOFF_SECONDS))
            async with slots:
                try:
                    body = await self._ask(session, texts)
                except _RetryableError as exc:
                    found = str(exc)
                    continue
            return self._vectors(body, len(texts))
        raise self._refuse(f"{found} in {chosen.num_retries + 1} tries")

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
                if answer.status == 429 or answer.status >= 500:
                    raise _RetryableError(f"status {answer.status}")
                if answer.status != 200:
                    raise self._refuse(f"status {answer.status}")
                return await self._read(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise _RetryableError(type(exc).__name__) from exc

    async def _read(self, answer: "ClientResponse") -> bytes:
        limit = self._settings.max_response_bytes
        blocks: list[bytes] = []
        size = 0
        async for block in answer.content.iter_chunked(BLOCK_BYTES):
            size += len(block)
            if size > limit:
                raise self._refuse(f"more than {limit} bytes")
            blocks.append(block)
        return b"".join(blocks)

    def _vectors(self, body: bytes, count: int) -> NDArray[np.float32]:
        """Check an answer and put its vectors in the order of the texts."""
        try:
            document = orjson.loads(body)
            placed = {_index(item): item["embedding"] for item in document["data"]}
            if len(document["data"]) != count or set(placed) != set(range(count)):
                raise self._refuse(f"{len(document['data'])} vectors for {count} texts")
            vectors = np.array([placed[i] for i in range(count)], np.float32)
        except (ValueError, TypeError, KeyError) as exc:
            raise self._refuse(f"no embeddings ({type(exc).__name__})") from exc
        if vectors.ndim != 2 or vectors.shape[1] == 0:
            raise self._refuse(f"vectors of shape {vectors.shape}")
        if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
            raise self._refuse("vectors that are zero or not finite")
        return vectors

    def _refuse(self, found: str) -> EmbeddingError:
        return EmbeddingError(
            f"expected embeddings of model {self.model!r:.80} from {self._url}, found {found}; "
            "check the server, its model and the key"
        )


def _index(item: Mapping[str, Any]) -> int:
    index = item["index"]
    if not isinstance(index, int) or isinstance(index, bool):
        raise TypeError("an index is a whole number")
    return index


def _first(failures: BaseExceptionGroup[EmbeddingError]) -> BaseException:
    """Return one of the failures: they share their cause."""
    first: BaseException = failures
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
