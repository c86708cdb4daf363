"""Each duplicate is told its survivor, by name: two hops, to the survivor's chunk and to its own.

What a group of exact copies needs is in its first copy's chunk: the best member, the other kept
members, and the fate of the group where it is a duplicate as a whole.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from assay_filter.curation.duplicates import IDENTICAL, Link
from assay_filter.curation.parts import read_array
from assay_filter.dedup.result import Method
from assay_filter.runs.stages import Stage
from assay_filter.scaling.families import FATES, FATES_SCHEMA
from assay_filter.scaling.flow import Flow, R
from assay_filter.scaling.job import ChunkAt, Job
from assay_filter.scaling.mail import deliver, items_of, read_mail
from assay_filter.scaling.records import read_record
from assay_filter.scaling.stages import LINKS, LINKS_SCHEMA, SETTLED, SETTLED_SCHEMA

ASKED = "asked"  # mail of the survivors: `ordinal` is the survivor, `duplicate` who asks
_ASKED_SCHEMA = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("duplicate", pa.int64()),
        ("method", pa.string()),
        ("context", pa.int16()),
        ("response", pa.int16()),
    ]
)


def name_survivors(flow: Flow[R], job: Job, chunks: Sequence[ChunkAt]) -> list[ChunkAt]:
    """Tell each chunk the links of its duplicates."""
    asked = flow.spread(items_of(chunks), partial(_ask, job))
    chunks = deliver(flow, asked, job, chunks, ASKED)
    named = flow.spread(items_of(chunks), partial(_name, job))
    return deliver(flow, named, job, chunks, LINKS)


def _ask(job: Job, item: bytes) -> pa.Table:
    chunk = ChunkAt.from_json(item)
    fates = {
        row["ordinal"]: Link(row["kept"], row["method"], row["context"], row["response"])
        for row in read_mail(job, chunk, FATES, FATES_SCHEMA).to_pylist()
    }
    mail = read_mail(job, chunk, SETTLED, SETTLED_SCHEMA)
    groups = mail.filter(pc.is_null(mail["ending"])).select(["ordinal", "best", "members"])
    best = {row["ordinal"]: row["best"] for row in groups.to_pylist()}
    links = {best.get(vertex, vertex): link for vertex, link in fates.items()}
    for group in groups.to_pylist() if job.dedup.exact else ():
        exact = Link(group["best"], str(Method.EXACT), IDENTICAL, IDENTICAL)
        fate = fates.get(group["ordinal"], exact)
        links.update({other: fate for other in group["members"] if other != group["best"]})
    rows: list[dict[str, Any]] = [
        {
            "ordinal": link.kept,
            "duplicate": duplicate,
            "method": link.method,
            "context": link.context_similarity,
            "response": link.response_similarity,
        }
        for duplicate, link in links.items()
    ]
    return pa.Table.from_pylist(rows, schema=_ASKED_SCHEMA)


def _name(job: Job, item: bytes) -> pa.Table:
    chunk = ChunkAt.from_json(item)
    asked = read_mail(job, chunk, ASKED, _ASKED_SCHEMA)
    if not asked.num_rows:
        return LINKS_SCHEMA.empty_table()
    samples = read_record(job, chunk, Stage.RULES).rows["sample"]
    lines = read_array(chunk.path(job, Stage.RULES, "npy"))["line"].tolist()
    rows = []
    for row in asked.to_pylist():
        position = row["ordinal"] - chunk.first_sample
        rows.append(
            {
                **{name: row[name] for name in ("method", "context", "response")},
                "ordinal": row["duplicate"],
                "kept": row["ordinal"],
                "sample_id": samples[position][1],
                "file": chunk.file,
                "line": lines[position],
            }
        )
    return pa.Table.from_pylist(rows, schema=LINKS_SCHEMA)
