"""What deduplication is told of the samples, and what it says of them.

Results are arrays: a run of ten million samples has millions of edges. The iterators give them one
by one under their names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UNMEASURED = -1


class Method(StrEnum):
    """Why a sample counts as a duplicate, in the order of the codes in `DedupResult.edges`."""

    EXACT = "exact"
    NEAR_EXACT = "near_exact"
    NEAR = "near"
    PROMPT_CAP = "prompt_cap"


METHODS = tuple(Method)
EDGES = np.dtype(
    [
        ("dropped", np.int64),
        ("kept", np.int64),
        ("method", np.uint8),
        ("context", np.int16),
        ("response", np.int16),
        ("cluster", np.uint64),
    ]
)
FLAGS = np.dtype(
    [("kept", np.int64), ("other", np.int64), ("context", np.int16), ("response", np.int16)]
)


@dataclass(frozen=True, slots=True)
class Members:
    """What is known of each sample, in the order of the feature files."""

    kept: NDArray[np.bool_]  # accepted or borderline
    rank: NDArray[np.uint8]  # of the verdict; 0 is best
    score: NDArray[np.int32]  # thousandths, -1 where there is none
    length: NDArray[np.int64]  # of the sample, in any unit
    language: NDArray[np.int16]  # a code per language, 0 where unknown

    def __len__(self) -> int:
        return len(self.kept)


class Edge(NamedTuple):
    """A duplicate and the sample that stays for it.

    Similarities are thousandths, None where not measured (another answer to the same prompt).
    `cluster` is the head of the survivor's content hash.
    """

    dropped: int
    kept: int
    method: Method
    context: int | None
    response: int | None
    cluster: str


class Flag(NamedTuple):
    """Two samples that stay although similar, because their numbers or identifiers differ."""

    kept: int
    other: int
    context: int
    response: int


@dataclass(frozen=True, slots=True)
class DedupResult:
    """Edges by dropped ordinal and flags, as arrays (`EDGES`, `FLAGS`)."""

    edges: NDArray[np.void]
    flags: NDArray[np.void]

    def iter_edges(self) -> Iterator[Edge]:
        """The edges, one by one."""
        for dropped, kept, method, context, response, cluster in self.edges.tolist():
            yield Edge(
                dropped,
                kept,
                METHODS[method],
                None if context == UNMEASURED else context,
                None if response == UNMEASURED else response,
                f"{cluster:016x}",
            )

    def iter_flags(self) -> Iterator[Flag]:
        """The flags, one by one."""
        return (Flag(*row) for row in self.flags.tolist())
