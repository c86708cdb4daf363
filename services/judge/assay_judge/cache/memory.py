"""The cache of one process: the entries that were used last, up to a number of them."""

from collections import OrderedDict

MAX_ENTRIES = 100_000


class MemoryCache:
    """Keeps up to `max_entries`; the one that was not used for longest goes first."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        assert max_entries > 0
        self._max_entries = max_entries
        self._entries: OrderedDict[str, bytes] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    async def put(self, key: str, value: bytes) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    async def close(self) -> None:
        self._entries.clear()
