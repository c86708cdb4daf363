"""Events of a run over connections that break: each goes on behind the last event seen.

Server-sent events as of the HTML standard, section 9.2, as far as a service of ours sends them.
"""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import orjson
from aiohttp.http_exceptions import LineTooLong

from assay.client.filter_wire import RunEvent, read_part
from assay.client.service_errors import UnavailableError
from assay.client.service_transport import Call, ServiceTransport, broken, pause_seconds

SEEN_ALL = 204
DONE = "done"
MAX_EVENT_BYTES = 1 << 20
LASTING_SECONDS = 30.0  # a stream that lived so long shows that the service is there


async def watch_run(
    transport: ServiceTransport, path: str, *, last_event_id: str | None = None
) -> AsyncIterator[RunEvent]:
    """Yield a run's events until it ends or stops; reconnect as long as the service comes back.

    Raises:
        ServiceError: the service refuses, or stays away for all repetitions in a row.
    """
    num_breaks = 0
    clock = asyncio.get_running_loop()
    while True:
        opened = clock.time()
        headers = {"accept": "text/event-stream"}
        if last_event_id is not None:
            headers["last-event-id"] = last_event_id
        call = Call("GET", path, headers=headers, accepted=(200, SEEN_ALL))
        try:
            async with transport.open(call) as response:
                if response.status == SEEN_ALL:
                    return
                async for event in _events(response):
                    last_event_id, num_breaks = event.id, 0
                    yield event
                    if event.kind == DONE:
                        return
        except (aiohttp.ClientError, OSError, TimeoutError) as exc:
            if num_breaks >= transport.max_retries:
                raise UnavailableError(
                    f"expected events of the run, found the connection broken "
                    f"({type(exc).__name__}) {num_breaks + 1} times in a row; watch it again"
                ) from exc
        if clock.time() - opened > LASTING_SECONDS:
            num_breaks = 0
        num_breaks += 1  # the stream ended without its last event: the service was restarted
        if num_breaks > transport.max_retries:
            raise UnavailableError(
                f"expected events of the run, found {num_breaks} empty streams in a row; watch it "
                "again"
            )
        await asyncio.sleep(pause_seconds(num_breaks, None))


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[RunEvent]:
    fields: dict[str, str] = {}
    num_bytes = 0
    try:
        async for raw in response.content:
            num_bytes += len(raw)
            if num_bytes > MAX_EVENT_BYTES:
                raise broken(f"an event of more than {MAX_EVENT_BYTES} bytes")
            line = raw.decode().rstrip("\r\n")
            if line:
                name, _, value = line.partition(":")
                if name in ("id", "event", "data"):
                    fields[name] = value.removeprefix(" ")
                continue
            if "data" in fields:
                yield _event(fields)
            fields, num_bytes = {}, 0
    except (ValueError, LineTooLong) as exc:  # no UTF-8, no JSON, or no end of a line
        raise broken("a stream of other things than events") from exc


def _event(fields: dict[str, str]) -> RunEvent:
    data = orjson.loads(fields["data"])
    if not isinstance(data, dict):
        raise broken("an event without members")
    return read_part(
        RunEvent, {**data, "id": fields.get("id", ""), "kind": fields.get("event", "")}
    )
