"""Watches what the service needs (database, store) and what waits in it."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.tasks import ACTIVE
from assay.web.logs import Log
from assay_filter.service.events import Watchers
from assay_filter.service.parts import Store

LOOK_SECONDS = 2.0
ANSWER_SECONDS = 5.0
SHOWN_STATES = ("queued", "running", "interrupted", "failed", "cancelled", "done")


class Lookout:
    """Looks every two seconds; what it saw last is told at once."""

    def __init__(self, engine: Engine, store: Store, log: Log) -> None:
        self._engine = engine
        self._store = store
        self._log = log
        self._database_reason: str | None = "not looked at yet"
        self.num_runs: Mapping[str, int] = {}
        self.num_open_tasks = 0

    def database_reason(self) -> str | None:
        """Return why the database cannot be used, or None."""
        return self._database_reason

    def store_reason(self) -> str | None:
        """Return why the store cannot be written, or None."""
        return None if os.access(self._store.files, os.W_OK) else "cannot be written"

    def show(self, registry: CollectorRegistry, watchers: Watchers) -> None:
        """Show what waits, as metrics."""
        runs = Gauge("assay_filter_runs", "Runs by state.", ("state",), registry=registry)
        for state in SHOWN_STATES:
            runs.labels(state).set_function(partial(self._runs_in, state))
        tasks = Gauge(
            "assay_filter_open_tasks", "Tasks of active runs not done.", registry=registry
        )
        tasks.set_function(lambda: float(self.num_open_tasks))
        listeners = Gauge("assay_filter_event_listeners", "Streams of events.", registry=registry)
        listeners.set_function(lambda: float(watchers.num_listeners))

    def _runs_in(self, state: str) -> float:
        return float(self.num_runs.get(state, 0))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look while the block runs; the first look is over when it begins."""
        await self._look()
        task = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        before = self._database_reason
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.to_thread(self._count)
        except (DatabaseError, PoolTimeoutError) as exc:
            self._database_reason = f"does not answer ({type(exc).__name__})"
        except TimeoutError:
            self._database_reason = f"gave no answer within {ANSWER_SECONDS:g} s"
        else:
            self._database_reason = None
        if (before is None) != (self._database_reason is None):
            event = "database.there" if self._database_reason is None else "database.away"
            self._log.info(event)

    def _count(self) -> None:
        run, task = tables.run, tables.task
        by_state = select(run.c.state, func.count()).group_by(run.c.state)
        waiting = (
            select(func.count())
            .select_from(task)
            .join(run, run.c.id == task.c.run_id)
            .where(run.c.state.in_(ACTIVE), task.c.state != "done")
        )
        with reading(self._engine) as connection:
            self.num_runs = {state: int(number) for state, number in connection.execute(by_state)}
            self.num_open_tasks = int(connection.execute(waiting).scalar_one())
