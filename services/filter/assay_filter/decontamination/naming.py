"""The names of items and the heads of their questions, read from the index when they are wanted."""

from typing import NamedTuple

from assay_filter.decontamination.arrays import IndexArrays


class ItemName(NamedTuple):
    """Which item: its benchmark, split and id as the user's file has them."""

    benchmark: str
    split: str
    id: str


class Names:
    """Reads names from the arrays of an index."""

    def __init__(self, arrays: IndexArrays) -> None:
        self._arrays = arrays

    def item(self, item: int) -> ItemName:
        return ItemName(self._name(3 * item), self._name(3 * item + 1), self._name(3 * item + 2))

    def quote(self, text: int) -> str:
        """Return the head of a question."""
        cuts = self._arrays.quote_cuts
        return self._arrays.quotes[cuts[text] : cuts[text + 1]].tobytes().decode()

    def _name(self, at: int) -> str:
        cuts = self._arrays.name_cuts
        return self._arrays.names[cuts[at] : cuts[at + 1]].tobytes().decode()
