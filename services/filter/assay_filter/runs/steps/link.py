"""After all judgements: exact copies take their verdict, and duplicates are found.

The one step that looks at all kept samples at once, at compact arrays and features; texts are not
read but for comparing candidates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select

from assay.audit import tables
from assay.audit.clock import milliseconds_of
from assay.audit.engine import reading
from assay.audit.recording import seal, set_stage
from assay.audit.tasks import NewTask, add_tasks, holding
from assay_filter.curation.decide_stage import SettledCopy, load_names, load_shared, settle_copy
from assay_filter.curation.duplicates import Duplicates, link_duplicates
from assay_filter.curation.journal import CommittedChunk, Journal
from assay_filter.curation.judge_stage import NOT_JUDGED, OUTCOMES
from assay_filter.curation.linking import ChunkLinks, write_copies
from assay_filter.curation.parts import JUDGE_DTYPE, read_array, read_part
from assay_filter.index.head import HeadMovedError
from assay_filter.index.linking import Kept
from assay_filter.runs.stages import Stage
from assay_filter.runs.steps.arrays import stage_arrays
from assay_filter.runs.steps.earlier import EarlierRuns
from assay_filter.runs.steps.work import Work


def link(work: Work) -> None:
    """Write each chunk's links, seal stage `judge`, add the tasks of what follows.

    Raises:
        NotYetError: an earlier run must link first.
    """
    with reading(work.engine) as connection:
        begun = milliseconds_of(connection)
    journal, workspace = work.journal(), work.context.workspace
    journal.check_files(workspace, [Stage.JUDGE])
    firsts = read_array(workspace.part(Stage.GATHER, 0, _gathered(work), "npy"))
    judged = stage_arrays(workspace, journal, Stage.JUDGE, JUDGE_DTYPE)
    _settle_copies(work, journal, firsts, judged)
    linking = _Linking(work, journal, firsts, judged)
    while True:
        with reading(work.engine) as connection:
            dedup_begun = milliseconds_of(connection)
        earlier = linking.write()
        with reading(work.engine) as connection:
            dedup = milliseconds_of(connection) - dedup_begun
        try:
            _commit(work, journal, earlier, {"begun": begun, "dedup": dedup, **earlier.told()})
        except HeadMovedError:
            continue  # another run has linked meanwhile: look at what it kept
        return


def _commit(work: Work, journal: Journal, earlier: EarlierRuns, told: Mapping[str, Any]) -> None:
    body = {"fence": work.fence}
    with holding(work.engine, work.claim, result=told) as connection:
        earlier.publish(connection)
        seal(connection, work.run_id, work.context.record.genesis, Stage.JUDGE)
        after = Stage.DECIDE if work.context.request.semantic is None else Stage.EMBED
        new = [
            NewTask(after, chunk.ordinal, after.rank, body) for chunk in journal.chunks(Stage.JUDGE)
        ]
        add_tasks(connection, work.run_id, new)
        set_stage(connection, work.run_id, after)


def _gathered(work: Work) -> int:
    """Return the fence that names the files of stage `gather`."""
    task = tables.task
    query = select(task.c.fence).where(
        task.c.run_id == work.run_id, task.c.stage == Stage.GATHER.value
    )
    with reading(work.engine) as connection:
        return int(connection.execute(query).scalar_one())


def _settle_copies(
    work: Work, journal: Journal, firsts: "np.ndarray[Any, Any]", judged: "np.ndarray[Any, Any]"
) -> None:
    """Decide exact copies chunk by chunk, and write their outcomes into `judged`."""
    for chunk in journal.chunks(Stage.JUDGE):
        copies: dict[int, SettledCopy] = {}
        bounds = slice(chunk.first_sample, chunk.first_sample + chunk.num_samples)
        positions = np.flatnonzero(judged["outcome"][bounds] == NOT_JUDGED)
        if len(positions):
            copies = _settle(work, chunk, firsts, (positions + chunk.first_sample).tolist())
        for ordinal, copy in copies.items():
            first = int(firsts[ordinal])
            judged["outcome"][ordinal] = OUTCOMES.index(copy.outcome)
            judged["overall"][ordinal] = -1 if copy.overall is None else copy.overall
            for name in ("num_chars", "language"):
                judged[name][ordinal] = judged[name][first]
        workspace = work.context.workspace
        write_copies(workspace.part(Stage.LINK, chunk.ordinal, work.fence, "copies.zst"), copies)


def _settle(
    work: Work, chunk: CommittedChunk, firsts: "np.ndarray[Any, Any]", ordinals: list[int]
) -> dict[int, SettledCopy]:
    context = work.context
    with reading(work.engine) as connection:
        shared = load_shared(connection, work.run_id, sorted({int(firsts[o]) for o in ordinals}))
    part = context.workspace.part(Stage.JUDGE, chunk.ordinal, chunk.fence, "jsonl.zst")
    records = list(read_part(part))
    return {
        ordinal: settle_copy(
            records[ordinal - chunk.first_sample],
            shared[int(firsts[ordinal])],
            context.rubric,
            context.policy,
        )
        for ordinal in ordinals
    }


@dataclass(frozen=True, slots=True)
class _Linking:
    """The samples of a run whose copies are settled; `judged` holds their outcomes."""

    work: Work
    journal: Journal
    firsts: "np.ndarray[Any, Any]"
    judged: "np.ndarray[Any, Any]"

    def write(self) -> EarlierRuns:
        """Find all duplicates, write each chunk's links, and stage what stays for the index."""
        features = [
            self.work.context.workspace.part(Stage.JUDGE, chunk.ordinal, chunk.fence, "features")
            for chunk in self.journal.chunks(Stage.JUDGE)
        ]
        earlier = EarlierRuns(self.work, Kept(features, self.firsts, self.judged))
        earlier.look()
        has_left = earlier.has_left(len(self.firsts))
        duplicates = link_duplicates(
            features,
            self.firsts,
            self.judged,
            self.work.context.pipeline.dedup,
            num_threads=self.work.num_threads,
            has_left=has_left,
        )
        self._write_chunks(earlier, duplicates)
        is_duplicate = duplicates.is_duplicate(len(self.firsts))
        if has_left is not None:
            is_duplicate |= has_left
        earlier.stage(is_duplicate)
        return earlier

    def _write_chunks(self, earlier: EarlierRuns, duplicates: Duplicates) -> None:
        work = self.work
        for chunk in self.journal.chunks(Stage.JUDGE):
            first, count = chunk.first_sample, chunk.num_samples
            links = duplicates.links_of(first, count)
            survivors = sorted({link.kept for link in links.values()})
            with reading(work.engine) as connection:
                names = load_names(connection, work.run_id, survivors)
            ChunkLinks(
                outcomes=self.judged["outcome"][first : first + count].tolist(),
                judged_as=self.firsts[first : first + count].tolist(),
                links=links,
                guarded=duplicates.guarded_of(first, count),
                kept_names={link.kept: names[link.kept] for link in links.values()},
                earlier=earlier.links(first, count),
            ).write(work.context.workspace.part(Stage.LINK, chunk.ordinal, work.fence, "links.zst"))
