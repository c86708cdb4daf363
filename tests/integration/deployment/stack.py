"""Starts the services of docker-compose.yml as processes, as `docker compose up` would order it.

Each is started when what it waits for is there, with the command, the environment and the user
that the file gives it, and is asked by its own health check until it is well; see `substitution`
for what is not the same as in containers.
"""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.postgres_server import FAST, PostgresServer
from tests.integration.commands import wait_for_group
from tests.integration.deployment.compose_file import Composition, Healthcheck, Service
from tests.integration.deployment.server_home import descendants_of
from tests.integration.deployment.substitution import Substitution

PATIENCE = 3.0  # times as long as the file waits: a busy machine


@dataclass(frozen=True, slots=True)
class Left:
    """How a service left after SIGTERM."""

    code: int
    seconds: float


class Stack:
    """The services that `up` starts without a profile, or those named; it ends with its context."""

    def __init__(self, composition: Composition, folder: Path, *names: str) -> None:
        self.composition = composition
        self.table = Substitution(composition, folder)
        self.services = [s for s in composition.started() if not names or s.name in names]
        self._folder = folder
        self._database: PostgresServer | None = None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.healthy_after: dict[str, float] = {}

    def __enter__(self) -> "Stack":
        try:
            for service in self.services:
                self.start(service)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            for pid in [*descendants_of(process.pid), process.pid]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
        if self._database is not None:
            self._database.stop()

    def start(self, service: Service) -> None:
        """Start a service and wait until those that follow may start."""
        begun = time.monotonic()
        if service.name == "db":
            self._database = self._start_database(service)
        else:
            self._processes[service.name] = self._run(service, self.table.command_of(service))
        check = service.healthcheck
        if check is None:
            code = self._processes.pop(service.name).wait(120)
            assert code == 0, self.log(service.name)
        else:
            self._until_healthy(service, check)
        self.healthy_after[service.name] = time.monotonic() - begun

    def is_healthy(self, service: Service) -> tuple[bool, str]:
        """Run a service's health check once; return what it told."""
        check = service.healthcheck
        assert check is not None
        started = self.table.start_of(service, check.command)
        done = subprocess.run(
            started.arguments,
            env=started.environment,
            cwd=started.folder,
            capture_output=True,
            timeout=check.timeout * PATIENCE,
            check=False,
        )
        return done.returncode == 0, (done.stdout + done.stderr).decode()

    def leave(self, name: str) -> Left:
        """Send SIGTERM to a service, as `docker compose stop` does, and wait for its grace."""
        process, begun = self._processes.pop(name), time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(self.composition.services[name].grace_seconds)
        wait_for_group(process.pid)
        return Left(code, time.monotonic() - begun)

    def log(self, name: str) -> str:
        path = self._folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def pids(self) -> dict[str, list[int]]:
        """Return the processes of each service but the database."""
        return {
            name: [process.pid, *descendants_of(process.pid)]
            for name, process in self._processes.items()
        }

    def _run(self, service: Service, command: list[str]) -> "subprocess.Popen[bytes]":
        started = self.table.start_of(service, command)
        with (self._folder / f"{service.name}.log").open("wb") as log:
            return subprocess.Popen(
                started.arguments,
                env=started.environment,
                cwd=started.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _start_database(self, service: Service) -> PostgresServer:
        """Do what the image does at its first start: a user with a password, and a database."""
        given = service.environment
        folder = self.table.places(service)["/var/lib/postgresql"]
        server = PostgresServer(folder, FAST)
        user, password = given["POSTGRES_USER"], given["POSTGRES_PASSWORD"]
        assert password.isalnum(), "it stands in a URL, and in a statement here"
        server.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'")
        server.execute(f"CREATE DATABASE {given['POSTGRES_DB']} OWNER {user}")
        rules = server.data / "pg_hba.conf"
        rules.write_text(f"host all {user} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        server.execute("SELECT pg_reload_conf()")
        self.table.ports["db", 5432] = server.port
        return server

    def _until_healthy(self, service: Service, check: Healthcheck) -> None:
        seconds = check.start_period + check.retries * check.interval
        deadline = time.monotonic() + PATIENCE * seconds
        while True:
            process = self._processes.get(service.name)
            assert process is None or process.poll() is None, self.log(service.name)
            is_well, told = self.is_healthy(service)
            if is_well:
                return
            assert time.monotonic() < deadline, f"{service.name}: {told}{self.log(service.name)}"
            time.sleep(0.5)
