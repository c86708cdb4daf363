"""The judge service's verdict as a reward, against the real service with judges of the tests."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TypeVar

import pytest
from tests.fakes.running_service import RunningService
from tests.fakes.sample_judges import FakeSource

from assay.client import transport
from assay.client.judge import JudgeClient
from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.reward import RewardStatus
from assay.domain.rubric import Rubric
from assay.domain.sample import Message, Sample
from assay.rubrics import load_rubric
from assay.web.logs import open_log
from assay_judge.service.app import make_app
from assay_judge.service.judges import EvidenceSource, JudgeSource
from assay_judge.service.settings import JudgeServiceSettings
from assay_rl_rewards.judging.judge import JudgeScorer
from assay_rl_rewards.scorer import Answer, Scored, status_of
from assay_rl_rewards.verifier import Grade, Task

T = TypeVar("T")
SLIP = "12 * 12 = 146, because 12 * 10 is 120 and 12 * 2 is 24."


def answer(text: str, *earlier: str) -> Answer:
    roles = ("user", "assistant")
    turns = [Message(roles[at % 2], turn) for at, turn in enumerate(earlier)]
    return Answer(Task("general_chat", (*turns, Message("user", "What is 12 * 12?"))), text)


@contextmanager
def serving(source: JudgeSource) -> Iterator[str]:
    settings = JudgeServiceSettings(max_in_flight=16, max_queued=2000)
    app = make_app(settings, log=open_log(StringIO()), source=source)
    with RunningService(app, shutdown_seconds=1) as service:
        yield service.url


@pytest.fixture(scope="module")
def evidence() -> Iterator[str]:
    with serving(EvidenceSource()) as url:
        yield url


@pytest.fixture(scope="module")
def by_length() -> Iterator[str]:
    """A judge that gives an answer as many thousandths as it says, and the others 1000."""
    with serving(FakeSource(_points, error_for=_failing)) as url:
        yield url


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(transport, "LONGEST_BACKOFF_SECONDS", 0.01)


def _points(sample: Sample, turn: int) -> int:
    text = sample.messages[turn].content or ""
    return int(text) if text.isdigit() else 1000


def _failing(sample: Sample) -> BaseException | None:
    code = (sample.messages[-1].content or "").removeprefix("fail ")
    return JudgeBackendError("broken", code) if code != sample.messages[-1].content else None


def with_scorer(
    client: JudgeClient,
    work: Callable[[JudgeScorer], Awaitable[T]],
    *,
    max_waiting: int = 1000,
) -> T:
    async def run() -> T:
        scorer = JudgeScorer(client, max_waiting=max_waiting)
        try:
            return await work(scorer)
        finally:
            await scorer.close()

    return asyncio.run(run())


def scored(url: str, answers: Sequence[Answer], *, max_waiting: int = 1000) -> list[Scored]:
    client = JudgeClient(url, max_retries=1)
    return with_scorer(client, lambda s: s.score_answers(answers), max_waiting=max_waiting)


def told(results: Sequence[Scored]) -> list[float | str]:
    return [result.score if isinstance(result, Grade) else result.code for result in results]


def test_overall_points_become_nought_to_one_in_order(by_length: str) -> None:
    texts = [str(points) for points in range(1000, 5001, 40)]
    found = scored(by_length, [answer(text) for text in texts])
    assert told(found) == [pytest.approx((int(text) - 1000) / 4000) for text in texts]


def test_low_score_stays_a_score_though_the_verdict_rejects(by_length: str) -> None:
    (found,) = scored(by_length, [answer("1800")])
    assert isinstance(found, Grade)
    assert found.score == pytest.approx(0.2)
    assert found.parts["judge_overall"] == pytest.approx(1.8)
    assert found.extracted is None


def test_only_the_response_counts_not_the_worst_turn_of_its_prompt(by_length: str) -> None:
    good, bad = answer("5000", "hi", "1000"), answer("1000", "hi", "5000")
    assert told(scored(by_length, [good, bad])) == [1.0, 0.0]


def test_verified_hard_defect_earns_nothing(evidence: str) -> None:
    (found,) = scored(evidence, [answer(SLIP)])
    assert isinstance(found, Grade)
    assert found.score == 0.0
    assert found.parts["judge_hard_defects"] == 1.0
    assert "146" not in found.reason


def test_defect_of_an_earlier_turn_is_not_the_response_s(evidence: str) -> None:
    (found,) = scored(evidence, [answer("It is 144.", "What is 12 * 12?", SLIP)])
    assert not isinstance(found, Grade)


def test_judge_without_an_overall_score_is_no_number(evidence: str) -> None:
    (found,) = scored(evidence, [answer("Rivers carry water to the sea.")])
    assert isinstance(found, JudgeBackendError)
    assert status_of(found) is RewardStatus.JUDGE_FAILED


def test_failure_is_that_of_its_own_answer(by_length: str) -> None:
    answers = [answer("5000"), answer("fail malformed"), answer("3000"), answer("fail timeout")]
    assert told(scored(by_length, answers)) == [1.0, "malformed", 0.5, "timeout"]


def test_judge_that_is_away_fails_all() -> None:
    found = scored("http://127.0.0.1:9", [answer("5000"), answer("1000")])
    assert told(found) == ["unreachable"] * 2


def test_budget_that_is_spent_is_a_failure_not_a_score() -> None:
    class Spent(JudgeClient):
        async def score_many(self, samples: Sequence[Sample]) -> list[object]:  # type: ignore[override]
            raise BudgetError("spent")

    found = with_scorer(Spent("http://127.0.0.1:9"), lambda s: s.score_answers([answer("1")]))
    assert told(found) == ["refused"]


def test_more_answers_than_there_is_room_for_are_overloaded(by_length: str) -> None:
    found = scored(by_length, [answer("5000")] * 5, max_waiting=3)
    assert told(found) == [1.0] * 3 + ["saturated"] * 2
    assert isinstance(found[-1], JudgeBackendError)
    assert status_of(found[-1]) is RewardStatus.OVERLOADED


def test_room_is_shared_by_calls_and_given_back(by_length: str) -> None:
    async def work(scorer: JudgeScorer) -> list[list[Scored]]:
        both = await asyncio.gather(
            scorer.score_answers([answer("5000")] * 3), scorer.score_answers([answer("3000")] * 3)
        )
        return [*both, await scorer.score_answers([answer("1000")] * 4)]

    first, second, later = with_scorer(JudgeClient(by_length), work, max_waiting=4)
    assert told(first) == [1.0] * 3
    assert told(second) == [0.5, "saturated", "saturated"]
    assert told(later) == [0.0] * 4


class StaleClient(JudgeClient):
    """Gives a rubric without hard defects, as often as it is told to."""

    num_stale = 1
    num_asked = 0

    async def rubrics(self) -> dict[str, Rubric]:
        found: Mapping[str, Rubric] = await super().rubrics()
        self.num_asked += 1
        if self.num_asked > self.num_stale:
            return dict(found)
        body = load_rubric("default").model_dump(mode="json")
        for defect in body["defects"].values():
            defect["hard"] = False
        return {"default": Rubric.model_validate(body)}


def test_rubric_that_changed_is_read_again(evidence: str) -> None:
    async def work(scorer: JudgeScorer) -> list[Scored]:
        await scorer.identify()
        return await scorer.score_answers([answer(SLIP)])

    client = StaleClient(evidence)
    assert told(with_scorer(client, work)) == [0.0]
    assert client.num_asked == 2


def test_verdict_that_the_rubric_does_not_give_is_not_believed(evidence: str) -> None:
    client = StaleClient(evidence)
    client.num_stale = 99
    found = with_scorer(client, lambda s: s.score_answers([answer(SLIP)]))
    assert told(found) == ["malformed"]


def test_version_names_judge_and_rubric(evidence: str) -> None:
    async def work(scorer: JudgeScorer) -> tuple[str, str]:
        before = scorer.version
        await scorer.identify()
        return before, scorer.version

    before, after = with_scorer(JudgeClient(evidence), work)
    assert before == "1/unknown"
    assert after.startswith("1/evidence/")
    assert after.endswith(load_rubric("default").digest[:12])
