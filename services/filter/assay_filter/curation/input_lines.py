"""Raw input lines on their way to a worker: one file a chunk, made when the input is cut.

A line is its bytes as read, which need not be JSON nor UTF-8, so the file frames them by length: a
JSON header with number, length and the rest of each line, then the bytes. Compressed with zstd.
"""

from collections.abc import Sequence
from pathlib import Path

import orjson
import zstandard

from assay.datasets.lines import Oversize, RawLine
from assay.domain.errors import RunStateError
from assay_filter.curation.workspace import write_whole

LEVEL = 1
HEADER_BYTES = 8


def write_lines(path: Path, lines: Sequence[RawLine]) -> None:
    """Write the lines of one chunk."""
    header = orjson.dumps([_describe(line) for line in lines])
    body = b"".join(line.data for line in lines if line.data is not None)
    head = len(header).to_bytes(HEADER_BYTES, "little")
    write_whole(
        path,
        zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(head + header + body),
    )


def read_lines(path: Path) -> list[RawLine]:
    """Return the lines of one chunk as they were read from the input.

    Raises:
        RunStateError: the file is not there, or damaged.
    """
    try:
        blob = zstandard.ZstdDecompressor().decompress(path.read_bytes())
    except (OSError, zstandard.ZstdError) as exc:
        raise RunStateError(
            f"expected the lines of a chunk in {str(path)!r}, found: {exc}; the work folder was "
            "damaged, or is not shared by all workers: start again with --overwrite"
        ) from exc
    at = HEADER_BYTES + int.from_bytes(blob[:HEADER_BYTES], "little")
    lines = []
    for number, num_bytes, oversize, damage in orjson.loads(blob[HEADER_BYTES:at]):
        data = None if num_bytes is None else blob[at : at + num_bytes]
        at += num_bytes or 0
        kept = None if oversize is None else _oversize(*oversize)
        lines.append(RawLine(number, data, kept, damage))
    return lines


def _describe(line: RawLine) -> list[object]:
    oversize = line.oversize
    kept = None if oversize is None else [oversize.sha256, oversize.num_bytes, oversize.head.hex()]
    return [line.number, None if line.data is None else len(line.data), kept, line.damage]


def _oversize(sha256: str, num_bytes: int, head: str) -> Oversize:
    return Oversize(sha256, num_bytes, bytes.fromhex(head))
