"""The stages over chunks: the same pure functions as on one machine, given files and mail."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeAlias

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from assay.domain.verdict import Outcome
from assay_filter.curation.copies import NOT_OPEN
from assay_filter.curation.decide_stage import DecideTask, KeptName, SettledCopy, run_decide
from assay_filter.curation.duplicates import Link
from assay_filter.curation.input_lines import read_lines
from assay_filter.curation.judge_stage import OUTCOMES, JudgeTask, run_judge, try_sample
from assay_filter.curation.parts import read_array
from assay_filter.curation.rules_stage import RulesTask, run_rules, try_line
from assay_filter.pipeline import build_rules
from assay_filter.rules.trunc_cap_pileup import Pileup
from assay_filter.runs.stages import Stage
from assay_filter.scaling.cutting import lines_path
from assay_filter.scaling.flow import Flow, R, column
from assay_filter.scaling.job import ChunkAt, Job, new_attempt, parse_pipeline
from assay_filter.scaling.mail import items_of, read_mail
from assay_filter.scaling.records import Done, keep_record
from assay_filter.scaling.surviving import survive

COPIES, SETTLED, LINKS, FLAGS = "copies", "settled", "links", "flags"  # kinds of mail

COPIES_SCHEMA = pa.schema([("ordinal", pa.int64()), ("first", pa.int64())])
SETTLED_SCHEMA = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("outcome", pa.uint8()),  # position in OUTCOMES
        ("overall", pa.int32()),
        ("ending", pa.large_binary()),  # JSON; null: the row is about a group, not about a copy
        ("best", pa.int64()),
        ("members", pa.list_(pa.int64())),  # kept members of the group
    ]
)
LINKS_SCHEMA = pa.schema(
    [
        ("ordinal", pa.int64()),
        ("kept", pa.int64()),
        ("method", pa.string()),
        ("context", pa.int16()),
        ("response", pa.int16()),
        ("sample_id", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
    ]
)
FLAGS_SCHEMA = pa.schema([("ordinal", pa.int64()), ("other", pa.int64())])


Note: TypeAlias = Callable[[Done], None]


def screen_chunks(flow: Flow[R], job: Job, chunks: Sequence[ChunkAt], note: Note) -> "Ended":
    """Carry every chunk through the rules."""
    return _end(flow, chunks, partial(_screen, job), Stage.RULES, note)


def judge_chunks(
    flow: Flow[R], job: Job, chunks: Sequence[ChunkAt], pileups: Sequence[Pileup]
) -> "Ended":
    """Judge the open samples of every chunk."""
    return _end(flow, chunks, partial(_judge, job, tuple(pileups)), Stage.JUDGE)


def decide_chunks(flow: Flow[R], job: Job, chunks: Sequence[ChunkAt], note: Note) -> "Ended":
    """End every sample and write its line."""
    return _end(flow, chunks, partial(_decide, job), Stage.DECIDE, note)


class Ended(NamedTuple):
    """The chunks after a stage, and what each of them told, without its figures."""

    chunks: list[ChunkAt]
    done: list[Done]


def first_copies_of(job: Job, chunk: ChunkAt) -> NDArray[np.int64]:
    """Return the first open copy of each sample of a chunk, NOT_OPEN where the rules closed it."""
    is_open = read_array(chunk.path(job, Stage.RULES, "npy"))["open"]
    firsts = np.where(is_open, chunk.own, NOT_OPEN)
    copies = read_mail(job, chunk, COPIES, COPIES_SCHEMA)
    firsts[column(copies, "ordinal") - chunk.first_sample] = column(copies, "first")
    return firsts


def _end(
    flow: Flow[R],
    chunks: Sequence[ChunkAt],
    work: "partial[bytes]",
    stage: Stage,
    note: Note | None = None,
) -> Ended:
    done: list[Done] = []
    for body in flow.each(items_of(chunks), work):
        told = Done.from_json(body)
        assert told.ordinal == chunks[len(done)].ordinal, "results come in the order of the chunks"
        if note is not None:
            note(told)
        done.append(replace(told, summary=""))
    after = [chunk.after(stage, end.attempt) for chunk, end in zip(chunks, done, strict=True)]
    return Ended(after, done)


def _screen(job: Job, item: bytes) -> bytes:
    chunk, attempt = ChunkAt.from_json(item), new_attempt()
    mine = chunk.after(Stage.RULES, attempt)
    task = RulesTask(
        pipeline=job.pipeline,
        ordinal=chunk.ordinal,
        first_sample=chunk.first_sample,
        source=chunk.source,
        file=chunk.file,
        lines=read_lines(lines_path(job, chunk.cut)),
        part=mine.path(job, Stage.RULES, "jsonl.zst"),
        array=mine.path(job, Stage.RULES, "npy"),
    )
    positions = range(chunk.num_samples)
    record = survive(job, Stage.RULES, task, run_rules, try_one=try_line, positions=positions)
    return keep_record(job, record, attempt).to_json()


def _judge(job: Job, pileups: tuple[Pileup, ...], item: bytes) -> bytes:
    chunk, attempt = ChunkAt.from_json(item), new_attempt()
    mine = chunk.after(Stage.JUDGE, attempt)
    rule = build_rules(parse_pipeline(job.pipeline)).cap_pileup
    is_first = first_copies_of(job, chunk) == chunk.own
    task = JudgeTask(
        judge=job.judge,
        judge_version=job.judge_version,
        pipeline=job.pipeline,
        rubric=job.rubric,
        ordinal=chunk.ordinal,
        first_sample=chunk.first_sample,
        rules_part=chunk.path(job, Stage.RULES, "jsonl.zst"),
        to_judge=tuple(is_first.tolist()),
        cap_pileup=rule.settings if rule else None,
        pileups=pileups,
        part=mine.path(job, Stage.JUDGE, "jsonl.zst"),
        array=mine.path(job, Stage.JUDGE, "npy"),
        features=mine.path(job, Stage.JUDGE, "features"),
    )
    positions = np.flatnonzero(is_first).tolist()
    record = survive(job, Stage.JUDGE, task, run_judge, try_one=try_sample, positions=positions)
    return keep_record(job, record, attempt).to_json()


def _decide(job: Job, item: bytes) -> bytes:
    chunk, attempt = ChunkAt.from_json(item), new_attempt()
    outcomes = read_array(chunk.path(job, Stage.JUDGE, "npy"))["outcome"].copy()
    copies = {}
    for row in read_mail(job, chunk, SETTLED, SETTLED_SCHEMA).to_pylist():
        if row["ending"] is not None:
            outcome: Outcome = OUTCOMES[row["outcome"]]
            copies[row["ordinal"]] = SettledCopy(outcome, orjson.loads(row["ending"]))
            outcomes[row["ordinal"] - chunk.first_sample] = row["outcome"]
    links, names = {}, {}
    for row in read_mail(job, chunk, LINKS, LINKS_SCHEMA).to_pylist():
        link = Link(row["kept"], row["method"], row["context"], row["response"])
        links[row["ordinal"]] = link
        names[link.kept] = KeptName(row["sample_id"], row["file"], row["line"])
    flags = read_mail(job, chunk, FLAGS, FLAGS_SCHEMA)
    task = DecideTask(
        ordinal=chunk.ordinal,
        first_sample=chunk.first_sample,
        file=chunk.file,
        judge=job.judge_name,
        rubric=job.rubric_sha256,
        rules_part=chunk.path(job, Stage.RULES, "jsonl.zst"),
        judge_part=chunk.path(job, Stage.JUDGE, "jsonl.zst"),
        part=chunk.after(Stage.DECIDE, attempt).path(job, Stage.DECIDE, "lines"),
        outcomes=outcomes.tolist(),
        judged_as=first_copies_of(job, chunk).tolist(),
        copies=copies,
        links=links,
        guarded=dict(zip(flags["ordinal"].to_pylist(), flags["other"].to_pylist(), strict=True)),
        kept_names=names,
        earlier={},
    )
    return keep_record(job, run_decide(task), attempt).to_json()
