"""What the pool tells of itself, for metrics. Calls come from the event loop and must be quick."""

from enum import StrEnum
from typing import Protocol

from assay.domain.reward import RewardStatus


class EndCause(StrEnum):
    """Why a worker ended.

    `timeout`: an answer met its deadline. `yielded`: an answer outlasted its first turn while
    others waited. `stuck`: no answer and no processor time for too long. `crashed`: it died at
    work. `memory`: it had taken all it may. `lost`: it died idle, was told to end, or spoke
    nonsense. `recycled`: it had graded its share. `closed`: so had the pool.
    """

    TIMEOUT = "timeout"
    YIELDED = "yielded"
    STUCK = "stuck"
    CRASHED = "crashed"
    MEMORY = "memory"
    LOST = "lost"
    RECYCLED = "recycled"
    CLOSED = "closed"


class PoolObserver(Protocol):
    """Hears what happens in the pool."""

    def item_done(self, status: RewardStatus, *, is_shared: bool, waited_seconds: float) -> None:
        """One item has its outcome; shared: it was remembered, or an equal item was at work."""

    def worker_started(self, *, is_filtered: bool) -> None:
        """A worker is ready; filtered: the kernel refuses system calls that it does not need."""

    def worker_ended(self, cause: EndCause) -> None:
        """A worker is gone."""


class SilentObserver:
    """For pools that nobody watches."""

    def item_done(self, status: RewardStatus, *, is_shared: bool, waited_seconds: float) -> None:
        pass

    def worker_started(self, *, is_filtered: bool) -> None:
        pass

    def worker_ended(self, cause: EndCause) -> None:
        pass
