"""What a family of processes uses while it lives: CPU time and resident memory, process by process.

A family is a process with all that it started. CPU time of members that have ended is kept by the
one that waited for them, so a family's sum never falls. Memory is proportional (PSS: shared pages
count once over all) where a family is summed, resident (RSS) where one process is looked at.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.judging.meters import PAGE_BYTES, TICKS_PER_SECOND

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One process: how many generations below the head of the family it stands, and its command."""

    pid: int
    depth: int
    command: str


def family_of(pid: int) -> list[Member]:
    """Return a process and its descendants, those that have ended meanwhile left out."""
    members: list[Member] = []
    open_pids = [(pid, 0)]
    while open_pids:
        one, depth = open_pids.pop()
        try:
            command = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            members.append(Member(one, depth, command.strip()))
            open_pids += [(child, depth + 1) for child in _children(one)]
        except OSError:
            continue
    return members


def _children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, path.read_text().split())


def cpu_of(pid: int, *, with_ended: bool = False) -> float:
    """Return the CPU seconds of a process, `with_ended` those of children it has waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / TICKS_PER_SECOND


def family_cpu(pid: int) -> float:
    """Return the CPU seconds of a family, ended members included."""
    return sum(cpu_of(member.pid, with_ended=True) for member in family_of(pid))


def resident_mib_of(pid: int) -> float:
    """Return what is resident of a process; 0 where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES / MEBIBYTE
    except OSError:
        return 0.0


def proportional_mib_of(pid: int) -> float:
    """Return the proportional memory of a process; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@dataclass(slots=True)
class Usage:
    """What was last seen of one process."""

    member: Member
    cpu_seconds: float = 0.0
    most_mib: float = 0.0


@dataclass(slots=True)
class Sampler:
    """Looks at a family again and again, in a thread, while the context is open.

    `look`, if given, is called each time with the family: for what must be read at the same moment.
    """

    pid: int
    every_seconds: float = 0.05
    look: Callable[[list[Member]], None] | None = None
    seen: dict[int, Usage] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Sampler":
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            begun = time.monotonic()
            members = family_of(self.pid)
            for member in members:
                usage = self.seen.setdefault(member.pid, Usage(member))
                usage.member = member  # a child shows its parent's command until it has its own
                usage.cpu_seconds = max(usage.cpu_seconds, cpu_of(member.pid))
                usage.most_mib = max(usage.most_mib, resident_mib_of(member.pid))
            if self.look is not None:
                self.look(members)
            self._over.wait(max(0.0, self.every_seconds - (time.monotonic() - begun)))

    def by_depth(self) -> dict[int, list[Usage]]:
        """Return what was seen, by generation; helpers of multiprocessing left out."""
        found: dict[int, list[Usage]] = {}
        for usage in self.seen.values():
            if "resource_tracker" not in usage.member.command:
                found.setdefault(usage.member.depth, []).append(usage)
        return found
