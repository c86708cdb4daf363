"""The ledger of a large run: the same entries, in the same order, as `assay.audit` makes of chunks.

Roots and digests were made where the chunks are; what is left is one hash a chunk and stage, in
order: some microseconds each, on one machine.
"""

from collections.abc import Sequence
from typing import NamedTuple

from assay.audit.chain import entry_hash
from assay_filter.scaling.records import Done


class Entry(NamedTuple):
    """One ledger entry without its leaves, which stand with the chunk's rows."""

    seq: int
    prev: str
    hash: str


def append(entries: list[Entry], genesis: str, done: Sequence[Done]) -> None:
    """Append the chunks of a complete stage."""
    for chunk in done:
        prev = entries[-1].hash if entries else genesis
        sealed = entry_hash(
            prev,
            chunk.stage,
            chunk.ordinal,
            chunk.first_sample,
            chunk.num_samples,
            chunk.root,
            chunk.digest,
        )
        entries.append(Entry(len(entries), prev, sealed))
