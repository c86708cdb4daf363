"""Exact copies take the verdict of the judgement that they share; each group finds its best member.

The judgement of a first copy travels once, to the part of its group, and so does a short row of
each copy (its own flags). Back travel each copy's ending and, to the first copy's chunk, the best
member of the group and its kept members (8 bytes each).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa

from assay.audit import tables
from assay.audit.rows import RowCells, columns_of
from assay.domain.verdict import Outcome
from assay_filter.curation.decide_stage import SettledCopy, Shared, settle_copy
from assay_filter.curation.judge_stage import OUTCOMES
from assay_filter.curation.judgement_rows import judgement_of
from assay_filter.curation.parts import read_array, read_part
from assay_filter.runs.stages import Stage
from assay_filter.scaling.flow import PART, Flow, R, column
from assay_filter.scaling.job import ChunkAt, Job, parse_rubric, part_column
from assay_filter.scaling.mail import deliver, items_of, read_mail
from assay_filter.scaling.records import read_record
from assay_filter.scaling.stages import COPIES, COPIES_SCHEMA, SETTLED, SETTLED_SCHEMA

_ROWS = pa.schema(
    [
        (PART, pa.int64()),
        ("first", pa.int64()),
        ("ordinal", pa.int64()),
        ("outcome", pa.uint8()),  # of a first copy
        ("overall", pa.int32()),
        ("body", pa.large_binary()),  # JSON: of a first copy what is shared, of others their record
    ]
)
_KEPT = (OUTCOMES.index(Outcome.ACCEPTED), OUTCOMES.index(Outcome.BORDERLINE))
_JUDGEMENT = columns_of(tables.judgement)
_DETAIL = columns_of(tables.judgement_detail)
_EVENT = columns_of(tables.event)


class Member(NamedTuple):
    """A member of an exact group; the best comes first in this order."""

    rank: int
    negative_overall: int
    ordinal: int


def settle_copies(flow: Flow[R], job: Job, chunks: Sequence[ChunkAt]) -> list[ChunkAt]:
    """Tell each chunk how its copies end, and the best members of its samples' groups."""
    rows = flow.spread(items_of(chunks), partial(_emit, job))
    settled = flow.regroup(rows, partial(_settle, job), num_parts=job.num_parts)
    return deliver(flow, settled, job, chunks, SETTLED)


def _emit(job: Job, item: bytes) -> pa.Table:
    chunk = ChunkAt.from_json(item)
    copies = read_mail(job, chunk, COPIES, COPIES_SCHEMA)
    if not copies.num_rows:
        return _ROWS.empty_table()
    ordinals, firsts = column(copies, "ordinal"), column(copies, "first")
    positions = ordinals - chunk.first_sample
    array = read_array(chunk.path(job, Stage.JUDGE, "npy"))[positions]
    shared = _shared_cells(job, chunk, set(ordinals[ordinals == firsts].tolist()))
    light = list(read_part(chunk.path(job, Stage.JUDGE, "jsonl.zst")))
    bodies = [
        orjson.dumps(shared[ordinal] if ordinal == first else light[position])
        for ordinal, first, position in zip(
            ordinals.tolist(), firsts.tolist(), positions.tolist(), strict=True
        )
    ]
    return pa.table(
        {
            PART: part_column(firsts % job.num_parts),
            "first": firsts,
            "ordinal": ordinals,
            "outcome": array["outcome"],
            "overall": array["overall"],
            "body": pa.array(bodies, pa.large_binary()),
        },
        schema=_ROWS,
    )


def _shared_cells(job: Job, chunk: ChunkAt, ordinals: set[int]) -> dict[int, dict[str, Any]]:
    """Return, as cells of the audit, what was judged under some ordinals of a chunk."""
    found: dict[int, dict[str, Any]] = {
        ordinal: {"judgement": [], "judgement_detail": [], "event": []} for ordinal in ordinals
    }
    if not ordinals:
        return found
    rows = read_record(job, chunk, Stage.JUDGE).rows
    for name, columns in (
        ("judgement", _JUDGEMENT),
        ("judgement_detail", _DETAIL),
        ("event", _EVENT),
    ):
        at = columns.index("ordinal")
        for row in rows.get(name, ()):
            ordinal = row[at]
            if isinstance(ordinal, int) and ordinal in ordinals:
                found[ordinal][name].append(row)
    return found


def _settle(job: Job, table: pa.Table) -> pa.Table:
    groups: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in table.to_pylist():
        groups[row["first"]].append(row)
    rows: list[dict[str, Any]] = []
    for first in sorted(groups):
        rows += _settle_group(job, first, groups[first])
    return pa.Table.from_pylist(rows, schema=SETTLED_SCHEMA)


def _settle_group(job: Job, first: int, group: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    (judged,) = (row for row in group if row["ordinal"] == first)
    shared = _shared(orjson.loads(judged["body"]))
    rows, members = [], []
    if judged["outcome"] in _KEPT:
        members.append(_member(first, judged["outcome"], judged["overall"]))
    for row in group:
        if row["ordinal"] == first:
            continue
        record = orjson.loads(row["body"])
        copy = settle_copy(record, shared, parse_rubric(job.rubric), job.policy)
        rows.append(_copy_row(row["ordinal"], copy))
        if rows[-1]["outcome"] in _KEPT:
            members.append(_member(row["ordinal"], rows[-1]["outcome"], rows[-1]["overall"]))
    if judged["outcome"] in _KEPT:
        rows.append(_group_row(first, min(members), [member.ordinal for member in members]))
    return rows


def _copy_row(ordinal: int, copy: SettledCopy) -> dict[str, Any]:
    return {
        "ordinal": ordinal,
        "outcome": OUTCOMES.index(copy.outcome),
        "overall": -1 if copy.overall is None else copy.overall,
        "ending": orjson.dumps(copy.ending),
    }


def _group_row(first: int, best: Member, members: Sequence[int]) -> dict[str, Any]:
    return {
        "ordinal": first,
        "outcome": _KEPT[best.rank],
        "overall": -best.negative_overall,
        "best": best.ordinal,
        "members": sorted(members),
    }


def _member(ordinal: int, outcome: int, overall: int) -> Member:
    return Member(_KEPT.index(outcome), -overall, ordinal)


def _shared(cells: Mapping[str, Sequence[RowCells]]) -> Shared:
    """Return what `load_shared` reads of the same rows in a database."""
    details = {}
    for cell in cells["judgement_detail"]:
        row = dict(zip(_DETAIL, cell, strict=True))
        details[row["turn"]] = orjson.loads(str(row["body"]))
    judged: list[Any] = [
        SimpleNamespace(**dict(zip(_JUDGEMENT, cell, strict=True))) for cell in cells["judgement"]
    ]
    events = [dict(zip(_EVENT, cell, strict=True)) for cell in cells["event"]]
    hits = [(str(event["rule"]), event["action"]) for event in events]
    return Shared(
        [
            judgement_of(row, details.get(row.turn, {}))
            for row in sorted(judged, key=lambda row: int(row.turn))
        ],
        [rule for rule, action in hits if action == "drop"],
        [rule for rule, action in hits if action == "flag"],
        any(action == "error" for _, action in hits),
    )


def kept_firsts(job: Job, chunk: ChunkAt) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Return which samples of a chunk have a row in its feature file: judged, and kept."""
    outcomes = read_array(chunk.path(job, Stage.JUDGE, "npy"))["outcome"]
    is_kept: np.ndarray[Any, np.dtype[np.bool_]] = np.isin(outcomes, _KEPT)
    return is_kept
