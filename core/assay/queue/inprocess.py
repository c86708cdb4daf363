"""Runs a pure function over tasks in worker processes of this machine, in order.

Results come back in the order of the tasks whatever the number of workers, so that what is made of
them cannot depend on it. Workers are spawned (no inherited locks or file handles), leave Ctrl-C to
the parent, and end when the parent dies, however it dies.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from types import TracebackType
from typing import Generic, NamedTuple, TypeVar

from assay.domain.errors import RunStateError

T = TypeVar("T")
R = TypeVar("R")

PENDING_PER_WORKER = 2  # tasks in flight a worker: enough to keep it busy, few enough for memory
GC_THRESHOLD = 50_000  # new containers between two collections of the youngest generation
MAX_RESTARTS = 2  # a task that kills its worker is tried this many times more


class _Pending(NamedTuple, Generic[T, R]):
    """A task handed to a worker, and where its result will stand."""

    task: T
    future: Future[R]


class InProcessQueue:
    """A pool of worker processes; it lives as long as its context, over any number of `map`s."""

    def __init__(self, *, num_workers: int) -> None:
        self._num_workers = num_workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "InProcessQueue":
        self._pool = self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Yield the function's result for each task, in order.

        Tasks are drawn no faster than workers need them, so memory does not grow with their number.

        Raises:
            RunStateError: a task killed its worker again and again.
        """
        pending: deque[_Pending[T, R]] = deque()
        source = iter(tasks)
        limit = self._num_workers * PENDING_PER_WORKER
        while True:
            while len(pending) < limit:
                task = next(source, None)
                if task is None:
                    break
                pending.append(_Pending(task, self._submit(function, task)))
            if not pending:
                return
            yield self._result(function, pending)

    def _result(self, function: Callable[[T], R], pending: deque[_Pending[T, R]]) -> R:
        for attempt in range(MAX_RESTARTS + 1):
            try:
                result = pending[0].future.result()
            except BrokenProcessPool:
                self._restart(function, pending, attempt)
            else:
                pending.popleft()
                return result
        raise RunStateError(
            f"a worker process died {MAX_RESTARTS + 1} times on the same chunk (killed, or out of "
            "memory); free memory or lower --workers, then use --resume"
        )

    def _restart(
        self, function: Callable[[T], R], pending: deque[_Pending[T, R]], attempt: int
    ) -> None:
        """A worker died: start a new pool and hand it all tasks that had no result."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        if attempt == MAX_RESTARTS:
            return
        self._pool = self._start()
        for position, (task, future) in enumerate(pending):
            if position == 0 or not _has_result(future):
                pending[position] = _Pending(task, self._submit(function, task))

    def _submit(self, function: Callable[[T], R], task: T) -> Future[R]:
        assert self._pool is not None
        try:
            return self._pool.submit(function, task)
        except BrokenProcessPool as exc:
            failed: Future[R] = Future()
            failed.set_exception(exc)
            return failed

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._num_workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
        )


def _has_result(future: Future[R]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _start_worker() -> None:
    """Prepare a worker: Ctrl-C is the parent's, and cycles are collected rarely.

    Tasks make many short-lived objects and few cycles; the default thresholds walk them for
    nothing, a tenth of the time.
    """
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 100)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
