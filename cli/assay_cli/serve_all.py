"""Runs every service on this machine: one process each, all together or none.

A service that ends by itself ends the others, for a stack that lost a part without a word is worse
than one that stopped and said which. SIGTERM and SIGINT are passed on, and each service finishes
what it holds.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from types import FrameType

LOOK_SECONDS = 0.1
KILL_SECONDS = 60.0  # services end by their own shutdown limits long before
INTERRUPTED = 130


class _Told:
    """The first signal that this process was sent."""

    def __init__(self) -> None:
        self.number: int | None = None

    def hear(self, number: int, _frame: FrameType | None) -> None:
        self.number = self.number or number


def run_services(
    commands: Mapping[str, Sequence[str]], environments: Mapping[str, Mapping[str, str]]
) -> int:
    """Run `assay` with each service's arguments until a signal, or until one of them ends.

    Returns:
        The exit code: 0 after SIGTERM, 130 after SIGINT, 1 where a service ended by itself or did
        not end well.
    """
    told = _Told()
    before = {n: signal.signal(n, told.hear) for n in (signal.SIGTERM, signal.SIGINT)}
    services: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, arguments in commands.items():
            command = [sys.executable, "-m", "assay_cli", *arguments]
            # a session of its own: a Ctrl-C reaches this process alone, which passes it on once
            services[name] = subprocess.Popen(
                command, env=dict(environments[name]), start_new_session=True
            )
        ended = _wait(services, told)
    finally:
        codes = _stop(services)
        for number, handler in before.items():
            signal.signal(number, handler)
    return _exit_code(told, ended, codes)


def _wait(services: Mapping[str, "subprocess.Popen[bytes]"], told: _Told) -> str | None:
    """Return the name of the service that ended by itself, None where a signal came first."""
    while told.number is None:
        for name, service in services.items():
            if service.poll() is not None:
                return name
        time.sleep(LOOK_SECONDS)
    return None


def _stop(services: Mapping[str, "subprocess.Popen[bytes]"]) -> dict[str, int]:
    for service in services.values():
        if service.poll() is None:
            service.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + KILL_SECONDS
    codes = {}
    for name, service in services.items():
        try:
            codes[name] = service.wait(max(deadline - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            service.kill()
            codes[name] = service.wait()
    return codes


def _exit_code(told: _Told, ended: str | None, codes: Mapping[str, int]) -> int:
    if ended is not None:
        sys.stderr.write(
            f"assay: expected all services to run on, found that {ended} ended with "
            f"{codes[ended]}; the others were stopped: its own lines above say why\n"
        )
        return 1
    bad = {name: code for name, code in codes.items() if code}
    if bad:
        sys.stderr.write(f"assay: expected services to end with 0, found {bad}\n")
        return 1
    return INTERRUPTED if told.number == signal.SIGINT else 0
