"""Ctrl-C at the right moment: while something is waited for, and never inside a write.

The first signal interrupts at once inside `allowed`, else at the next `allowed`; so whatever is
being written is written whole. A second one interrupts wherever it comes.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Handles the signals that end a command while the context is open; for the main thread."""

    def __init__(self) -> None:
        self.is_requested = False
        self._is_allowed = False

    def __enter__(self) -> Self:
        self._former = [signal.signal(number, self._handle) for number in SIGNALS]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in zip(SIGNALS, self._former, strict=True):
            signal.signal(number, handler)

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Let a signal raise `KeyboardInterrupt` in here; also one that came before."""
        self._is_allowed = True
        try:
            if self.is_requested:
                raise KeyboardInterrupt
            yield
        finally:
            self._is_allowed = False

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        is_second = self.is_requested
        self.is_requested = True
        if self._is_allowed or is_second:
            raise KeyboardInterrupt
