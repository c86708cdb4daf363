"""Collects one-token reads, sends them in one call and gives each back under its number."""

from assay.domain.judgement import DimensionScore
from assay_judge.backend.contract import Ask, LabelRead
from assay_judge.engine.meter import Meter
from assay_judge.reading.distribution import score_of_read, yes_probability


class Reader:
    """The reads of one judgement; a question that was put before is not put again."""

    def __init__(self, meter: Meter, *, min_mass: float) -> None:
        self._meter = meter
        self._min_mass = min_mass
        self._asks: dict[Ask, int] = {}
        self._reads: tuple[LabelRead, ...] = ()

    def put(self, ask: Ask) -> int:
        """Add a question and return its number."""
        return self._asks.setdefault(ask, len(self._asks))

    async def read(self) -> None:
        """Send all questions.

        Raises:
            JudgeBackendError: the server's.
        """
        if self._asks:
            self._reads = await self._meter.read_labels(tuple(self._asks))

    def score(self, number: int) -> DimensionScore:
        """The score of a read over digits.

        Raises:
            JudgeBackendError: `low_label_mass` or `malformed`.
        """
        return score_of_read(self._reads[number], min_mass=self._min_mass)

    def yes(self, number: int) -> float:
        """P(yes) of a read over yes and no; raises as `score` does."""
        return yes_probability(self._reads[number], min_mass=self._min_mass)
