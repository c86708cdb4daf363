"""Stage `embed`: what is said in the kept samples of one chunk becomes vectors.

Only samples that no earlier stage took out are embedded; texts leave as they will stand in the
outcome files, repairs included. Memory: one chunk's vectors and the texts of `TEXTS_AT_ONCE`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from assay.domain.sample import Sample
from assay_filter.curation.judge_stage import sample_of
from assay_filter.curation.linking import write_packed
from assay_filter.curation.parts import digest_files, read_part, write_array
from assay_filter.semantic.cells import quantise
from assay_filter.semantic.embedder import Embedder, TextRefusedError
from assay_filter.semantic.flagging import semantic_text

TEXTS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class EmbedTask:
    """One chunk; `kept` tells, by position, which samples take part."""

    first_sample: int
    kept: Sequence[bool]
    rules_part: Path
    judge_part: Path
    vectors: Path
    rows: Path


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a chunk left: the digest of its files, and how many vectors of how many numbers."""

    sha256: str
    num_vectors: int
    num_dimensions: int
    num_refused: int


def run_embed(task: EmbedTask, embedder: Embedder) -> Embedded:
    """Embed a chunk's kept samples and write vectors, rows and refusals.

    Raises:
        EmbeddingError: the server gave no usable answer.
    """
    rows: list[int] = []
    blocks = []
    refused: dict[int, str] = {}
    texts = _texts(task)
    while some := list(islice(texts, TEXTS_AT_ONCE)):
        answers = embedder.embed([text for _, text in some])
        vectors = []
        for (ordinal, _), answer in zip(some, answers, strict=True):
            if isinstance(answer, TextRefusedError):
                refused[ordinal] = str(answer)
            else:
                rows.append(ordinal)
                vectors.append(answer)
        if vectors:
            blocks.append(quantise(np.stack(vectors)))
    whole = np.concatenate(blocks) if blocks else np.zeros((0, 0), np.int16)
    write_array(task.vectors, whole)
    write_packed(task.rows, {"rows": rows, "refused": list(refused.items())})
    digest = digest_files((task.vectors, task.rows))
    return Embedded(digest, len(whole), whole.shape[1], len(refused))


def _texts(task: EmbedTask) -> Iterator[tuple[int, str]]:
    """Yield ordinal and text of each kept sample that says something."""
    parts = zip(task.kept, read_part(task.rules_part), read_part(task.judge_part), strict=True)
    for position, (is_kept, record, light) in enumerate(parts):
        if is_kept and (text := semantic_text(_sample(record, light))):
            yield task.first_sample + position, text


def _sample(record: Any, light: Any) -> Sample:
    repaired = light.get("repaired")
    if repaired is not None:
        payload = {**record["payload"], "messages": repaired["messages"]}
        record = {**record, "payload": payload}
    return sample_of(record)
