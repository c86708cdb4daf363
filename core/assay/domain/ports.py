"""Ports: what the core asks of the outside, each with more than one implementation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Defect, Judgement, Usage
from assay.domain.sample import Sample

Judged: TypeAlias = tuple[Judgement, ...] | JudgeBackendError


class Judge(Protocol):
    """Grades assistant turns; everything else in a sample is evidence."""

    @property
    def name(self) -> str:
        """What judgements and the audit call this judge."""

    @property
    def version(self) -> str:
        """Changes whenever the same sample may be judged differently."""

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        """Return, per sample and in order, one judgement per assistant turn, or the error.

        An error is a retryable state of the judge, never a score and never the sample's fault.
        """


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """A response to rewrite: the turn of a sample, and the defects that the rewrite must mend.

    `attempt` counts from 1; another attempt at the same response asks for another text.
    """

    sample: Sample
    turn: int
    defects: tuple[Defect, ...]
    attempt: int


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A new text for a turn, and what it cost."""

    text: str
    usage: Usage


@runtime_checkable
class Repairer(Protocol):
    """Rewrites responses; it never decides whether a rewrite is better."""

    def repair_turns(
        self, requests: Sequence[RepairRequest]
    ) -> list[Rewritten | JudgeBackendError]:
        """Return, per request and in order, the new text of the turn, or the error."""
