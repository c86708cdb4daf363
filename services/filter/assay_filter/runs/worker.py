"""A worker: claims a task, carries out its step, and sees to what goes wrong.

Effects happen in the step's one fenced transaction, so a worker may die at any instruction. What a
failure means: a judge or an embedding server that is gone pauses the task, for as long as the run
has patience; a spent budget, a full disk, a bad input stop the run, resumable; a sample that ends
its worker goes into quarantine at the third try; anything else is tried four times and then stops
the run. What a worker does to a run it does while it holds the claim, so one that lost it harms
nobody.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import DatabaseError

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.recording import move_run
from assay.audit.tasks import (
    Claim,
    LostClaimError,
    claim_next,
    claim_task,
    give_back,
    is_ours,
    still_holding,
)
from assay.domain.errors import AssayError, BudgetError, JudgeBackendError, RunStateError
from assay.web.logs import Log, open_log, where_raised
from assay_filter.curation.judge_stage import try_sample
from assay_filter.curation.rules_stage import try_line
from assay_filter.runs.context import RunContext, load_context
from assay_filter.runs.errors import NotYetError
from assay_filter.runs.heartbeat import Heartbeat, TaskOverdue, TaskStopped
from assay_filter.runs.patience import is_out_of_patience, restore_patience
from assay_filter.runs.poison import SAMPLE_SECONDS, find_poison
from assay_filter.runs.stages import Stage, advance
from assay_filter.runs.steps.compare import compare
from assay_filter.runs.steps.decide import decide_chunk
from assay_filter.runs.steps.embed import embed_chunk
from assay_filter.runs.steps.export import export, publish_results
from assay_filter.runs.steps.gather import gather
from assay_filter.runs.steps.ingest import ingest
from assay_filter.runs.steps.judge import judge_chunk, judge_task
from assay_filter.runs.steps.link import link
from assay_filter.runs.steps.rules import rules_task, screen_chunk
from assay_filter.runs.steps.work import JudgeSource, Step, Work
from assay_filter.semantic.embedder import EmbeddingOutageError

STEPS: Mapping[Stage, Step] = {
    Stage.INGEST: ingest,
    Stage.RULES: screen_chunk,
    Stage.GATHER: gather,
    Stage.JUDGE: judge_chunk,
    Stage.LINK: link,
    Stage.EMBED: embed_chunk,
    Stage.COMPARE: compare,
    Stage.DECIDE: decide_chunk,
    Stage.EXPORT: export,
    Stage.PUBLISH: publish_results,
}
LEASE_SECONDS = 120.0
MAX_ATTEMPTS = 3
RETRY_SECONDS = 1.0
TURN_SECONDS = 1.0  # between two looks at whose turn it is
JUDGE_RETRY_SECONDS = 5.0
# For one chunk, far more than any should take: after it, work that stands still is found.
TASK_SECONDS: Mapping[Stage, float] = {
    Stage.RULES: 1800.0,
    Stage.JUDGE: 14_400.0,
    Stage.EMBED: 14_400.0,
}


class Worker:
    """Works on tasks, one at a time; `name` tells it from all others."""

    def __init__(
        self,
        engine: Engine,
        judges: JudgeSource,
        *,
        name: str,
        num_threads: int = 1,
        lease_seconds: float = LEASE_SECONDS,
        task_seconds: Mapping[Stage, float] = TASK_SECONDS,
        sample_seconds: float = SAMPLE_SECONDS,
        log: Log | None = None,
    ) -> None:
        self._engine = engine
        self._judges = judges
        self._name = name
        self._num_threads = num_threads
        self._lease_seconds = lease_seconds
        self._task_seconds = task_seconds
        self._sample_seconds = sample_seconds
        self._log = log or open_log(is_quiet=True)
        self._heartbeat = Heartbeat(engine, lease_seconds=lease_seconds)
        self._context_of = lru_cache(maxsize=8)(lambda run_id: load_context(engine, run_id))

    def work_next(self, run_id: str | None = None) -> bool:
        """Take a task of this run, or of any, and carry it out; False where none is free."""
        claim = claim_next(
            self._engine, self._name, run_id=run_id, lease_seconds=self._lease_seconds
        )
        if claim is not None:
            self.carry_out(claim)
        return claim is not None

    def work_on(self, run_id: str, stage: str, ordinal: int) -> bool:
        """Carry out the task that a message names; False where it is not to be done now."""
        claim = claim_task(
            self._engine, self._name, run_id, stage, ordinal, lease_seconds=self._lease_seconds
        )
        if claim is not None:
            self.carry_out(claim)
        return claim is not None

    def carry_out(self, claim: Claim) -> None:
        """Carry out a claimed task; its failures become states of the task or of its run.

        Raises:
            DatabaseError: the database is away; the lease ends by itself.
        """
        stage = Stage(claim.stage)
        try:
            with self._heartbeat.beating(claim):
                work = self._work(claim)
                self._heartbeat.limit(self._task_seconds.get(stage))
                STEPS[stage](work)
        except TaskOverdue:
            self._try_again(claim, TimeoutError(f"it took over {self._task_seconds[stage]} s"))
            return
        except (LostClaimError, TaskStopped):
            self._leave(claim)
            return
        except DatabaseError:
            raise
        except NotYetError as exc:
            give_back(
                self._engine,
                claim,
                error=str(exc),
                delay_seconds=TURN_SECONDS,
                is_attempt=False,
            )
            return
        except (JudgeBackendError, EmbeddingOutageError) as exc:
            self._wait_for_server(claim, exc)
            return
        except AssayError as exc:
            self._stop_run(claim, exc)
            return
        except Exception as exc:  # noqa: BLE001  kept with the task, tried again, then the run's end
            self._try_again(claim, exc)
            return
        if stage in (Stage.JUDGE, Stage.EMBED):
            restore_patience(self._engine, claim.run_id)
        if stage is Stage.PUBLISH:
            self._context_of(claim.run_id).workspace.remove_work()
        else:
            advance(self._engine, claim.run_id)

    def _work(self, claim: Claim) -> Work:
        context = self._context_of(claim.run_id)
        work = Work(self._engine, claim, context, self._judges, self._num_threads)
        if claim.attempt < MAX_ATTEMPTS:
            return work
        poison = self._find_poison(work)
        return Work(self._engine, claim, context, self._judges, self._num_threads, poison)

    def _find_poison(self, work: Work) -> frozenset[int]:
        """Go through a chunk that ended its workers, sample by sample.

        Raises:
            RunStateError: the step has no samples of its own, or the search did not help.
        """
        claim = work.claim
        if claim.attempt > MAX_ATTEMPTS + 1 or claim.stage not in (Stage.RULES, Stage.JUDGE):
            if claim.attempt == MAX_ATTEMPTS:
                return frozenset()
            raise RunStateError(
                f"a worker process died, or failed, {claim.attempt - 1} times on {claim} (killed, "
                "or out of memory); free memory or lower the number of workers, then resume"
            )
        self._log.warning("chunk.searched_for_poison", **_names(claim))
        if claim.stage == Stage.RULES:
            screening = rules_task(work)
            return self._search(try_line, screening, range(len(screening.lines)))
        judging = judge_task(work)
        wanted = [position for position, is_open in enumerate(judging.to_judge) if is_open]
        return self._search(try_sample, judging, wanted)

    def _search(
        self, try_one: Callable[[Any, int], None], task: Any, positions: Sequence[int]
    ) -> frozenset[int]:
        return find_poison(try_one, task, positions, sample_seconds=self._sample_seconds)

    def _leave(self, claim: Claim) -> None:
        """Let go of a task that is not ours; what it wrote into a finished run's folder goes."""
        self._log.info("task.lost", **_names(claim))
        with reading(self._engine) as connection:
            state = select(tables.run.c.state).where(tables.run.c.id == claim.run_id)
            is_done = connection.execute(state).scalar_one() == "done"
        if is_done:
            self._context_of(claim.run_id).workspace.remove_work()

    def _wait_for_server(self, claim: Claim, exc: JudgeBackendError | EmbeddingOutageError) -> None:
        context: RunContext = self._context_of(claim.run_id)
        if is_out_of_patience(self._engine, claim.run_id, context.request.patience_seconds):
            self._stop_run(claim, exc, state="interrupted")
            return
        if isinstance(exc, JudgeBackendError):
            self._log.warning("judge.gone", error=exc.code, **_names(claim))
        else:
            self._log.warning("embedder.gone", **_names(claim))
        give_back(
            self._engine,
            claim,
            error=str(exc),
            delay_seconds=JUDGE_RETRY_SECONDS,
            is_attempt=False,
        )

    def _stop_run(self, claim: Claim, exc: AssayError, *, state: str = "failed") -> None:
        if isinstance(exc, BudgetError):
            state = "interrupted"
        self._log.info("run.stopped", state=state, error=type(exc).__name__, **_names(claim))
        try:
            with still_holding(self._engine, claim) as connection:
                move_run(connection, claim.run_id, state=state, error=exc)
        except LostClaimError:
            self._leave(claim)
            return
        give_back(self._engine, claim, error=str(exc), is_attempt=False)

    def _try_again(self, claim: Claim, exc: Exception) -> None:
        if not is_ours(self._engine, claim):
            self._leave(claim)
            return
        told = f"{type(exc).__name__}: {exc}"
        self._log.warning(
            "task.failed", error=type(exc).__name__, where=where_raised(exc), **_names(claim)
        )
        if claim.attempt <= MAX_ATTEMPTS:
            give_back(self._engine, claim, error=told, delay_seconds=RETRY_SECONDS)
        else:
            self._stop_run(claim, RunStateError(f"{claim} failed {claim.attempt} times: {told}"))


def _names(claim: Claim) -> dict[str, str | int]:
    return {
        "run": claim.run_id,
        "stage": claim.stage,
        "ordinal": claim.ordinal,
        "attempt": claim.attempt,
    }
