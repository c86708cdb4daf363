"""The rows of the input: a sample each, or why there is none.

Every line gives a row, whatever it holds, so that the output accounts for all of them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from assay.datasets.adapters import Adapted, BadLine, adapt_line
from assay.datasets.canonical import sample_id, to_sample
from assay.datasets.lines import HEAD_BYTES, RawLine
from assay.datasets.reading import Lines
from assay.domain.errors import InputError
from assay.domain.sample import Row, Sample

STRUCTURE = "schema.messages"  # what the rules of curation call a structure that is unsound
NO_RESPONSE = "input.no_response"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was not judged: a code for counting and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One line of the input. Exactly one of `sample` and `problem` is there.

    `sample_id` is that of the content as read; for what is no sample, the digest of its bytes.
    """

    row: Row
    sample_id: str
    num_bytes: int
    id: str | None = None
    sample: Sample | None = None
    problem: Problem | None = None


def read_rows(lines: Lines) -> Iterator[ReadRow]:
    """Yield a row per line.

    Raises:
        InputError: the source cannot be read.
    """
    for line in lines:
        yield _row(Row(lines.source.name, line.number), line)


def _row(place: Row, line: RawLine) -> ReadRow:
    size = HEAD_BYTES if line.data is None else len(line.data)
    adapted = adapt_line(line)
    if isinstance(adapted, BadLine):
        return ReadRow(place, _digest(line), size, problem=Problem(adapted.rule, adapted.reason))
    address = sample_id(adapted.payload)
    try:
        sample = _typed(adapted)
    except InputError as exc:
        return ReadRow(place, address, size, adapted.id, problem=Problem(STRUCTURE, str(exc)))
    if not sample.assistant_turns:
        reason = "expected an assistant message to judge, found none; give the response too"
        return ReadRow(place, address, size, adapted.id, problem=Problem(NO_RESPONSE, reason))
    return ReadRow(place, address, size, adapted.id, sample)


def _typed(adapted: Adapted) -> Sample:
    return to_sample(
        adapted.payload,
        id=adapted.id,
        type=adapted.type,
        language=adapted.language,
        metadata=adapted.metadata,
        source=adapted.source,
    )


def _digest(line: RawLine) -> str:
    if line.oversize is not None:
        return line.oversize.sha256
    return hashlib.sha256(line.data or b"").hexdigest()
