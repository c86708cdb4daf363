"""The judge service as a judge: asynchronous, or blocking behind the port `Judge`.

Order is kept, a failure is that of its own sample, and nothing that fails becomes a score.
"""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, Self, TypeVar

import orjson

from assay.client.batching import Batches, Scored
from assay.client.description import ServiceCapabilities, read_capabilities, read_rubrics
from assay.client.transport import PATIENCE_SECONDS, Transport
from assay.client.wire import Refusal, ScoreResult, read_object, read_result, sample_body
from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Judgement
from assay.domain.ports import Judged
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample

JOIN_SECONDS = 5.0

T = TypeVar("T")


class JudgeClient:
    """Asks a judge service; lives in one event loop.

    Args:
        url: where the service is, for example `http://127.0.0.1:8001`.
        api_key: one of the service's keys.
        mode: `fast`, `standard`, `thorough` or `cascade`; None: the service's own.
        rubric: a name that the service knows; None: its own.
        timeout_seconds: the longest that one request may take, with all its repetitions; waiting
            for room is not counted.
        max_in_flight: requests at a time; fewer while the service has no room (429).
        max_batch: samples in one request, at most.
        max_retries: repetitions of what may pass.
        patience_seconds: the longest that one request waits until the service has room.

    Raises:
        ConfigError: the URL is none, or holds credentials.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        mode: str | None = None,
        rubric: str | None = None,
        timeout_seconds: float = 300.0,
        max_in_flight: int = 64,
        max_batch: int = 16,
        max_retries: int = 5,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._transport = Transport(
            url,
            api_key=api_key,
            timeout_seconds=timeout_seconds,
            max_in_flight=max_in_flight,
            max_retries=max_retries,
            patience_seconds=patience_seconds,
        )
        self._mode = mode
        self._rubric = rubric
        self._max_batch = max_batch

    async def judge_sample(self, sample: Sample) -> tuple[Judgement, ...]:
        """Return one judgement per assistant turn, in order.

        Raises:
            JudgeBackendError: there is no usable answer.
            BudgetError: the service's budget is spent.
        """
        if not sample.assistant_turns:
            return ()
        return (await self.score(sample)).judgements

    async def judge_many(self, samples: Sequence[Sample]) -> list[Judged]:
        """Return, per sample and in order, one judgement per assistant turn, or the error.

        Raises:
            BudgetError: the service's budget is spent.
        """
        graded = [at for at, sample in enumerate(samples) if sample.assistant_turns]
        scored = await self.score_many([samples[at] for at in graded])
        judged: list[Judged] = [()] * len(samples)
        for at, result in zip(graded, scored, strict=True):
            judged[at] = result.judgements if isinstance(result, ScoreResult) else result
        return judged

    async def score(self, sample: Sample) -> ScoreResult:
        """Return judgements and verdict of one sample with an assistant turn.

        Raises:
            JudgeBackendError: there is no usable answer.
            BudgetError: the service's budget is spent.
        """
        body = b'{"sample":' + sample_body(sample) + self._choice()
        answer = await self._transport.post("v1/score", body)
        if isinstance(answer, Refusal):
            raise answer.error
        answer.slot.succeeded()
        return read_result(read_object(answer.body), sample.assistant_turns)

    async def score_many(self, samples: Sequence[Sample]) -> list[Scored]:
        """Return, per sample and in order, judgements and verdict, or the error.

        Raises:
            BudgetError: the service's budget is spent.
        """
        batches = Batches(
            self._transport, samples, choice=self._choice(), max_batch=self._max_batch
        )
        return await batches.run()

    async def rubrics(self) -> dict[str, Rubric]:
        """Return the service's rubrics by name.

        Raises:
            JudgeBackendError: there is no usable answer.
        """
        return read_rubrics(await self._transport.get("v1/rubrics"))

    async def capabilities(self) -> ServiceCapabilities:
        """Return what the service can do, with the judge of this client's mode and rubric.

        Raises:
            JudgeBackendError: there is no usable answer.
        """
        body = await self._transport.get("v1/capabilities", mode=self._mode, rubric=self._rubric)
        return read_capabilities(body)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _choice(self) -> bytes:
        """Return the rest of a request's body: what was chosen, and the closing brace."""
        chosen = {"mode": self._mode, "rubric": self._rubric}
        given = {name: value for name, value in chosen.items() if value is not None}
        return b"," + orjson.dumps(given)[1:] if given else b"}"


class BlockingJudgeClient:
    """The judge service behind the port `Judge`, from any thread; takes `JudgeClient`'s arguments.

    Raises:
        ConfigError: the URL is none, or holds credentials.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="assay-judge-client", daemon=True)
        self._identity: tuple[str, str] | None = None
        self._is_closed = False
        try:
            self._client = JudgeClient(url, **options)
        except BaseException:
            self._loop.close()
            raise
        self._thread.start()

    @property
    def name(self) -> str:
        """The judge's name, as the service tells it; asked for once.

        Raises:
            JudgeBackendError: the service cannot be reached, or is not ready.
        """
        return self._identify()[0]

    @property
    def version(self) -> str:
        """The judge's version for this client's mode and rubric; asked for once.

        Raises:
            JudgeBackendError: the service cannot be reached, or is not ready.
        """
        return self._identify()[1]

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        """Return, per sample and in order, one judgement per assistant turn, or the error.

        Raises:
            BudgetError: the service's budget is spent.
            JudgeBackendError: the client is closed.
        """
        return self._wait(self._client.judge_many(samples))

    def close(self) -> None:
        """Let go of the connections and end the thread; again does nothing."""
        if self._is_closed:
            return
        try:
            self._wait(self._end())
        finally:
            self._is_closed = True
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(JOIN_SECONDS)
            if not self._thread.is_alive():
                self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _identify(self) -> tuple[str, str]:
        if self._identity is None:
            found = self._wait(self._client.capabilities())
            if found.judge is None:
                raise JudgeBackendError(
                    f"expected a judge service that is ready, found: {found.reason!s:.80}; "
                    "wait, or look at its model server",
                    "unreachable",
                )
            self._identity = (found.judge.name, found.judge.version)
        return self._identity

    async def _end(self) -> None:
        """Cancel what still runs, let it end, and close the connections."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._is_closed:
            work.close()
            raise JudgeBackendError("expected an open client, found a closed one; open another")
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # an interrupted caller's work is of use to nobody
            raise

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
