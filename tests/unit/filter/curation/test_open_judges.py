"""Open judges of a worker: opened once, closed when another takes their place."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from assay.domain.ports import Judged
from assay.domain.sample import Sample
from assay_filter.curation.open_judges import OpenJudges


@dataclass
class CountedJudge:
    name: str
    closed: list[str]
    version: str = "1"

    def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
        raise AssertionError("nobody asks")

    def close(self) -> None:
        self.closed.append(self.name)


@dataclass(frozen=True)
class MakeCountedJudge:
    name: str
    closed: list[str] = field(compare=False)

    def __call__(self) -> CountedJudge:
        return CountedJudge(self.name, self.closed)


def test_same_judge_is_opened_once() -> None:
    judges = OpenJudges(2)
    assert judges.get(MakeCountedJudge("a", [])) is judges.get(MakeCountedJudge("a", []))


def test_judge_longest_unused_is_closed() -> None:
    closed: list[str] = []
    judges = OpenJudges(2)
    first = judges.get(MakeCountedJudge("a", closed))
    judges.get(MakeCountedJudge("b", closed))
    assert judges.get(MakeCountedJudge("a", closed)) is first
    judges.get(MakeCountedJudge("c", closed))
    assert closed == ["b"]
    assert judges.get(MakeCountedJudge("a", closed)) is first
