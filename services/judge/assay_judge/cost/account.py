"""Where a budget's figures stand: in this process, or in one SQLite file for several.

An account knows one unit, what was spent, and what is reserved. Invariant: a reservation is granted
only if spent plus reserved plus the new amount stays within the limit, and asking and granting are
one step, whoever else asks. A process that dies leaves its reservations; they are released when
another process finds it gone (same machine) or after an hour (elsewhere).
"""

import asyncio
import itertools
import os
import socket
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import uuid4

from assay.domain.errors import ConfigError
from assay_judge.cache.database import FileKind, open_database
from assay_judge.cache.transactions import TransactionThread

MAX_RESERVATION_SECONDS = 3600.0  # of another machine, whose processes cannot be looked at
SWEEP_SECONDS = 1.0
_FILE = FileKind(
    what="budget file",
    application=0x41735342,  # "AsSB"
    version=1,
    schema=(
        "CREATE TABLE account (id INTEGER PRIMARY KEY CHECK (id = 1), unit TEXT NOT NULL, "
        "spent INTEGER NOT NULL)",
        "CREATE TABLE reservation (token TEXT NOT NULL, number INTEGER NOT NULL, "
        "machine TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL, "
        "amount INTEGER NOT NULL, created REAL NOT NULL, PRIMARY KEY (token, number))",
    ),
)


class Balance(NamedTuple):
    """What an account says: both in its unit."""

    spent: int
    reserved: int


class Granted(NamedTuple):
    """The answer to a request: the reservation's id, or None where it was refused."""

    id: int | None  # unique in its account
    balance: Balance


class Account(Protocol):
    """The figures of a budget."""

    async def reserve(self, amount: int, limit: int) -> Granted:
        """Reserve `amount` if that stays within `limit`."""

    def settle(self, reservation: int, spent: int) -> None:
        """Replace a reservation by what was spent; never waits."""

    async def balance(self) -> Balance:
        """Return the figures."""

    async def close(self) -> None:
        """Release this process's reservations and let go of the file."""


class MemoryAccount:
    """An account of one event loop."""

    def __init__(self) -> None:
        self._spent = 0
        self._reserved: dict[int, int] = {}
        self._num_reserved = 0  # the sum, kept so that asking costs the same with any number
        self._last = 0

    async def reserve(self, amount: int, limit: int) -> Granted:
        if self._spent + self._num_reserved + amount > limit:
            return Granted(None, await self.balance())
        self._last += 1
        self._reserved[self._last] = amount
        self._num_reserved += amount
        return Granted(self._last, await self.balance())

    def settle(self, reservation: int, spent: int) -> None:
        self._num_reserved -= self._reserved.pop(reservation, 0)
        self._spent += spent

    async def balance(self) -> Balance:
        return Balance(self._spent, self._num_reserved)

    async def close(self) -> None:
        self._reserved.clear()
        self._num_reserved = 0


class FileAccount:
    """An account in an SQLite file that any number of processes share.

    Args:
        path: the file; created when absent.
        unit: what it counts; all who share the file must count the same.

    Raises:
        ConfigError: the file is no account of this version, or counts another unit.
    """

    def __init__(self, path: Path, *, unit: str) -> None:
        self._owner = owner_of_this_process()
        self._numbers = itertools.count(1)
        self._last_sweep = -SWEEP_SECONDS
        self._thread = TransactionThread(lambda: _connect(path, unit), what="budget file")

    async def reserve(self, amount: int, limit: int) -> Granted:
        number = next(self._numbers)
        try:
            return await self._thread.run(
                lambda connection: self._reserve(connection, number, amount, limit)
            )
        except asyncio.CancelledError:
            self.settle(number, 0)  # it may have been granted, and nobody knows
            raise

    def settle(self, reservation: int, spent: int) -> None:
        token = self._owner.token
        self._thread.post(lambda connection: _settle(connection, token, reservation, spent))

    async def balance(self) -> Balance:
        return await self._thread.run(_balance)

    async def close(self) -> None:
        if not self._thread.is_closed:
            self._thread.post(
                lambda connection: connection.execute(
                    "DELETE FROM reservation WHERE token = ?", (self._owner.token,)
                )
            )
        await self._thread.close()

    def _reserve(
        self, connection: sqlite3.Connection, number: int, amount: int, limit: int
    ) -> Granted:
        balance = _balance(connection)
        if sum(balance) + amount > limit and time.monotonic() - self._last_sweep > SWEEP_SECONDS:
            self._last_sweep = time.monotonic()
            _release_abandoned(connection, self._owner.machine)
            balance = _balance(connection)
        if sum(balance) + amount > limit:
            return Granted(None, balance)
        connection.execute(
            "INSERT INTO reservation VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._owner.token, number, *self._owner[1:], amount, time.time()),
        )
        return Granted(number, Balance(balance.spent, balance.reserved + amount))


class Owner(NamedTuple):
    """Who holds reservations: one account object in one process of one machine."""

    token: str
    machine: str
    pid: int
    started: str


def owner_of_this_process() -> Owner:
    """Return a new owner. Containers count as machines: their process ids are their own."""
    pids = Path("/proc/self/ns/pid")
    namespace = str(pids.readlink()) if pids.is_symlink() else ""
    machine = f"{socket.gethostname()} {namespace}"
    return Owner(uuid4().hex, machine, os.getpid(), _start_of(os.getpid()) or "")


def _connect(path: Path, unit: str) -> sqlite3.Connection:
    connection = open_database(path, _FILE)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT OR IGNORE INTO account VALUES (1, ?, 0)", (unit,))
    (found,) = connection.execute("SELECT unit FROM account").fetchone()
    if found == unit:
        _release_abandoned(connection, owner_of_this_process().machine)
    connection.execute("COMMIT")
    if found != unit:
        connection.close()
        raise ConfigError(
            f"expected the budget file {str(path)!r} to count {unit}, found {found}; give the "
            f"budget in {found}, or name another file"
        )
    return connection


def _settle(connection: sqlite3.Connection, token: str, number: int, spent: int) -> None:
    connection.execute("DELETE FROM reservation WHERE token = ? AND number = ?", (token, number))
    connection.execute("UPDATE account SET spent = spent + ?", (spent,))


def _balance(connection: sqlite3.Connection) -> Balance:
    row = connection.execute(
        "SELECT spent, (SELECT coalesce(sum(amount), 0) FROM reservation) FROM account"
    ).fetchone()
    return Balance(*row)


def _release_abandoned(connection: sqlite3.Connection, machine: str) -> None:
    connection.execute(
        "DELETE FROM reservation WHERE machine <> ? AND created < ?",
        (machine, time.time() - MAX_RESERVATION_SECONDS),
    )
    holders = connection.execute(
        "SELECT DISTINCT pid, started FROM reservation WHERE machine = ?", (machine,)
    ).fetchall()
    for pid, started in holders:
        if _start_of(pid) != started:
            connection.execute(
                "DELETE FROM reservation WHERE machine = ? AND pid = ? AND started = ?",
                (machine, pid, started),
            )


def _start_of(pid: int) -> str | None:
    """Return when a process began, in clock ticks; "" if unknown, None if there is no such one."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return "" if not Path("/proc/self/stat").exists() and _is_alive(pid) else None
    return None if fields[0] in "ZX" else fields[19]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
