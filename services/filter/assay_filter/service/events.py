"""Events of a run as they happen (SSE), for any number of listeners at the price of one look.

One task a watched run looks at the database and hands each listener the newest state; a slow one
skips states and never makes others wait. An event's id grows with what the run has done: twice the
sum of its tasks' fences and of its finished tasks, and one more where it stopped. It is computed
from the database alone, so it means the same to every process and after every restart: a listener
that comes back with `Last-Event-ID` misses nothing but states that were overtaken, and the last one
is always sent.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Engine, case, func, select
from sqlalchemy.exc import DatabaseError, NoResultFound

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.tasks import ACTIVE
from assay.web.problems import TOO_MANY_REQUESTS
from assay_filter.runs.watching import RunState, read_state
from assay_filter.service.problems import RETRY_SECONDS, refused
from assay_filter.service.run_bodies import progress_of, status_of

MAX_ID_DIGITS = 18
HEARTBEAT = b": alive\n\n"


@dataclass(frozen=True, slots=True)
class Moment:
    """A run at one moment, and the id of its event."""

    id: int
    state: RunState

    @property
    def is_last(self) -> bool:
        """Whether the run stopped, or ended."""
        return self.state.name not in ACTIVE


def look(engine: Engine, run_id: str) -> Moment:
    """Return a run's moment; the id is never newer than the state it stands for."""
    mark = _mark(engine, run_id)
    state = read_state(engine, run_id)
    if state.name in ACTIVE:
        return Moment(2 * mark, state)
    return Moment(2 * _mark(engine, run_id) + 1, state)


def last_event_id(given: str | None) -> int | None:
    """Return the id that a listener saw last; None where it saw none of ours."""
    if given is None or not given.isascii() or not given.isdigit() or len(given) > MAX_ID_DIGITS:
        return None
    return int(given)


def event_of(run_id: str, before: RunState | None, moment: Moment, error: str | None) -> bytes:
    """Return a moment as one event: `done` for the last, `state`, or `progress`."""
    state = moment.state
    if moment.is_last:
        name = "done"
    elif before is None or (before.name, before.stage) != (state.name, state.stage):
        name = "state"
    else:
        name = "progress"
    data: dict[str, Any] = {
        "run": run_id,
        "status": status_of(state.name),
        "stage": state.stage,
        "outcomes": dict(state.outcomes),
        "progress": progress_of(state),
        "error": None,
    }
    if state.error is not None:
        data["error"] = {"kind": state.error_kind or "AssayError", "message": error}
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (moment.id, name.encode(), orjson.dumps(data))


@dataclass(slots=True)
class _Watched:
    """A run that somebody listens to."""

    listeners: int = 0
    moment: Moment | None = None
    is_gone: bool = False  # the run was deleted
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: "asyncio.Task[None] | None" = None


class Watchers:
    """All listeners of this process."""

    def __init__(self, engine: Engine, *, poll_seconds: float, max_listeners: int) -> None:
        self._engine = engine
        self._poll_seconds = poll_seconds
        self._max_listeners = max_listeners
        self._watched: dict[str, _Watched] = {}
        self.num_listeners = 0
        self.num_looks = 0

    def admit(self) -> None:
        """Take a listener in; `release` lets it go.

        Raises:
            ProblemError: 429, there are too many.
        """
        if self.num_listeners >= self._max_listeners:
            raise refused(
                TOO_MANY_REQUESTS,
                f"expected at most {self._max_listeners} streams of events, found as many; ask "
                "GET /v1/runs/{id} now and then instead",
                retry_after_seconds=RETRY_SECONDS,
            )
        self.num_listeners += 1

    def release(self) -> None:
        """Let a listener go."""
        self.num_listeners -= 1

    async def moments(
        self, run_id: str, after: int | None, *, heartbeat_seconds: float
    ) -> AsyncGenerator[Moment | None, None]:
        """Yield moments newer than `after`, ending with the last; None: nothing new for a while."""
        watched = self._enter(run_id)
        try:
            while True:
                moment = await _newer(watched, after, heartbeat_seconds)
                if watched.is_gone:
                    return
                yield moment
                if moment is None:
                    continue
                if moment.is_last:
                    return
                after = moment.id
        finally:
            self._leave(run_id, watched)

    def _enter(self, run_id: str) -> _Watched:
        watched = self._watched.setdefault(run_id, _Watched())
        watched.listeners += 1
        if watched.task is None:
            watched.task = asyncio.create_task(self._look_on(run_id, watched))
        return watched

    def _leave(self, run_id: str, watched: _Watched) -> None:
        watched.listeners -= 1
        if watched.listeners:
            return
        assert watched.task is not None
        watched.task.cancel()
        if self._watched.get(run_id) is watched:
            del self._watched[run_id]

    async def _look_on(self, run_id: str, watched: _Watched) -> None:
        while True:
            with suppress(DatabaseError):  # away for a moment: listeners hear heartbeats meanwhile
                self.num_looks += 1
                try:
                    moment = await asyncio.to_thread(look, self._engine, run_id)
                except NoResultFound:
                    watched.is_gone = True
                else:
                    await _tell(watched, moment)
                if watched.is_gone or moment.is_last:
                    break
            await asyncio.sleep(self._poll_seconds)
        self._watched.pop(run_id, None)  # who comes later looks anew: the run may go on


async def sse(
    watchers: Watchers,
    run_id: str,
    after: int | None,
    *,
    heartbeat_seconds: float,
    is_leaving: Callable[[], bool],
    shown: Callable[[str], str],
) -> AsyncGenerator[bytes, None]:
    """Yield a run's events as bytes of an event stream, until its last or the process leaves.

    Args:
        watchers: who looks.
        run_id: the run.
        after: id of the last event that the listener saw.
        heartbeat_seconds: the longest silence.
        is_leaving: whether the process shuts down; the listener comes back elsewhere.
        shown: makes of a worker's message what a client may see.
    """
    yield b"retry: 2000\n\n"
    before: RunState | None = None
    silent_seconds = 0.0
    step = min(1.0, heartbeat_seconds)
    async with aclosing(watchers.moments(run_id, after, heartbeat_seconds=step)) as moments:
        async for moment in moments:
            if moment is not None:
                error = None if moment.state.error is None else shown(moment.state.error)
                yield event_of(run_id, before, moment, error)
                before, silent_seconds = moment.state, 0.0
                continue
            if is_leaving():
                return
            silent_seconds += step
            if silent_seconds >= heartbeat_seconds:
                silent_seconds = 0.0
                yield HEARTBEAT


async def _tell(watched: _Watched, moment: Moment) -> None:
    if watched.moment != moment:
        async with watched.changed:
            watched.moment = moment
            watched.changed.notify_all()


async def _newer(watched: _Watched, after: int | None, seconds: float) -> Moment | None:
    def is_new() -> bool:
        moment = watched.moment
        is_newer = moment is not None and (moment.is_last or after is None or moment.id > after)
        return is_newer or watched.is_gone

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), watched.changed:
            await watched.changed.wait_for(is_new)
            return watched.moment
    return None


def _mark(engine: Engine, run_id: str) -> int:
    task = tables.task
    is_done = case((task.c.state == "done", 1), else_=0)
    query = select(func.coalesce(func.sum(task.c.fence + is_done), 0)).where(
        task.c.run_id == run_id
    )
    with reading(engine) as connection:
        return int(connection.execute(query).scalar_one())
