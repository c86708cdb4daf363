"""Features of samples on their way to those that they may be copies of: one Arrow row a sample.

A row is a fixed part (keys, signature: some 650 bytes) and the folded text, 2 bytes a character. At
the other end the rows become a feature file again, which the local engine reads.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay_filter.dedup.features import FORMAT_VERSION, SIDES, FeatureBlock
from assay_filter.dedup.result import Members
from assay_filter.dedup.settings import SLOTS, DedupSettings
from assay_filter.scaling.flow import column
from assay_filter.scaling.vertices import Vertices


def columns_of_bodies(settings: DedupSettings) -> list[tuple[str, pa.DataType]]:
    """Return the columns of a sample under way."""
    return [
        ("vertex", pa.int64()),
        ("best", pa.int64()),
        ("rank", pa.uint8()),
        ("score", pa.int32()),
        ("length", pa.int64()),
        ("language", pa.string()),
        ("fixed", pa.binary(fixed_dtype(settings).itemsize)),
        ("text", pa.large_binary()),
    ]


def fixed_dtype(settings: DedupSettings) -> "np.dtype[Any]":
    """Return how the fixed part is laid out."""
    return np.dtype(
        [
            ("exact", "<u8", 2),
            ("near_exact", "<u8", 2),
            ("prompt", "<u8", 2),
            ("guard", "<u8"),
            ("shorts", "<u8", SIDES),
            ("bands", "<u8", settings.num_bands),
            ("lengths", "<i8", SIDES),
            ("num_elements", "<i4"),
            ("slots", "u1", SLOTS),
        ]
    )


def pack_bodies(
    vertices: Vertices, features: FeatureBlock, rows: NDArray[np.int64], settings: DedupSettings
) -> dict[str, Any]:
    """Return the cells of some rows of a chunk."""
    fixed = np.zeros(len(rows), fixed_dtype(settings))
    for name in ("exact", "near_exact", "prompt", "guard", "shorts", "num_elements", "slots"):
        fixed[name] = np.asarray(getattr(features, name))[rows]
    fixed["bands"] = np.asarray(features.bands)[:, rows].T.reshape(fixed["bands"].shape)
    starts = np.asarray(features.starts)
    fixed["lengths"] = np.diff(starts).reshape(-1, SIDES)[rows]
    begins, ends = starts[::SIDES][rows].tolist(), starts[::SIDES][rows + 1].tolist()
    text = features.text
    texts = [
        np.asarray(text[begin:end], "<u2").tobytes()
        for begin, end in zip(begins, ends, strict=True)
    ]
    return {
        "vertex": vertices.ordinal[rows],
        "best": vertices.best[rows],
        "rank": vertices.rank[rows],
        "score": vertices.score[rows],
        "length": vertices.length[rows],
        "language": [code.decode() for code in vertices.language[rows].tolist()],
        "fixed": pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(fixed.dtype.itemsize), len(rows), [None, pa.py_buffer(fixed.tobytes())]
        ),
        "text": pa.array(texts, pa.large_binary()),
    }


def unpack_features(table: pa.Table, settings: DedupSettings) -> FeatureBlock:
    """Return the features of all rows, in their order."""
    bodies = b"".join(table["fixed"].to_pylist())
    fixed = np.frombuffer(bodies, fixed_dtype(settings))
    text = b"".join(table["text"].to_pylist()) or bytes(2)  # numpy reads no empty buffer
    return FeatureBlock(
        header=np.array([FORMAT_VERSION, *settings.parameters], np.int64),
        exact=fixed["exact"],
        near_exact=fixed["near_exact"],
        prompt=fixed["prompt"],
        guard=fixed["guard"],
        num_elements=fixed["num_elements"],
        shorts=fixed["shorts"],
        bands=fixed["bands"].reshape(len(fixed), settings.num_bands).T,
        slots=fixed["slots"],
        starts=np.concatenate([[0], np.cumsum(fixed["lengths"].ravel())]).astype(np.int64),
        text=np.frombuffer(text, "<u2")[: int(fixed["lengths"].sum())],
    )


def unpack_members(table: pa.Table) -> Members:
    """Return what deduplication is told of all rows; language codes are those of this table."""
    languages, codes = np.unique(table["language"].to_pylist(), return_inverse=True)
    shift = 0 if len(languages) and languages[0] == "" else 1
    return Members(
        kept=np.ones(table.num_rows, np.bool_),
        rank=column(table, "rank"),
        score=column(table, "score"),
        length=column(table, "length"),
        language=(codes + shift).astype(np.int16),
    )
