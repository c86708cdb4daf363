"""The hash chain: a Merkle root per chunk in a chained ledger.

A leaf is SHA-256(0x00 || canonical row), a node SHA-256(0x01 || left || right) (RFC 6962, section
2.1). A ledger entry hashes its predecessor, so its head stands for every audit row of the run. The
chain starts from the run's configuration and holds neither clock nor run id: the same input and
configuration give the same head.
"""

import hashlib
from collections.abc import Sequence

import orjson

LEAF_BYTES = 32

Cell = str | int | None


def leaf_of(table: str, cells: Sequence[Cell]) -> bytes:
    """Return the leaf digest of one row: its table's name and its cells in column order."""
    return hashlib.sha256(b"\x00" + orjson.dumps([table, *cells])).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the RFC 6962 root over `leaves`; of none, the digest of the empty string."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest()
            for i in range(0, len(level) - 1, 2)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def genesis(*parts: str) -> str:
    """Return the chain's start for a run: the digest of what determines its result."""
    return hashlib.sha256(orjson.dumps(["assay-chain-1", *parts])).hexdigest()


def entry_hash(prev: str, *cells: Cell) -> str:
    """Return the hash of a ledger entry that follows `prev`."""
    return hashlib.sha256(orjson.dumps([prev, *cells])).hexdigest()
