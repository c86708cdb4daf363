"""The judges that a worker process has open: few, and closed when another takes their place.

A server's worker turns from run to run; a judge on a model server holds a thread and connections.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Protocol

from assay.domain.ports import Judge


class JudgeFactory(Hashable, Protocol):
    """Makes the judge in a worker process; picklable, and equal when it makes the same judge."""

    def __call__(self) -> Judge: ...


class OpenJudges:
    """The last `size` judges asked for."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._judges: OrderedDict[JudgeFactory, Judge] = OrderedDict()

    def get(self, make: JudgeFactory) -> Judge:
        """Return the judge that `make` makes, opened once; the one longest unused may be closed."""
        if make in self._judges:
            self._judges.move_to_end(make)
            return self._judges[make]
        while len(self._judges) >= self._size:
            _, unused = self._judges.popitem(last=False)
            close: Callable[[], None] | None = getattr(unused, "close", None)
            if close is not None:  # only a judge behind a server has something to let go of
                close()
        self._judges[make] = judge = make()
        return judge
