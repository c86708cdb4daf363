"""Curates: reads the inputs, carries every sample through the stages, leaves results and an audit.

Stages: rules -> judge -> decide -> export. Each chunk of a stage is committed to the audit in
order, in one transaction with its ledger entry, after its files are on disk; a resumed run skips
what is committed. Results depend on the inputs, the configuration and the judge alone: never on the
number of workers, on the clock, or on where an earlier attempt was stopped.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Engine

from assay.audit.recording import RunRecord, commit_chunk, set_run_state
from assay.audit.rows import ChunkRecord
from assay.datasets.reading import read_batches
from assay.datasets.sources import Source
from assay.domain.errors import InputError
from assay.domain.rubric import Rubric
from assay.queue.inprocess import InProcessQueue
from assay_filter.curation.closing import Ending, finish
from assay_filter.curation.copies import first_copies
from assay_filter.curation.decide_stage import (
    DecideTask,
    KeptName,
    SettledCopy,
    load_names,
    load_shared,
    run_decide,
    settle_copy,
)
from assay_filter.curation.duplicates import Duplicates, link_duplicates
from assay_filter.curation.journal import Journal
from assay_filter.curation.judge_stage import (
    NOT_JUDGED,
    OUTCOMES,
    JudgeFactory,
    JudgeTask,
    policy_of,
    run_judge,
)
from assay_filter.curation.parts import JUDGE_DTYPE, RULES_DTYPE, read_array, read_part
from assay_filter.curation.progress import Progress
from assay_filter.curation.rules_stage import RulesTask, run_rules
from assay_filter.curation.workspace import Workspace
from assay_filter.pipeline import Pipeline, build_rules
from assay_filter.rules.trunc_cap_pileup import CapPileup, Pileup

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunPlan:
    """All that a run is made of."""

    record: RunRecord
    pipeline: Pipeline
    rubric: Rubric
    sources: Sequence[Source]
    judge: JudgeFactory | None
    num_workers: int
    output_format: str = "jsonl"


class Curation:
    """One run at work; `run` carries it to its end."""

    def __init__(
        self, plan: RunPlan, engine: Engine, workspace: Workspace, progress: Progress
    ) -> None:
        self.plan = plan
        self.engine = engine
        self.workspace = workspace
        self.progress = progress
        self.journal = Journal(engine, plan.record.id)
        self.seconds: dict[str, float] = {}
        self._pipeline = plan.pipeline.model_dump_json()
        self._rubric = plan.rubric.model_dump_json()

    def run(self) -> Mapping[str, Any]:
        """Run all stages that are not done yet; return the manifest.

        Raises:
            AssayError: something outside failed; what is committed stays, and --resume goes on.
        """
        with InProcessQueue(num_workers=self.plan.num_workers) as queue:
            if not self.journal.is_closed:
                self.journal.check_files(self.workspace)
                self._time("rules", lambda: self._run_rules(queue))
                firsts = first_copies(self._arrays("rules", RULES_DTYPE))
                self._time("judge", lambda: self._run_judge(queue, firsts))
                self._time("decide", lambda: self._run_decide(queue, firsts))
            return finish(self._ending(queue))

    def _ending(self, queue: InProcessQueue) -> Ending:
        return Ending(
            record=self.plan.record,
            engine=self.engine,
            workspace=self.workspace,
            journal=self.journal,
            progress=self.progress,
            files=[source.name for source in self.plan.sources],
            queue=queue,
            output_format=self.plan.output_format,
            seconds=self.seconds,
        )

    def _time(self, stage: str, work: Any) -> None:
        begun = time.monotonic()
        set_run_state(self.engine, self.plan.record.id, state="running", stage=stage)
        work()
        self.seconds[stage] = time.monotonic() - begun

    def _commit(self, record: ChunkRecord) -> None:
        commit_chunk(self.engine, self.plan.record.id, self.plan.record.genesis, record)
        self.journal.add(record)

    # stage rules

    def _run_rules(self, queue: InProcessQueue) -> None:
        sources = self.plan.sources
        sizes = [s.path.stat().st_size if s.path else 0 for s in sources]
        self.progress.start_stage("rules", sum(sizes), "bytes")
        batches = read_batches(
            sources,
            rows_per_batch=self.plan.pipeline.rows_per_chunk,
            max_batch_bytes=64 << 20,
        )
        num_samples = self.journal.num_samples("rules")
        for record in queue.map(run_rules, self._rules_tasks(batches)):
            self._commit(record)
            num_samples += record.num_samples
            self.progress.advance(batches.num_bytes_read, num_samples)
        self.journal.digests = {
            sources[i].name: (digest.sha256, digest.num_bytes)
            for i, digest in sorted(batches.digests.items())
        }
        if self.journal.num_samples("rules") == 0:
            raise InputError(
                f"expected samples in {[s.name for s in sources]}, found no line; check the inputs"
            )

    def _rules_tasks(self, batches: Any) -> Iterator[RulesTask]:
        first_sample = 0
        committed = self.journal.ordinals("rules")
        for ordinal, batch in enumerate(batches):
            if ordinal not in committed:
                yield RulesTask(
                    pipeline=self._pipeline,
                    ordinal=ordinal,
                    first_sample=first_sample,
                    source=batch.source,
                    file=self.plan.sources[batch.source].name,
                    lines=batch.lines,
                    part=self.workspace.part("rules", ordinal, "jsonl.zst"),
                    array=self.workspace.part("rules", ordinal, "npy"),
                )
            first_sample += len(batch.lines)

    # stage judge

    def _run_judge(self, queue: InProcessQueue, firsts: "np.ndarray[Any, Any]") -> None:
        total = self.journal.num_samples("rules")
        self.progress.start_stage("judge", total, "samples")
        rule = build_rules(self.plan.pipeline).cap_pileup
        pileups = tuple(rule.find_pileups(self.journal.response_lengths())) if rule else ()
        done = self.journal.num_samples("judge")
        for record in queue.map(run_judge, self._judge_tasks(firsts, rule, pileups)):
            self._commit(record)
            done += record.num_samples
            self.progress.advance(done, done)

    def _judge_tasks(
        self,
        firsts: "np.ndarray[Any, Any]",
        rule: CapPileup | None,
        pileups: tuple[Pileup, ...],
    ) -> Iterator[JudgeTask]:
        committed = self.journal.ordinals("judge")
        for chunk in self.journal.chunks("rules"):
            if chunk.ordinal in committed:
                continue
            own = np.arange(chunk.first_sample, chunk.first_sample + chunk.num_samples)
            mine = firsts[chunk.first_sample : chunk.first_sample + chunk.num_samples]
            yield JudgeTask(
                judge=self.plan.judge,
                judge_version=self.plan.record.judge_version,
                pipeline=self._pipeline,
                rubric=self._rubric,
                ordinal=chunk.ordinal,
                first_sample=chunk.first_sample,
                rules_part=self.workspace.part("rules", chunk.ordinal, "jsonl.zst"),
                to_judge=tuple(bool(x) for x in mine == own),
                cap_pileup=rule.settings if rule else None,
                pileups=pileups,
                part=self.workspace.part("judge", chunk.ordinal, "jsonl.zst"),
                array=self.workspace.part("judge", chunk.ordinal, "npy"),
                features=self.workspace.part("judge", chunk.ordinal, "features"),
            )

    # stage decide

    def _run_decide(self, queue: InProcessQueue, firsts: "np.ndarray[Any, Any]") -> None:
        total = self.journal.num_samples("judge")
        self.progress.start_stage("decide", total, "samples")
        judged = self._arrays("judge", JUDGE_DTYPE)
        copies = self._settle_copies(firsts, judged)
        duplicates = self._find_duplicates(firsts, judged)
        with self.engine.connect() as connection:
            names = load_names(connection, self.plan.record.id, duplicates.survivors())
        done = self.journal.num_samples("decide")
        tasks = self._decide_tasks(firsts, judged["outcome"], copies, duplicates, names)
        for record in queue.map(run_decide, tasks):
            self._commit(record)
            done += record.num_samples
            self.progress.advance(done, done)
            self.progress.count(self.journal.outcomes())

    def _decide_tasks(
        self,
        firsts: "np.ndarray[Any, Any]",
        outcomes: "np.ndarray[Any, Any]",
        copies: Mapping[int, SettledCopy],
        duplicates: Duplicates,
        names: Mapping[int, KeptName],
    ) -> Iterator[DecideTask]:
        committed = self.journal.ordinals("decide")
        for chunk in self.journal.chunks("judge"):
            if chunk.ordinal in committed:
                continue
            own = range(chunk.first_sample, chunk.first_sample + chunk.num_samples)
            links = {o: duplicates.links[o] for o in own if o in duplicates.links}
            yield DecideTask(
                ordinal=chunk.ordinal,
                first_sample=chunk.first_sample,
                judge_part=self.workspace.part("judge", chunk.ordinal, "jsonl.zst"),
                part=self.workspace.part("decide", chunk.ordinal, "jsonl.zst"),
                outcomes=outcomes[own.start : own.stop].tolist(),
                judged_as=firsts[own.start : own.stop].tolist(),
                copies={o: copies[o] for o in own if o in copies},
                links=links,
                guarded={o: duplicates.guarded[o] for o in own if o in duplicates.guarded},
                kept_names={link.kept: names[link.kept] for link in links.values()},
            )

    def _settle_copies(
        self, firsts: "np.ndarray[Any, Any]", judged: "np.ndarray[Any, Any]"
    ) -> dict[int, SettledCopy]:
        """Decide exact copies chunk by chunk, and write their outcomes into `judged`."""
        copies: dict[int, SettledCopy] = {}
        for chunk in self.journal.chunks("judge"):
            bounds = slice(chunk.first_sample, chunk.first_sample + chunk.num_samples)
            positions = np.flatnonzero(judged["outcome"][bounds] == NOT_JUDGED)
            if not len(positions):
                continue
            ordinals = (positions + chunk.first_sample).tolist()
            with self.engine.connect() as connection:
                wanted = sorted({int(firsts[o]) for o in ordinals})
                shared = load_shared(connection, self.plan.record.id, wanted)
            records = list(read_part(self.workspace.part("judge", chunk.ordinal, "jsonl.zst")))
            for ordinal in ordinals:
                first = int(firsts[ordinal])
                copy = settle_copy(
                    records[ordinal - chunk.first_sample],
                    shared[first],
                    self.plan.rubric,
                    policy_of(self.plan.pipeline),
                )
                copies[ordinal] = copy
                judged["outcome"][ordinal] = OUTCOMES.index(copy.outcome)
                judged["overall"][ordinal] = -1 if copy.overall is None else copy.overall
                for name in ("num_chars", "language"):
                    judged[name][ordinal] = judged[name][first]
        return copies

    def _find_duplicates(
        self, firsts: "np.ndarray[Any, Any]", judged: "np.ndarray[Any, Any]"
    ) -> Duplicates:
        begun = time.monotonic()
        features = [
            self.workspace.part("judge", chunk.ordinal, "features")
            for chunk in self.journal.chunks("judge")
        ]
        found = link_duplicates(
            features, firsts, judged, self.plan.pipeline.dedup, num_threads=self.plan.num_workers
        )
        self.seconds["dedup"] = time.monotonic() - begun
        return found

    def _arrays(self, stage: str, dtype: "np.dtype[Any]") -> "np.ndarray[Any, Any]":
        """Return a stage's arrays over the whole run, in sample order."""
        arrays = [
            read_array(self.workspace.part(stage, chunk.ordinal, "npy"))
            for chunk in self.journal.chunks(stage)
        ]
        return np.concatenate(arrays) if arrays else np.zeros(0, dtype)
