"""A judge whose answers are planted, and labelled samples to go with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Defect, DefectStatus, DimensionScore, Judgement
from assay.domain.ports import Judged
from assay.domain.sample import Message, Row, Sample
from assay_judge.calibration.labelled_samples import LabelledSample
from assay_judge.calibration.labels import Labels, ReadingNotes
from assay_judge.calibration.observations import Observation

DIMENSIONS = (
    "correctness",
    "instruction_following",
    "completeness",
    "conciseness",
    "naturalness",
    "calibration",
)


def make_judgement(
    scores: Mapping[str, float], *, turn: int = 1, defects: Sequence[str] = (), spread: int = 0
) -> Judgement:
    """Return a judgement with scores in points and verified defects."""
    return Judgement(
        judge="planted",
        version="1",
        turn=turn,
        scores={
            name: DimensionScore(score=round(points * 1000), spread=spread or None)
            for name, points in scores.items()
        },
        defects=tuple(
            Defect(
                kind=kind,
                status=DefectStatus.VERIFIED,
                quote="x",
                message=turn,
                detector="planted",
                reason="planted",
            )
            for kind in defects
        ),
    )


def every_dimension(points: float) -> dict[str, float]:
    return dict.fromkeys(DIMENSIONS, points)


def make_labelled(
    number: int, labels: Labels, *, cluster: str | None = None, text: str = "An answer."
) -> LabelledSample:
    messages = (Message("user", f"Question {number}?"), Message("assistant", text))
    sample = Sample(messages, id=str(number))
    return LabelledSample(
        Row("planted.jsonl", number + 1), sample, 1, cluster or f"c{number}", labels
    )


def observe(labelled: LabelledSample, judgement: Judgement) -> Observation:
    return Observation(labelled, (judgement,))


@dataclass(slots=True)
class PlantedJudge:
    """Answers by the sample's id; an id without an answer is a failure of the judge."""

    answers: Mapping[str, Judgement]
    name: str = "planted"
    version: str = "1"
    num_judged: int = field(default=0)

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        self.num_judged += len(samples)
        return [self._judge(sample) for sample in samples]

    def _judge(self, sample: Sample) -> Judged:
        judgement = self.answers.get(sample.id or "")
        if judgement is None:
            return JudgeBackendError("no answer planted", "timeout")
        return (judgement,)


class NoProgress:
    """Shows nothing."""

    def start(self, name: str, total: int) -> None: ...

    def advance(self, num: int) -> None: ...


def make_notes(num_rows: int) -> ReadingNotes:
    return ReadingNotes(digests={"planted.jsonl": "0" * 64}, num_rows=num_rows)
