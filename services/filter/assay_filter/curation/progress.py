"""What a run tells about itself while it works; the command line draws it."""

from collections.abc import Mapping
from typing import Protocol


class Progress(Protocol):
    """Receives a run's progress. All counts are cumulative within the stage."""

    def start_stage(self, name: str, total: int, unit: str) -> None:
        """A stage begins; `total` is its size in `unit`, as far as it is known."""

    def advance(self, done: int, num_samples: int, total: int) -> None:
        """`done` of `total` units and `num_samples` samples of the stage are finished."""

    def count(self, outcomes: Mapping[str, int]) -> None:
        """Outcome counts as known so far."""

    def note(self, text: str) -> None:
        """Something a person should know."""
