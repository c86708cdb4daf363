"""The feature files of a run, read as if they were one: a key, a band, the texts of a few samples.

Samples are numbered through all files in order (the global ordinal). Texts and signatures stay on
disk and are gathered for a batch of samples at a time.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.domain.errors import DedupError
from assay_filter.dedup.features import SIDES, ArrayPlace, locate
from assay_filter.dedup.settings import SLOTS, DedupSettings, FeatureParameters
from assay_filter.dedup.verify import Texts

IN_MEMORY_UNITS = 1 << 27  # a batch with more text than this is laid out in a temporary file


class _Block(NamedTuple):
    path: Path
    places: dict[str, ArrayPlace]
    first: int  # ordinal of its first sample
    size: int


class Corpus:
    """Feature files that were made with the same settings."""

    def __init__(self, paths: Sequence[Path], settings: DedupSettings) -> None:
        """Open the files.

        Raises:
            DedupError: a file is no feature block, or was made with other settings.
        """
        self._blocks: list[_Block] = []
        self.size = 0
        for path in paths:
            places = locate(path)
            _check_parameters(path, places["header"], settings)
            (size,) = places["guard"].shape
            self._blocks.append(_Block(path, places, self.size, size))
            self.size += size

    def column(self, name: str) -> NDArray[Any]:
        """A whole array, for those that are small per sample."""
        parts = [block.places[name].map(block.path) for block in self._blocks]
        return np.concatenate(parts) if parts else np.empty(0)

    def band(self, band: int) -> NDArray[np.uint64]:
        """One band key per sample."""
        keys = np.empty(self.size, np.uint64)
        for block in self._blocks:
            with block.path.open("rb") as file:
                part = block.places["bands"].read(file, band * block.size, block.size)
            keys[block.first : block.first + block.size] = part
        return keys

    def part(self, name: str, first: int, count: int) -> NDArray[Any]:
        """An array's rows of consecutive samples; of `bands`, which lists bands first, columns."""
        parts = []
        for block in self._blocks:
            start, stop = max(first, block.first), min(first + count, block.first + block.size)
            if start < stop:
                rows = slice(start - block.first, stop - block.first)
                array = block.places[name].map(block.path)
                parts.append(array[:, rows] if name == "bands" else array[rows])
        return np.concatenate(parts, axis=1 if name == "bands" else 0)

    def lengths(self) -> NDArray[np.int64]:
        """Units of text per sample."""
        lengths = np.empty(self.size, np.int64)
        for block in self._blocks:
            starts = block.places["starts"].map(block.path)[::SIDES]
            lengths[block.first : block.first + block.size] = np.diff(starts)
        return lengths

    def texts(
        self,
        ordinals: NDArray[np.int64],
        language: NDArray[np.int16],
        is_compared: NDArray[np.bool_],
    ) -> Texts:
        """Gather what is needed to compare the samples `ordinals`, in their order.

        Where `is_compared` is false the sample is left blank.
        """
        count = len(ordinals)
        starts = np.zeros((count, SIDES + 1), np.int64)
        shorts = np.zeros((count, SIDES), np.uint64)
        slots = np.zeros((count, SLOTS), np.uint8)
        num_elements = np.zeros(count, np.int32)
        wanted = np.flatnonzero(is_compared)
        for block, rows, local in self._located(ordinals, wanted):
            ends = SIDES * local[:, None] + np.arange(SIDES + 1)
            starts[rows] = block.places["starts"].map(block.path)[ends]
            shorts[rows] = block.places["shorts"].map(block.path)[local]
            slots[rows] = block.places["slots"].map(block.path)[local]
            num_elements[rows] = block.places["num_elements"].map(block.path)[local]
        sources = starts[:, 0].copy()
        lengths = starts[:, SIDES] - sources
        targets = np.cumsum(lengths) - lengths
        starts += (targets - sources)[:, None]
        units = _allocate(int(lengths.sum()))
        for block, rows, _ in self._located(ordinals, wanted):
            text = block.places["text"].map(block.path)
            for row in rows.tolist():
                source, target, length = sources[row], targets[row], lengths[row]
                units[target : target + length] = text[source : source + length]
        return Texts(units, starts, shorts, slots, num_elements, language)

    def _located(
        self, ordinals: NDArray[np.int64], wanted: NDArray[np.int64]
    ) -> Iterator["_Located"]:
        """The blocks that hold some of `ordinals[wanted]`."""
        order = wanted[np.argsort(ordinals[wanted], kind="stable")]
        firsts = np.array([block.first for block in self._blocks] + [self.size])
        cuts = np.searchsorted(ordinals[order], firsts)
        for i, block in enumerate(self._blocks):
            rows = order[cuts[i] : cuts[i + 1]]
            if len(rows):
                yield _Located(block, rows, ordinals[rows] - block.first)


class _Located(NamedTuple):
    block: _Block
    rows: NDArray[np.int64]  # positions in what was asked for
    local: NDArray[np.int64]  # positions in the block


def _allocate(num_units: int) -> NDArray[np.uint16]:
    if num_units <= IN_MEMORY_UNITS:
        return np.empty(num_units, np.uint16)
    with tempfile.TemporaryFile(prefix="assay-dedup-") as file:
        return np.memmap(file, np.uint16, "w+", shape=(num_units,))


def _check_parameters(path: Path, place: ArrayPlace, settings: DedupSettings) -> None:
    found = FeatureParameters(*(int(value) for value in place.map(path)[1:]))
    if found != settings.parameters:
        raise DedupError(
            f"expected features made with {settings.parameters}, found {found} in {str(path)!r}: "
            "compute the features anew or restore the settings"
        )
