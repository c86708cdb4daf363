"""What a chunk of a stage adds to the audit: kept in a file, with what the chain needs beside it.

The rows, measured values and figures of a chunk stay in its file until they are put into Parquet;
the driver is told some 300 bytes a chunk and stage: the Merkle root of the rows and the digest of
the rest.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import zstandard

from assay.audit.chain import LEAF_BYTES, merkle_root
from assay.audit.recording import chunk_digest, without_nul
from assay.audit.rows import ChunkRecord, RowCells
from assay.domain.errors import RunStateError
from assay_filter.curation.workspace import write_whole
from assay_filter.scaling.job import ChunkAt, Job

LEVEL = 1


@dataclass(frozen=True, slots=True)
class Done:
    """A stage of a chunk, as the driver is told of it."""

    stage: str
    ordinal: int
    first_sample: int
    num_samples: int
    attempt: int
    root: str
    digest: str
    summary: str

    def to_json(self) -> bytes:
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, body: bytes) -> "Done":
        return cls(**orjson.loads(body))


@dataclass(frozen=True, slots=True)
class Kept:
    """The file of a stage of a chunk, read again."""

    stage: str
    part_sha256: str
    summary: str
    measures: bytes
    expense: tuple[int, str] | None
    rows: Mapping[str, Sequence[RowCells]]


def keep_record(job: Job, record: ChunkRecord, attempt: int) -> Done:
    """Write the file of a chunk and return what the driver is told."""
    record = without_nul(record)
    body = {
        "stage": record.stage,
        "part_sha256": record.part_sha256,
        "summary": record.summary,
        "measures": base64.b64encode(record.measures).decode(),
        "expense": record.expense,
        "rows": record.rows,
    }
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    path = _path(job, record.stage, record.ordinal, attempt)
    write_whole(path, compressor.compress(orjson.dumps(body)))
    return Done(
        stage=record.stage,
        ordinal=record.ordinal,
        first_sample=record.first_sample,
        num_samples=record.num_samples,
        attempt=attempt,
        root=root_of(record.leaves),
        digest=chunk_digest(record.part_sha256, record.summary, record.measures),
        summary=record.summary,
    )


def read_record(job: Job, chunk: ChunkAt, stage: str) -> Kept:
    """Read what a stage left of a chunk.

    Raises:
        RunStateError: the file is not there, or damaged.
    """
    path = _path(job, stage, chunk.ordinal, chunk.attempts[stage])
    try:
        body: dict[str, Any] = orjson.loads(
            zstandard.ZstdDecompressor().decompress(path.read_bytes())
        )
    except (OSError, zstandard.ZstdError) as exc:
        raise RunStateError(
            f"expected the record of a chunk in {str(path)!r}, found: {exc}; the work folder was "
            "damaged, or is not shared by all machines: start again with --overwrite"
        ) from exc
    return Kept(
        stage=body["stage"],
        part_sha256=body["part_sha256"],
        summary=body["summary"],
        measures=base64.b64decode(body["measures"]),
        expense=None if body["expense"] is None else tuple(body["expense"]),
        rows={name: [tuple(row) for row in rows] for name, rows in body["rows"].items()},
    )


def root_of(leaves: bytes) -> str:
    """Return the Merkle root of leaves that stand one after the other."""
    cut = [leaves[i : i + LEAF_BYTES] for i in range(0, len(leaves), LEAF_BYTES)]
    return merkle_root(cut).hex()


def _path(job: Job, stage: str, ordinal: int, attempt: int) -> Path:
    return job.place(ordinal, f"record-{stage}-{ordinal:06d}-{attempt}.json.zst")
