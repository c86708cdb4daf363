"""How far a compressed file may expand: a small file that fills a disk is no data set.

Real conversations compress ten to fifty times; what expands hundreds of times holds one text again
and again, or was made to do harm.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from assay.datasets.decompression import Block, Damage
from assay.domain.errors import InputError

FREE_BYTES = 64 << 20  # a file that expands to no more is none to worry about


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a file may expand: times its size (beyond 64 MiB), and in bytes."""

    max_expansion: int
    max_expanded_bytes: int

    def check(self, name: str, num_bytes: int, num_plain: int) -> None:
        """Check what came out of a file so far.

        Raises:
            InputError: it is too much.
        """
        if num_plain > self.max_expanded_bytes:
            raise InputError(
                f"expected at most {self.max_expanded_bytes} bytes after decompression in "
                f"{name!r}, found more; cut the file"
            )
        if num_plain > FREE_BYTES and num_plain > self.max_expansion * num_bytes:
            raise InputError(
                f"expected {name!r} to expand at most {self.max_expansion} times, found more; "
                "give it less compressed, or raise the limit (ASSAY_MAX_EXPANSION of a command, "
                "ASSAY_FILTER_MAX_EXPANSION of a service)"
            )

    def guard(self, name: str, num_bytes: int, blocks: Iterator[Block]) -> Iterator[Block]:
        """Yield the blocks of a file of `num_bytes` as long as they stay within bounds.

        Raises:
            InputError: it is too much.
        """
        num_plain = 0
        for block in blocks:
            if not isinstance(block, Damage):
                num_plain += len(block)
                self.check(name, num_bytes, num_plain)
            yield block


USUAL = Bounds(200, sys.maxsize)  # of files that no setting speaks of
