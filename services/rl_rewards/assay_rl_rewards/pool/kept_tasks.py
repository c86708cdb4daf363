"""The tasks that a worker has read, kept because the answers to one task come close together.

What is kept counts against the worker's limit on memory, so it is bounded by the bytes of JSON that
it came from as well as in number. Room is made before a task is read: no task shares the worker
with more than that, and one that is larger than the bound is kept alone.
"""

from collections import OrderedDict
from typing import Any

Key = tuple[str, bytes]


class KeptTasks:
    """Keeps the most recently used tasks, by the verifier's id and the JSON."""

    def __init__(self, *, max_tasks: int, max_bytes: int) -> None:
        self._max_tasks = max_tasks
        self._max_bytes = max_bytes
        self._num_bytes = 0
        self._tasks: OrderedDict[Key, Any] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._tasks

    def find(self, key: Key) -> Any:
        """Return a task that is kept.

        Raises:
            KeyError: it is not.
        """
        self._tasks.move_to_end(key)
        return self._tasks[key]

    def make_room(self, key: Key) -> None:
        """Forget what must go so that the task of `key` may be read and kept."""
        while self._tasks and (
            len(self._tasks) >= self._max_tasks or self._num_bytes + len(key[1]) > self._max_bytes
        ):
            (_, forgotten), _ = self._tasks.popitem(last=False)
            self._num_bytes -= len(forgotten)

    def keep(self, key: Key, task: object) -> None:
        """Keep a task that is not kept yet, and for which there is room."""
        self._tasks[key] = task
        self._num_bytes += len(key[1])
