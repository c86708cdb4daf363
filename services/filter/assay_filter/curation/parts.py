"""The files that carry samples from stage to stage: one zstd JSONL part a chunk, and its arrays.

Each record is one sample. Compact arrays stand
beside the part, so that steps over the whole run never read texts.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zstandard

from assay.datasets.json_text import dump_json, parse_json
from assay_filter.curation.workspace import write_whole

LEVEL = 1

STAGE_FILES = {  # what a chunk leaves in the work folder, by suffix
    "rules": ("jsonl.zst", "npy"),
    "judge": ("jsonl.zst", "npy", "features"),
    "decide": ("lines",),
}

RULES_DTYPE = np.dtype(
    [
        ("key_high", "u8"),  # the first 16 bytes of the exact key
        ("key_low", "u8"),
        ("open", "?"),  # no rule dropped it and none failed: it goes to the judge
        ("source", "u4"),
        ("line", "u8"),
    ]
)
JUDGE_DTYPE = np.dtype(
    [
        ("outcome", "u1"),  # position in OUTCOMES; NOT_JUDGED for exact copies
        ("overall", "i4"),  # thousandths; -1 where there is none
        ("num_chars", "u4"),
        ("language", "S8"),
    ]
)


def write_part(path: Path, records: Iterable[Any]) -> None:
    """Write a part."""
    body = b"\n".join(dump_json(record) for record in records)
    write_whole(path, zstandard.ZstdCompressor(level=LEVEL).compress(body))


def read_part(path: Path) -> Iterator[Any]:
    """Yield the records of a part."""
    body = zstandard.ZstdDecompressor().decompress(path.read_bytes())
    if body:
        for line in body.split(b"\n"):
            yield parse_json(line)


def write_array(path: Path, array: "np.ndarray[Any, Any]") -> None:
    """Write a plain array (no pickled objects)."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_whole(path, buffer.getvalue())


def read_array(path: Path) -> "np.ndarray[Any, Any]":
    """Read a plain array."""
    array: np.ndarray[Any, Any] = np.load(path, allow_pickle=False)
    return array


def digest_files(paths: Iterable[Path]) -> str:
    """Return one SHA-256 for the stored bytes of a chunk's files, in order."""
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()
