"""An application on a real server and a real socket, in a thread of this process."""

import asyncio
import threading
from io import StringIO

from uvicorn.protocols.http.h11_impl import H11Protocol

from assay.web.app import Application
from assay.web.logs import open_log
from assay.web.server import PatientProtocol, bind, make_server

START_SECONDS = 20.0


class RunningService:
    """Serves `app` on a free port until the block is left; `output` is its log."""

    def __init__(
        self,
        app: Application,
        *,
        shutdown_seconds: int = 5,
        protocol: type[H11Protocol] = PatientProtocol,
        output: StringIO | None = None,
    ) -> None:
        self.app = app
        self.output = output or StringIO()
        self._listener = bind("127.0.0.1", 0)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = make_server(
            app, log=open_log(self.output), shutdown_seconds=shutdown_seconds, protocol=protocol
        )
        self._thread = threading.Thread(target=self._run, name="running-service", daemon=True)

    def __enter__(self) -> "RunningService":
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(START_SECONDS / 0.01)):
            if self._server.started:
                return self
            waited.wait(0.01)
        raise AssertionError("the service does not start")

    def __exit__(self, *_: object) -> None:
        self.leave()
        self._thread.join(timeout=START_SECONDS)
        assert not self._thread.is_alive(), "the service does not end"

    def leave(self) -> None:
        """Begin the shutdown, as SIGTERM does in a process."""
        self._server.should_exit = True

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._listener]))
