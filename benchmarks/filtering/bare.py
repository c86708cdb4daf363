"""The bare pipeline: the pure functions of a run, called one after the other in one process.

No database, no queue, no leases, no second process: lines are cut into the same chunks, screened,
joined into exact copies, judged, linked and decided by the functions that the workers call, and the
outcome files are written as a run writes them, byte for byte. What the stages of a run look up in
the database is kept in memory here.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from benchmarks.filtering.orders import load_pipeline, request_for
from benchmarks.judging.meters import own_cpu_seconds

from assay.audit import tables
from assay.audit.rows import ChunkRecord, columns_of, leaves_of
from assay.datasets.reading import read_batches
from assay.datasets.writing import JsonlWriter
from assay.rubrics import load_rubric
from assay_cli.judges import MakeEvidenceJudge
from assay_filter.curation import decide_stage as deciding
from assay_filter.curation.closing import OUTCOMES as OUTCOME_FILES
from assay_filter.curation.copies import first_copies
from assay_filter.curation.duplicates import Duplicates, link_duplicates
from assay_filter.curation.judge_stage import (
    NOT_JUDGED,
    OUTCOMES,
    JudgeTask,
    policy_of,
    run_judge,
)
from assay_filter.curation.judgement_rows import judgement_of
from assay_filter.curation.outcome_lines import read_blocks
from assay_filter.curation.parts import read_array, read_part
from assay_filter.curation.rules_stage import RulesTask, run_rules
from assay_filter.pipeline import build_rules
from assay_filter.rules.trunc_cap_pileup import Pileup
from assay_filter.runs.starting import make_record
from assay_filter.runs.steps.ingest import MAX_BATCH_BYTES


@dataclass(slots=True)
class Spent:
    """What one pass took: CPU seconds by stage.

    `leaf_seconds` is what hashing the audit's rows takes, measured by hashing them once more: the
    stages' functions do it on the way.
    """

    stages: dict[str, float] = field(default_factory=dict)
    leaf_seconds: float = 0.0
    num_samples: int = 0
    num_rows: int = 0


@dataclass(slots=True)
class _Looked:
    """What later stages look up in the audit, by ordinal."""

    names: list[deciding.KeptName] = field(default_factory=list)
    lengths: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    judgements: defaultdict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    hits: defaultdict[int, list[tuple[Any, Any]]] = field(default_factory=lambda: defaultdict(list))


class BarePipeline:
    """One pass over one file, its chunks' files and results in `folder`.

    `keep` is given the audit record of every chunk.
    """

    def __init__(
        self, path: Path, folder: Path, keep: Callable[[ChunkRecord], None] | None = None
    ) -> None:
        self.spent = Spent()
        self._keep = keep
        self._folder = folder
        self._pipeline, self._rubric = load_pipeline(), load_rubric("default")
        self._judge = MakeEvidenceJudge()
        self._request = request_for(path)
        self._record = make_record(
            pipeline=self._pipeline,
            rubric=self._rubric,
            request=self._request,
            out_dir=folder,
            judge_version=self._judge().version,
        )
        self._chunks: list[tuple[int, int]] = []  # first sample, number of samples
        self._looked = _Looked()

    def run(self) -> None:
        """Carry out all stages."""
        with self._stage("rules"):
            for record in self._screened():
                self._look_up_later(record)
        with self._stage("gather"):
            arrays = [read_array(self._part("rules", at, "npy")) for at in self._ordinals()]
            firsts = first_copies(np.concatenate(arrays))
            rule = build_rules(self._pipeline).cap_pileup
            pileups = tuple(rule.find_pileups(self._looked.lengths)) if rule else ()
        with self._stage("judge"):
            self._judge_chunks(firsts, pileups)
        with self._stage("link"):
            judged, copies, duplicates = self._linked(firsts)
        with self._stage("decide"):
            digests = self._decide(firsts, judged, copies, duplicates)
        with self._stage("export"):
            self._export(digests)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        before, leaves = own_cpu_seconds(), self.spent.leaf_seconds
        yield
        second_time = self.spent.leaf_seconds - leaves
        self.spent.stages[name] = own_cpu_seconds() - before - second_time

    def _ordinals(self) -> range:
        return range(len(self._chunks))

    def _part(self, stage: str, ordinal: int, suffix: str) -> Path:
        return self._folder / f"{stage}-{ordinal:06d}.{suffix}"

    def _note(self, record: ChunkRecord) -> ChunkRecord:
        before = own_cpu_seconds()
        leaves_of(record.stage, record.rows)
        self.spent.leaf_seconds += own_cpu_seconds() - before
        self.spent.num_rows += sum(map(len, record.rows.values()))
        if self._keep is not None:
            self._keep(record)
        return record

    def _screened(self) -> Iterator[ChunkRecord]:
        rows = self._pipeline.rows_per_chunk
        batches = read_batches(
            self._request.files, rows_per_batch=rows, max_batch_bytes=MAX_BATCH_BYTES
        )
        for ordinal, batch in enumerate(batches):
            task = RulesTask(
                pipeline=self._record.config.body,
                ordinal=ordinal,
                first_sample=self.spent.num_samples,
                source=batch.source,
                file=self._request.sources[batch.source].name,
                lines=batch.lines,
                part=self._part("rules", ordinal, "jsonl.zst"),
                array=self._part("rules", ordinal, "npy"),
            )
            yield self._note(run_rules(task))
            self._chunks.append((task.first_sample, len(batch.lines)))
            self.spent.num_samples += len(batch.lines)

    def _look_up_later(self, record: ChunkRecord) -> None:
        looked = self._looked
        looked.names += [
            deciding.KeptName(str(sample_id), str(file), int(line or 0))
            for _, sample_id, file, line, *_ in record.rows["sample"]
        ]
        for source, counts in json.loads(record.summary)["lengths"].items():
            looked.lengths[source].update({int(length): n for length, n in counts.items()})

    def _judge_chunks(self, firsts: Any, pileups: Sequence[Pileup]) -> None:
        rule = build_rules(self._pipeline).cap_pileup
        own = np.arange(len(firsts))
        has_copies = set(firsts[(firsts != own) & (firsts >= 0)].tolist())
        for ordinal, (first, size) in enumerate(self._chunks):
            span = slice(first, first + size)
            task = JudgeTask(
                judge=self._judge,
                judge_version=self._record.judge_version,
                pipeline=self._record.config.body,
                rubric=self._record.rubric.body,
                ordinal=ordinal,
                first_sample=first,
                rules_part=self._part("rules", ordinal, "jsonl.zst"),
                to_judge=tuple(bool(x) for x in firsts[span] == own[span]),
                cap_pileup=rule.settings if rule else None,
                pileups=tuple(pileups),
                part=self._part("judge", ordinal, "jsonl.zst"),
                array=self._part("judge", ordinal, "npy"),
                features=self._part("judge", ordinal, "features"),
            )
            self._keep_shared(self._note(run_judge(task)), has_copies)

    def _keep_shared(self, record: ChunkRecord, has_copies: set[int]) -> None:
        columns = columns_of(tables.judgement)
        for cells in record.rows["judgement"]:
            if cells[0] in has_copies:
                row: Any = SimpleNamespace(**dict(zip(columns, cells, strict=True)))
                self._looked.judgements[row.ordinal].append(judgement_of(row, {}))
        for _, ordinal, _, rule, _, action, *_ in record.rows["event"]:
            if ordinal in has_copies:
                self._looked.hits[int(ordinal)].append((rule, action))

    def _linked(self, firsts: Any) -> tuple[Any, dict[int, deciding.SettledCopy], Duplicates]:
        arrays = [read_array(self._part("judge", at, "npy")) for at in self._ordinals()]
        judged = np.concatenate(arrays)
        copies = dict(self._settled(firsts, judged))
        for ordinal, copy in copies.items():
            judged["outcome"][ordinal] = OUTCOMES.index(copy.outcome)
            judged["overall"][ordinal] = -1 if copy.overall is None else copy.overall
            for name in ("num_chars", "language"):
                judged[name][ordinal] = judged[name][firsts[ordinal]]
        features = [self._part("judge", ordinal, "features") for ordinal in self._ordinals()]
        duplicates = link_duplicates(features, firsts, judged, self._pipeline.dedup, num_threads=1)
        return judged, copies, duplicates

    def _settled(self, firsts: Any, judged: Any) -> Iterator[tuple[int, deciding.SettledCopy]]:
        policy = policy_of(self._pipeline)
        for at, (first, size) in enumerate(self._chunks):
            positions = np.flatnonzero(judged["outcome"][first : first + size] == NOT_JUDGED)
            if not len(positions):
                continue
            records = list(read_part(self._part("judge", at, "jsonl.zst")))
            for position in positions.tolist():
                shared = self._shared(int(firsts[first + position]))
                copy = deciding.settle_copy(records[position], shared, self._rubric, policy)
                yield first + position, copy

    def _shared(self, ordinal: int) -> deciding.Shared:
        hits = self._looked.hits[ordinal]
        return deciding.Shared(
            self._looked.judgements[ordinal],
            [rule for rule, action in hits if action == "drop"],
            [rule for rule, action in hits if action == "flag"],
            any(action == "error" for _, action in hits),
        )

    def _decide(
        self,
        firsts: Any,
        judged: Any,
        copies: Mapping[int, deciding.SettledCopy],
        duplicates: Duplicates,
    ) -> list[str]:
        digests = []
        for ordinal, (first, size) in enumerate(self._chunks):
            own, span = range(first, first + size), slice(first, first + size)
            links = duplicates.links_of(first, size)
            task = deciding.DecideTask(
                ordinal=ordinal,
                first_sample=first,
                file=self._request.sources[0].name,
                judge=self._record.judge,
                rubric=self._record.rubric.sha256,
                rules_part=self._part("rules", ordinal, "jsonl.zst"),
                judge_part=self._part("judge", ordinal, "jsonl.zst"),
                part=self._part("decide", ordinal, "lines"),
                outcomes=judged["outcome"][span].tolist(),
                judged_as=firsts[span].tolist(),
                copies={o: copies[o] for o in own if o in copies},
                links=links,
                guarded=duplicates.guarded_of(first, size),
                kept_names={link.kept: self._looked.names[link.kept] for link in links.values()},
                earlier={},
            )
            digests.append(self._note(deciding.run_decide(task)).part_sha256)
        return digests

    def _export(self, digests: Sequence[str]) -> None:
        with ExitStack() as stack:
            writers = {
                outcome.value: stack.enter_context(
                    JsonlWriter(self._folder / f"{outcome.value}.jsonl")
                )
                for outcome in OUTCOME_FILES
            }
            for ordinal, sha256 in enumerate(digests):
                blocks, _ = read_blocks(self._part("decide", ordinal, "lines"), sha256)
                for block in blocks:
                    writers[block.outcome].write_lines(block.data, block.num_lines)
