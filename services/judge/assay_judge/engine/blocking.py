"""The asynchronous judge behind the blocking port `Judge`, for worker processes and scripts.

The idea: one daemon thread runs one event loop, in which the judge is opened, used and closed, so
connections belong to one loop for their whole life. Any number of threads may ask at the same time.
Invariant: what was begun is finished or cancelled before `close` returns; an interrupted caller
(Ctrl-C) cancels its own work and nobody else's.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future, wait
from typing import Any, Self, TypeVar

from assay.domain.errors import JudgeBackendError
from assay.domain.ports import Judge, Judged, RepairRequest, Rewritten
from assay.domain.sample import Sample
from assay_judge.backend.contract import Capabilities
from assay_judge.engine.llm_judge import LlmJudge

T = TypeVar("T")

CANCEL_SECONDS = 5.0  # an interrupted caller waits so long for its work to let go


class BlockingJudge:
    """Judges samples from any thread; implements the port `Judge`."""

    def __init__(self, open_judge: Callable[[], Awaitable[LlmJudge]]) -> None:
        """Start the loop and open the judge in it.

        Raises:
            JudgeBackendError: the server cannot be used; whatever else `open_judge` raises.
        """
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="assay-judge", daemon=True)
        self._lock = threading.Lock()
        self._asked: set[Future[Any]] = set()
        self._is_closed = False
        self._thread.start()
        try:
            self._judge = self._wait(self._submit(_await(open_judge)))
        except BaseException:
            self._is_closed = True
            self._stop()
            raise

    @property
    def name(self) -> str:
        return self._judge.name

    @property
    def version(self) -> str:
        return self._judge.version

    @property
    def capabilities(self) -> Capabilities:
        """What the server can do."""
        return self._judge.capabilities

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        """Return, per sample and in order, one judgement per assistant turn, or the error.

        Raises:
            BudgetError: the budget is spent; what was judged by then is in the cache.
            JudgeBackendError: the judge is closed.
        """
        return self._ask(lambda: self._judge.judge_many(samples))

    def repair_turns(
        self, requests: Sequence[RepairRequest]
    ) -> list[Rewritten | JudgeBackendError]:
        """Return, per request and in order, the response rewritten by the same model, or the error.

        Raises:
            BudgetError: the budget is spent.
            JudgeBackendError: the judge is closed.
        """
        return self._ask(lambda: self._judge.repair_turns(requests))

    def descending(self) -> Judge:
        """Return the same judge with the levels told from 5 down to 1; this one must stay open."""
        return _Derived(self._ask, self._judge.descending())

    def close(self) -> None:
        """Wait for what was begun, close the judge and end the thread; again does nothing."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            asked = tuple(self._asked)
        try:
            wait(asked)
            self._wait(self._submit(self._judge.close()))
        finally:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with self._lock:
            if self._is_closed:
                raise JudgeBackendError("expected an open judge, found a closed one; open another")
            asked = self._submit(work())
            self._asked.add(asked)
        try:
            return self._wait(asked)
        finally:
            with self._lock:
                self._asked.discard(asked)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _wait(self, future: Future[T]) -> T:
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def _stop(self) -> None:
        if self._thread.is_alive():
            ended = self._submit(_cancel_all())
            try:
                ended.result(CANCEL_SECONDS)
            finally:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(CANCEL_SECONDS)
        if not self._loop.is_running():
            self._loop.close()


class _Derived:
    """A judge that shares everything with the one it was derived from, its loop too."""

    def __init__(
        self,
        ask: Callable[[Callable[[], Coroutine[Any, Any, list[Judged]]]], list[Judged]],
        judge: LlmJudge,
    ) -> None:
        self._ask = ask
        self._judge = judge

    @property
    def name(self) -> str:
        return self._judge.name

    @property
    def version(self) -> str:
        return self._judge.version

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        """Judge as `BlockingJudge.judge_samples` does, with its errors."""
        return self._ask(lambda: self._judge.judge_many(samples))


async def _await(open_judge: Callable[[], Awaitable[LlmJudge]]) -> LlmJudge:
    return await open_judge()


async def _cancel_all() -> None:
    """Cancel what still runs, and let generators and the executor of the loop end."""
    loop = asyncio.get_running_loop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
