"""Events over a real socket: ids that grow, one look for all, nothing lost on the way back."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import update
from tests.fakes.filter_service import Service, problem_of
from tests.fakes.running_service import RunningService

from assay.audit import tables
from assay_filter.service.events import Watchers, look


class Event(NamedTuple):
    """One event as it arrived."""

    id: int
    name: str
    data: dict[str, Any]


def read_events(response: httpx.Response) -> Iterator[Event | None]:
    """Yield events; None for a comment."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line.startswith(":"):
            yield None
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


@contextmanager
def watching(url: str, run_id: str, **headers: str) -> Iterator[httpx.Response]:
    with httpx.stream(
        "GET", f"{url}/v1/runs/{run_id}/events", headers=headers, timeout=30, trust_env=False
    ) as response:
        yield response


def test_events_tell_of_a_run_from_its_start_to_its_end(service: Service) -> None:
    run_id = service.run()
    with RunningService(service.app) as running, watching(running.url, run_id) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        arriving = read_events(response)
        first = next(arriving)
        assert first is not None
        assert (first.name, first.data["status"]) == ("state", "queued")
        worker = threading.Thread(target=service.work)
        worker.start()
        events = [first, *(event for event in arriving if event is not None)]
        worker.join()
    ids = [event.id for event in events]
    assert ids == sorted(set(ids)), "ids grow"
    last = events[-1]
    assert (last.name, last.data["status"]) == ("done", "completed")
    assert [event.name for event in events].count("done") == 1
    assert last.data["outcomes"] == {"accepted": 1, "rejected": 1}
    assert last.data["progress"]["publish"]["done"] == 1


def test_a_listener_that_comes_back_gets_the_rest_and_the_end(service: Service) -> None:
    run_id = service.run()
    with RunningService(service.app) as running:
        service.work(max_tasks=2)
        with watching(running.url, run_id) as response:
            seen = next(event for event in read_events(response) if event is not None)
        service.work()
        with watching(running.url, run_id, **{"last-event-id": str(seen.id)}) as response:
            (rest,) = [event for event in read_events(response) if event is not None]
        assert rest.id > seen.id
        assert (rest.name, rest.data["status"]) == ("done", "completed")
        with watching(running.url, run_id, **{"last-event-id": str(rest.id)}) as response:
            assert response.status_code == 204, "whoever saw the end need not ask again"
        for odd in ("-1", "x", "9" * 40, "\u00b2"):
            header = {"last-event-id": odd.encode()}
            with watching(running.url, run_id, **header) as response:  # type: ignore[arg-type]
                (end,) = [event for event in read_events(response) if event is not None]
            assert end.name == "done"


def test_a_stopped_run_ends_its_stream_and_ids_grow_beyond_when_it_goes_on(
    service: Service,
) -> None:
    run_id = service.run()
    service.work(max_tasks=1)
    before = look(service.engine, run_id)
    service.post(f"/v1/runs/{run_id}/cancel")
    stopped = look(service.engine, run_id)
    assert stopped.is_last
    assert stopped.id > before.id
    with RunningService(service.app) as running, watching(running.url, run_id) as response:
        (end,) = [event for event in read_events(response) if event is not None]
    assert (end.name, end.data["status"], end.id) == ("done", "cancelled", stopped.id)
    service.post(f"/v1/runs/{run_id}/resume")
    ids = [stopped.id]
    while service.work(max_tasks=1):
        ids.append(look(service.engine, run_id).id)
    assert ids == sorted(set(ids))


def test_listeners_share_one_look_and_are_bounded(make_service: Callable[..., Service]) -> None:
    service = make_service(max_watchers=3, poll_seconds=0.05)
    run_id = service.run()
    watchers = _watchers_of(service)

    async def talk() -> None:
        streams = [_listen(watchers, run_id) for _ in range(20)]
        waiting = asyncio.gather(*streams)
        await asyncio.sleep(0.3)
        assert 0 < watchers.num_looks < 12, "twenty listeners, one look at a time"
        await asyncio.to_thread(service.work)
        ends = await waiting
        assert set(ends) == {"done"}

    asyncio.run(talk())
    with RunningService(service.app) as running:
        other = service.run()
        with (
            watching(running.url, other),
            watching(running.url, other),
            watching(running.url, other),
            watching(running.url, other) as refused,
        ):
            refused.read()
            assert (refused.status_code, problem_of(refused)) == (429, "too-many-requests")
        until(lambda: _try(running.url, other) == 200)


def _watchers_of(service: Service) -> Watchers:
    return Watchers(service.engine, poll_seconds=0.05, max_listeners=100)


async def _listen(watchers: Watchers, run_id: str) -> str:
    last = "nothing"
    async for moment in watchers.moments(run_id, None, heartbeat_seconds=1):
        if moment is not None:
            last = moment.state.name
    return last


def _try(url: str, run_id: str) -> int:
    with watching(url, run_id) as response:
        return response.status_code


def until(is_true: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_silent_stream_says_that_it_lives_and_ends_when_the_service_leaves(
    small: Callable[..., Service],
) -> None:
    service = small(heartbeat_seconds=0.1)
    run_id = service.run()
    with RunningService(service.app, shutdown_seconds=20) as running:
        with watching(running.url, run_id) as response:
            arriving = read_events(response)
            assert next(arriving) is not None
            assert next(arriving) is None
            begun = time.monotonic()
            running.leave()
            assert all(event is None for event in arriving)
        assert time.monotonic() - begun < 15, "the stream ends before the deadline of the shutdown"


def test_a_database_that_is_away_for_a_moment_interrupts_no_stream(
    small: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    from assay_filter.service import events

    service = small(poll_seconds=0.02)
    run_id = service.run()
    num_failures = 0

    def failing_look(*arguments: Any) -> Any:
        nonlocal num_failures
        num_failures += 1
        if num_failures <= 3:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return look(*arguments)

    monkeypatch.setattr(events, "look", failing_look)
    with RunningService(service.app) as running, watching(running.url, run_id) as response:
        first = next(event for event in read_events(response) if event is not None)
        assert first.data["status"] == "queued"
    assert num_failures > 3


def test_an_error_is_told_without_the_stores_path(small: Callable[..., Service]) -> None:
    service = small()
    run_id = service.run()
    with service.engine.begin() as connection:
        told = f"expected to read '{service.store.root}/files/x', found nothing"
        connection.execute(
            update(tables.run).values(state="failed", error=told, error_kind="InputError")
        )
    text = service.get(f"/v1/runs/{run_id}/events").text
    assert "event: done" in text
    assert str(service.store.root) not in text
    assert "InputError" in text
