"""Ports: what the core asks of the outside, each with more than one implementation."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Judgement
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
