"""A run over more samples than one database holds: the same steps, on an engine.

`curate_at_scale` gives the bytes, counts and chain head of `assay curate` with the same input,
pipeline, rubric, judge and seed, whatever the engine, the number of machines or parts, and however
often a task was repeated. The rules, the judge and the decision are the same pure functions over
the same chunks; deduplication settles the same components with the same engine.

What it has not: a database (the audit is Parquet), earlier runs to set it against, evaluation sets,
a resume after the driver's death (a worker's death is the engine's to mend), report.html.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assay.audit.recording import RunRecord
from assay.datasets.sources import Source
from assay.domain.errors import ConfigError, RunStateError
from assay.domain.rubric import Rubric
from assay_filter.curation.closing import OUTCOMES
from assay_filter.curation.open_judges import JudgeFactory
from assay_filter.curation.workspace import Workspace
from assay_filter.pipeline import Pipeline, build_rules
from assay_filter.runs.request import RunRequest, SourceFile
from assay_filter.runs.starting import make_record
from assay_filter.scaling.chain import Entry, append
from assay_filter.scaling.copies import find_copies
from assay_filter.scaling.cutting import cut_sources
from assay_filter.scaling.ending import (
    clear_results,
    close_chain,
    make_manifest,
    move_results,
    write_manifest,
)
from assay_filter.scaling.families import settle_families
from assay_filter.scaling.flow import Flow, R
from assay_filter.scaling.job import ChunkAt, Job, Layout
from assay_filter.scaling.keys import group_keys, kinds_of
from assay_filter.scaling.links import name_survivors
from assay_filter.scaling.records import Done
from assay_filter.scaling.settings import KEY_BYTES, Sizes
from assay_filter.scaling.settling import settle_copies
from assay_filter.scaling.shards import digest_outcomes, write_shards
from assay_filter.scaling.stages import decide_chunks, judge_chunks, screen_chunks
from assay_filter.scaling.stars import label_components
from assay_filter.scaling.sums import EndSums, RulesSums
from assay_filter.scaling.suspects import flag_suspects
from assay_filter.scaling.trail import Trail

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ScaleOrder:
    """What is to be curated, and how; `out_dir` and the sources are seen by all machines."""

    sources: Sequence[Source]
    out_dir: Path
    pipeline: Pipeline
    rubric: Rubric
    judge: JudgeFactory | None
    judge_name: str
    judge_version: str
    seed: int = 0
    sizes: Sizes = field(default_factory=Sizes)
    concatenate: bool = False
    overwrite: bool = False
    max_expansion: int | None = None


def curate_at_scale(flow: Flow[R], order: ScaleOrder, say: Say) -> Mapping[str, Any]:
    """Curate the sources on an engine; return the manifest.

    Args:
        flow: the engine, such as `ray_flow.RayFlow`.
        order: what is to be done.
        say: told of each step.

    Raises:
        InputError: an input cannot be read, or there is no line in any.
        ConfigError: the pipeline wants what only a run with a database has.
        RunStateError: the folder holds results, or another run works in it.
        OutputError: the folder cannot be written.
        DedupError: a component is larger than `sizes.largest_component`.
        JudgeBackendError: the judge is gone.
    """
    if order.pipeline.repair.enabled:
        raise ConfigError(
            "expected `repair.enabled: false` for a run on an engine, found true; switch it off, "
            "or curate on the server"
        )
    with Workspace(order.out_dir.absolute()) as workspace:
        if order.overwrite:
            clear_results(workspace)
        if workspace.is_done:
            raise RunStateError(
                f"expected {str(workspace.out_dir)!r} to be empty, found the results of a finished "
                "run; choose another --out, or replace them with --overwrite"
            )
        if workspace.read_mark() is not None:
            raise RunStateError(
                f"expected {str(workspace.out_dir)!r} to be free, found an unfinished run of "
                "`assay curate`; finish it with --resume, choose another --out, or use --overwrite"
            )
        workspace.empty_work()  # what a driver that died left: marks of tries, errors, chunks
        return _Run(flow, order, workspace, say).carry_out()


class _Run:
    """One run; each step is a method, in order of use."""

    def __init__(self, flow: Flow[R], order: ScaleOrder, workspace: Workspace, say: Say) -> None:
        self._flow = flow
        self._order = order
        self._workspace = workspace
        self._say = say
        self._entries: list[Entry] = []
        self._request = RunRequest(
            sources=tuple(SourceFile.of(source) for source in order.sources),
            judge=order.judge_name,
        )
        self._record = _record_of(order, self._request)
        self._job = Job(
            out_dir=str(workspace.out_dir),
            pipeline=self._record.config.body,
            rubric=self._record.rubric.body,
            rubric_sha256=self._record.rubric.sha256,
            judge=order.judge,
            judge_name=order.judge_name,
            judge_version=order.judge_version,
            max_expansion=order.max_expansion,
        )

    def carry_out(self) -> Mapping[str, Any]:
        self._say("cutting the inputs into chunks")
        cut = cut_sources(self._flow, self._job, self._request.sources)
        chunks = cut.chunks
        self._job = self._job.laid_out(*_layout(chunks, self._order.sizes))
        screened, chunks = self._screen(chunks)
        chunks = self._judge(chunks, screened)
        chunks = self._deduplicate(chunks)
        ended, chunks = self._decide(chunks)
        found = {"reasons": ended.reasons(), "formats": screened.formats, "inputs": cut.inputs}
        return self._end(chunks, ended, found)

    def _seal(self, done: Sequence[Done]) -> None:
        append(self._entries, self._record.genesis, done)

    def _screen(self, chunks: list[ChunkAt]) -> tuple[RulesSums, list[ChunkAt]]:
        self._say(f"rules: {_samples(chunks):,} samples in {len(chunks):,} chunks")
        sums = RulesSums()
        after = screen_chunks(self._flow, self._job, chunks, sums.add)
        self._seal(after.done)
        return sums, find_copies(self._flow, self._job, after.chunks)

    def _judge(self, chunks: list[ChunkAt], screened: RulesSums) -> list[ChunkAt]:
        self._say("judge")
        rule = build_rules(self._order.pipeline).cap_pileup
        pileups = rule.find_pileups(screened.lengths) if rule else ()
        after = judge_chunks(self._flow, self._job, chunks, pileups)
        self._seal(after.done)
        return settle_copies(self._flow, self._job, after.chunks)

    def _deduplicate(self, chunks: list[ChunkAt]) -> list[ChunkAt]:
        flow, job, sizes = self._flow, self._job, self._order.sizes
        if not kinds_of(job.dedup):
            return name_survivors(flow, job, chunks)
        self._say("duplicates: keys")
        pairs = group_keys(flow, job, chunks, sizes, _samples(chunks))
        edges = flow.alter(pairs, partial(_pairs, False, ["node", "other"]))
        self._say("duplicates: components")
        labels = label_components(flow, flow.keep(edges), sizes)
        self._say("duplicates: verification")
        chunks = settle_families(flow, job, chunks, labels, sizes)
        suspects = flow.alter(pairs, partial(_pairs, True, ["ordinal", "other"]))
        chunks = flag_suspects(flow, job, chunks, flow.keep(suspects), sizes)
        return name_survivors(flow, job, chunks)

    def _decide(self, chunks: list[ChunkAt]) -> tuple[EndSums, list[ChunkAt]]:
        self._say("decide")
        sums = EndSums()
        after = decide_chunks(self._flow, self._job, chunks, sums.add)
        self._seal(after.done)
        return sums, after.chunks

    def _end(
        self, chunks: list[ChunkAt], ended: EndSums, found: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self._say("writing the outcome files and the audit")
        sizes, folder = self._order.sizes, self._workspace.export_dir
        shards = write_shards(
            self._flow, self._job, self._record.id, chunks, self._entries, sizes.shard_samples
        )
        whole = digest_outcomes(self._flow, shards, folder if self._order.concatenate else None)
        counts = {outcome.value: ended.outcomes[outcome.value] for outcome in OUTCOMES}
        num_written = sum(file.rows for file in whole)
        if not _samples(chunks) == sum(counts.values()) == num_written:
            raise RunStateError(
                f"expected as many samples written as read, found {_samples(chunks)} read, "
                f"{sum(counts.values())} decided, {num_written} written; please report this as a "
                "bug"
            )
        with Trail(folder / "closing", self._record.id) as trail:
            head = close_chain(self._entries, self._record, counts, whole, trail)
        told = move_results(self._workspace, shards, whole, trail.written)
        manifest = make_manifest(self._record, head, counts, whole, found)
        write_manifest(self._workspace, {**manifest, **told})
        return manifest


def _record_of(order: ScaleOrder, request: RunRequest) -> RunRecord:
    return make_record(
        pipeline=order.pipeline,
        rubric=order.rubric,
        request=request,
        out_dir=order.out_dir,
        judge_version=order.judge_version,
        seed=order.seed,
    )


def _layout(chunks: Sequence[ChunkAt], sizes: Sizes) -> tuple[Layout, int]:
    firsts = np.array([chunk.first_sample for chunk in chunks], np.int64)
    num_parts = sizes.parts_for(KEY_BYTES * _samples(chunks))
    return Layout(firsts), min(num_parts, len(chunks))


def _samples(chunks: Sequence[ChunkAt]) -> int:
    return chunks[-1].first_sample + chunks[-1].num_samples


def _pairs(is_suspect: bool, names: Sequence[str], table: pa.Table) -> pa.Table:
    """Return the pairs of one sort, the worse first, under other names."""
    wanted = table.filter(pc.equal(table["is_suspect"], is_suspect))
    return pa.table(dict(zip(names, [wanted["vertex"], wanted["better"]], strict=True)))
