"""Runs an application: bind, tell where, serve, and leave in good order.

On SIGTERM the listening socket closes, `/readyz` says 503, what is held is finished within a
deadline and the rest is answered with 503; the process then exits with 0. A connection that never
completes its request's head, or stalls in a body that was already refused, is closed.
"""

import asyncio
import logging
import signal
import socket
from types import FrameType

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from assay.domain.errors import ConfigError
from assay.web.app import Application
from assay.web.corking import CorkedTransport
from assay.web.logs import ForwardServerRecords, Log
from assay.web.problems import MEDIA_TYPE, problem_of_status

HEAD_TIMEOUT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 75
BACKLOG = 512


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that waits for a request's head, or for the rest of a refused body, but not forever.

    Reading on after an early refusal lets the caller see the answer: closing at once would reset
    the connection under it.
    """

    head_timeout_seconds = HEAD_TIMEOUT_SECONDS
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = CorkedTransport(transport, self.loop)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        is_between_requests = self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]
        if is_between_requests:  # the keep-alive timeout holds here
            self._stop_watching()
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        body = problem_of_status(400, f"expected HTTP/1.1, found something else: {msg}").body("-")
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        head = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            output = self.conn.send(event)
            if output:
                self.transport.write(output)
        self.transport.close()

    def _watch(self) -> None:
        is_serving = self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]
        if is_serving:
            self._stop_watching()
        elif self._stalled is None and not self.transport.is_closing():
            self._stalled = self.loop.call_later(self.head_timeout_seconds, self.transport.close)

    def _stop_watching(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class Server(uvicorn.Server):
    """uvicorn's server, which tells where it listens and says so when it begins to leave."""

    def __init__(self, app: Application, config: uvicorn.Config, log: Log) -> None:
        super().__init__(config)
        self._app = app
        self._log = log

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            self._log.info("service.started", host=host, port=port, title=self._app.title)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.drain.begin()
        self._log.info("service.leaving", requests=len(self.server_state.tasks))
        await super().shutdown(sockets)
        self._log.info("service.left")


def make_server(
    app: Application,
    *,
    log: Log,
    shutdown_seconds: int = 30,
    protocol: type[H11Protocol] = PatientProtocol,
) -> Server:
    """Return a server for `app` that serves the sockets given to `run` or `serve`."""
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=shutdown_seconds,
        backlog=BACKLOG,
    )
    return Server(app, config, log)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to `host`:`port` (0: a free one), not yet listening.

    Raises:
        ConfigError: the address is unknown or taken.
    """
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
    except OSError as exc:
        raise _cannot_bind(host, port, exc) from exc
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as exc:
        listener.close()
        raise _cannot_bind(host, port, exc) from exc
    return listener


def run_server(
    app: Application, listener: socket.socket, *, log: Log, shutdown_seconds: int
) -> None:
    """Serve until SIGTERM (returns) or SIGINT (raises KeyboardInterrupt)."""
    forward = ForwardServerRecords(log)
    server_log = logging.getLogger("uvicorn")
    server_log.addHandler(forward)
    server_log.propagate = False
    # uvicorn raises the signal again once it has left; this one then ends in an exit code of 0.
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        make_server(app, log=log, shutdown_seconds=shutdown_seconds).run([listener])
    finally:
        signal.signal(signal.SIGTERM, before)
        server_log.removeHandler(forward)
        server_log.propagate = True


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: the server has finished by now."""


def _cannot_bind(host: str, port: int, error: OSError) -> ConfigError:
    return ConfigError(
        f"expected to listen on {host!r} port {port}, found: {error.strerror or error}; choose "
        "another --host or --port"
    )
