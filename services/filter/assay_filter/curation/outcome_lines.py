"""The lines that one chunk adds to the outcome files, in one file until all are put together.

A JSON header tells the number of lines and bytes of each outcome and the chunk's figures; the
blocks follow in the same order, so that putting files together copies bytes and parses nothing.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from assay.domain.errors import RunStateError
from assay_filter.curation.workspace import write_whole

HEADER_BYTES = 8


class Block(NamedTuple):
    """Consecutive lines of one outcome, each with its line feed."""

    outcome: str
    num_lines: int
    data: bytes

    def lines(self) -> Iterator[bytes]:
        """The lines without their ends."""
        yield from self.data[:-1].split(b"\n") if self.data else ()


def write_blocks(
    path: Path, lines: Mapping[str, Sequence[bytes]], figures: Mapping[str, Any]
) -> None:
    """Write a chunk's lines by outcome, and its figures."""
    blocks = {name: b"".join(line + b"\n" for line in held) for name, held in lines.items()}
    header = orjson.dumps(
        {
            "blocks": [[name, len(lines[name]), len(data)] for name, data in blocks.items()],
            "figures": figures,
        },
        option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS,
    )
    head = len(header).to_bytes(HEADER_BYTES, "little")
    write_whole(path, b"".join((head, header, *blocks.values())))


def read_blocks(path: Path, sha256: str) -> tuple[list[Block], Mapping[str, Any]]:
    """Return a chunk's blocks and figures.

    Raises:
        RunStateError: the file is not there, or is not what was committed.
    """
    try:
        body = path.read_bytes()
    except OSError as exc:
        raise RunStateError(_damaged(path, exc.strerror or str(exc))) from exc
    found = hashlib.sha256(hashlib.sha256(body).digest()).hexdigest()  # as `digest_files` has it
    if found != sha256:
        raise RunStateError(_damaged(path, f"SHA-256 {found}, not {sha256}"))
    at = HEADER_BYTES + int.from_bytes(body[:HEADER_BYTES], "little")
    header = orjson.loads(body[HEADER_BYTES:at])
    blocks = []
    for outcome, num_lines, num_bytes in header["blocks"]:
        blocks.append(Block(outcome, num_lines, body[at : at + num_bytes]))
        at += num_bytes
    return blocks, header["figures"]


def _damaged(path: Path, found: str) -> str:
    return (
        f"expected the lines of a chunk in {str(path)!r}, found {found}; the work folder was "
        "damaged: start the run again"
    )
