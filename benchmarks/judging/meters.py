"""What processes use: CPU time of this one and of a child, resident memory, the machine's load."""

import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Self

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
END_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Conditions:
    """Where and beside what something was measured."""

    num_cores: int
    load_before: float
    load_after: float

    def __str__(self) -> str:
        return (
            f"{self.num_cores} cores; load of the machine, this benchmark included: "
            f"{self.load_before:.1f} at the start, {self.load_after:.1f} at the end"
        )


class Watch:
    """Notes the machine's load (1 minute) from its making until `conditions`."""

    def __init__(self) -> None:
        self._before = os.getloadavg()[0]

    def conditions(self) -> Conditions:
        return Conditions(len(os.sched_getaffinity(0)), self._before, os.getloadavg()[0])


def own_cpu_seconds() -> float:
    """CPU time that this process has used, in user and kernel mode."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_seconds(pid: int) -> float:
    """CPU time that a running process has used, to a hundredth of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_mib() -> float:
    """Memory of this process that is resident now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES / 2**20


class ServerProcess:
    """`python -m MODULE`, a server that tells its URL in its first line of output."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: Popen[str] | None = None
        self.url = ""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        self._process = Popen(self._command, stdout=PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            self._end()
            raise RuntimeError(f"expected {self._command[2]} to tell its URL, found that it ended")
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.communicate(timeout=END_SECONDS)
