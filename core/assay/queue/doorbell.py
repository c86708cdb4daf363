"""A doorbell: messages that only say where to look; the database knows what there is to do."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from assay.domain.errors import AssayError

Key: TypeAlias = tuple[str, str, int]  # run, stage, ordinal of a task


class DoorbellError(AssayError):
    """The broker cannot be reached; nothing is lost, for the tasks are told another time."""


class Doorbell(Protocol):
    """Tells some worker where to look."""

    def ring(self, keys: Sequence[Key]) -> None:
        """Send one message a task.

        Raises:
            DoorbellError: the broker cannot be reached.
        """
