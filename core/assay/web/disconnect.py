"""Stops work whose caller has gone: an answer that nobody reads costs a model server real money."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

T = TypeVar("T")


async def unless_disconnected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Await `work`; cancel it when the caller goes away. The request's body has been read.

    Raises:
        ClientDisconnect: the caller went away; `work` was cancelled and has ended.
    """
    this = asyncio.current_task()
    assert this is not None
    watcher = asyncio.create_task(_cancel_when_gone(request, this))
    try:
        return await work
    except asyncio.CancelledError:
        is_gone = watcher.done() and not watcher.cancelled() and watcher.exception() is None
        if is_gone and this.uncancel() == 0:  # nobody else cancels this task
            raise ClientDisconnect from None
        raise
    finally:
        watcher.cancel()


async def _cancel_when_gone(request: Request, task: "asyncio.Task[Any]") -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    task.cancel()
