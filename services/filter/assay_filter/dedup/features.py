"""Features of a chunk of samples, computed in a worker and left in one file for the driver.

A `FeatureBlock` holds plain arrays only, so the driver can read one band of all samples, or the
text of a few, without loading the rest. The file is a sequence of `.npy` arrays in declared order,
each padded to 64 bytes; nothing in it is executable.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from assay.domain.errors import DedupError
from assay_filter.dedup.folding import Layout, fold, lay_out, reduce
from assay_filter.dedup.guard import guards
from assay_filter.dedup.keys import DedupText, Units, exact_key, near_keys
from assay_filter.dedup.minhash import sign
from assay_filter.dedup.settings import DedupSettings, FeatureParameters
from assay_filter.dedup.shingles import short_keys

FORMAT_VERSION = 1
SIDES = 3  # setting, query, response
_ALIGNMENT = 64


class ArrayPlace(NamedTuple):
    """Where an array lies in a block's file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int

    def map(self, path: Path) -> NDArray[Any]:
        """Map the array into memory."""
        if 0 in self.shape:
            return np.empty(self.shape, self.dtype)
        return np.memmap(path, self.dtype, "r", self.offset, self.shape)

    def read(self, file: BinaryIO, start: int, count: int) -> NDArray[Any]:
        """Read `count` entries from entry `start` on, counted without regard to the shape."""
        file.seek(self.offset + start * self.dtype.itemsize)
        return np.fromfile(file, self.dtype, count)


@dataclass(frozen=True, slots=True)
class FeatureBlock:
    """The features of a chunk, one row per sample in chunk order.

    `header` is the format version and the parameters; `starts` cuts `text` (folded) into three
    sides per sample.
    """

    header: NDArray[np.int64]
    exact: NDArray[np.uint64]  # (n, 2)
    near_exact: NDArray[np.uint64]  # (n, 2)
    prompt: NDArray[np.uint64]  # (n, 2), zero where there is no prompt
    guard: NDArray[np.uint64]  # (n,)
    num_elements: NDArray[np.int32]  # (n,)
    shorts: NDArray[np.uint64]  # (n, 3): context, query, response
    bands: NDArray[np.uint64]  # (num_bands, n)
    slots: NDArray[np.uint8]  # (n, SLOTS)
    starts: NDArray[np.int64]  # (3 n + 1,)
    text: Units

    def __len__(self) -> int:
        return len(self.guard)

    @property
    def parameters(self) -> FeatureParameters:
        """The settings that the features were computed with."""
        return FeatureParameters(*(int(value) for value in self.header[1:]))

    def save(self, path: Path) -> None:
        """Write the block; the same block gives the same bytes."""
        with path.open("wb") as file:
            for field in fields(self):
                np.save(file, np.ascontiguousarray(getattr(self, field.name)), allow_pickle=False)
                file.write(bytes(-file.tell() % _ALIGNMENT))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Map a saved block; its arrays are read from disk when they are used.

        Raises:
            DedupError: the file is no feature block of this version.
        """
        return cls(**{name: place.map(path) for name, place in locate(path).items()})


def locate(path: Path) -> dict[str, ArrayPlace]:
    """Find the arrays of a saved block.

    Raises:
        DedupError: the file is no feature block of this version.
    """
    places: dict[str, ArrayPlace] = {}
    try:
        with path.open("rb") as file:
            for field in fields(FeatureBlock):
                np.lib.format.read_magic(file)
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                places[field.name] = ArrayPlace(dtype, shape, file.tell())
                file.seek(math.prod(shape) * dtype.itemsize, os.SEEK_CUR)
                file.seek(-file.tell() % _ALIGNMENT, os.SEEK_CUR)
            _check_size(path, file.tell())
            version = int(places["header"].read(file, 0, 1)[0])
    except (OSError, ValueError, IndexError) as exc:
        raise DedupError(f"expected a feature block, found {str(path)!r}: {exc}") from exc
    if version != FORMAT_VERSION:
        raise DedupError(
            f"expected feature format {FORMAT_VERSION}, found {version} in {str(path)!r}: "
            "compute the features anew"
        )
    return places


def _check_size(path: Path, expected: int) -> None:
    found = path.stat().st_size
    if found != expected:
        raise ValueError(f"cut off: {expected} bytes expected, {found} found")


def compute_features(texts: Sequence[DedupText], settings: DedupSettings) -> FeatureBlock:
    """Compute the features of a chunk; they depend on each text alone."""
    parameters = settings.parameters
    compatible = lay_out([side for text in texts for side in _sides(text)])
    folded = fold(compatible)
    reduced = reduce(folded)
    shorts = short_keys(folded, reduced, parameters.min_chars, parameters.min_shingles)
    signatures = sign(folded, shorts, num_bands=parameters.num_bands, rows=parameters.rows)
    near_exact, prompt = _near_keys(texts, reduced)
    return FeatureBlock(
        header=np.array([FORMAT_VERSION, *parameters], np.int64),
        exact=_as_keys([exact_key(text.canonical) for text in texts]),
        near_exact=near_exact,
        prompt=prompt,
        guard=guards(compatible, SIDES),
        num_elements=signatures.num_elements,
        shorts=shorts,
        bands=signatures.bands,
        slots=signatures.slots,
        starts=folded.starts,
        text=folded.units,
    )


def _sides(text: DedupText) -> tuple[str, str, str]:
    return text.setting, text.query, text.response


class _Keys(NamedTuple):
    near_exact: NDArray[np.uint64]
    prompt: NDArray[np.uint64]


def _near_keys(texts: Sequence[DedupText], reduced: Layout) -> _Keys:
    units = reduced.units
    starts = reduced.starts[::SIDES].tolist()
    middles = reduced.starts[SIDES - 1 :: SIDES].tolist()
    keys = [
        near_keys(units[starts[i] : middles[i]], units[middles[i] : starts[i + 1]], text)
        for i, text in enumerate(texts)
    ]
    return _Keys(_as_keys([key.whole for key in keys]), _as_keys([key.prompt for key in keys]))


def _as_keys(digests: Sequence[bytes]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(digests), np.dtype("<u8")).reshape(-1, 2)
