"""Whether a process lives (`/healthz`), whether it can serve (`/readyz`), and whether it leaves.

`/healthz` answers as long as the event loop turns: an orchestrator restarts what does not.
`/readyz` says what is missing, dependency by dependency: a balancer sends work elsewhere meanwhile.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Check: TypeAlias = Callable[[], str | None]  # why a dependency is not there, or None; instant


class Drain:
    """Whether the process is shutting down: it finishes what it holds and takes nothing new."""

    def __init__(self) -> None:
        self.is_draining = False

    def begin(self) -> None:
        self.is_draining = True


@dataclass(frozen=True, slots=True)
class Readiness:
    """The dependencies of a service by name, each with its check."""

    drain: Drain
    checks: Mapping[str, Check] = field(default_factory=dict)

    def reasons(self) -> dict[str, str]:
        """Return what is missing and why; empty: ready."""
        missing = {name: reason for name, check in self.checks.items() if (reason := check())}
        if self.drain.is_draining:
            missing["service"] = "shutting down"
        return missing
