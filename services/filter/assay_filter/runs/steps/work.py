"""What every step is given: a claim, its run, and the means to commit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine

from assay.audit.tasks import Claim
from assay_filter.curation.journal import Journal
from assay_filter.curation.open_judges import JudgeFactory
from assay_filter.runs.context import RunContext


class JudgeSource(Protocol):
    """Gives the judge of a run; the composition root knows which names mean what."""

    def __call__(self, context: RunContext) -> JudgeFactory | None: ...


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed task; a step computes, and commits under the claim."""

    engine: Engine
    claim: Claim
    context: RunContext
    judges: JudgeSource
    num_threads: int
    poison: frozenset[int] = frozenset()  # positions of samples that end their worker

    @property
    def run_id(self) -> str:
        return self.claim.run_id

    @property
    def fence(self) -> int:
        return self.claim.fence

    def journal(self) -> Journal:
        """What of the run is committed by now."""
        return Journal(self.engine, self.run_id)


Step = Callable[[Work], None]
