"""Many samples at a time."""

import asyncio

import pytest
from tests.fakes.conversations import chat

from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.judgement import Judgement
from assay.domain.sample import Sample, SampleType
from assay_judge.engine.crowd import Crowd


class Desk:
    """A judge that answers with the sample's own text, and notes who came when."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.finished: list[str] = []
        self.in_work = 0
        self.most_in_work = 0

    async def judge(self, sample: Sample) -> tuple[Judgement, ...]:
        text = sample.messages[-1].content or ""
        self.begun.append(text)
        self.in_work += 1
        self.most_in_work = max(self.most_in_work, self.in_work)
        try:
            await asyncio.sleep(0.001)
            self._fail(text)
        finally:
            self.in_work -= 1
        self.finished.append(text)
        return (Judgement(judge=text, version="v", turn=1, scores={}),)

    @staticmethod
    def _fail(text: str) -> None:
        if text == "overflow":
            raise JudgeBackendError("too long", "context_overflow")
        if text == "bug":
            raise KeyError("the words of a sample")
        if text == "gone":
            raise JudgeBackendError("nobody there", "unreachable")
        if text == "broke":
            raise BudgetError("nothing left")


def samples_of(*texts: str) -> list[Sample]:
    return [chat("Q", text) for text in texts]


def test_answers_stand_in_input_order_and_the_bound_holds() -> None:
    desk = Desk()
    texts = [f"answer {n}" for n in range(50)]
    answers = asyncio.run(Crowd(samples_of(*texts), desk.judge, limit=7).run())
    assert [a[0].judge for a in answers if not isinstance(a, JudgeBackendError)] == texts
    assert desk.most_in_work == 7


def test_samples_of_one_type_go_together() -> None:
    desk = Desk()
    types = [SampleType.MATH, SampleType.CODE, SampleType.MATH, SampleType.CODE]
    samples = [chat("Q", f"{kind} {n}", type=kind) for n, kind in enumerate(types)]
    asyncio.run(Crowd(samples, desk.judge, limit=1).run())
    assert desk.begun == ["code 1", "code 3", "math 0", "math 2"]


def test_a_bad_sample_is_its_own_failure() -> None:
    desk = Desk()
    answers = asyncio.run(Crowd(samples_of("a", "overflow", "bug", "b"), desk.judge, limit=2).run())
    assert isinstance(answers[0], tuple)
    assert isinstance(answers[3], tuple)
    overflow, bug = answers[1], answers[2]
    assert isinstance(overflow, JudgeBackendError)
    assert isinstance(bug, JudgeBackendError)
    assert (overflow.code, bug.code) == ("context_overflow", "failed")
    assert "KeyError" in str(bug)
    assert "words of a sample" not in str(bug)
    assert overflow.__traceback__ is None  # no frame keeps a prompt alive


def test_a_spent_budget_stops_new_work_and_waits_for_what_is_begun() -> None:
    desk = Desk()
    texts = ["a", "broke", "b", *(f"later {n}" for n in range(20))]
    with pytest.raises(BudgetError, match="nothing left"):
        asyncio.run(Crowd(samples_of(*texts), desk.judge, limit=3).run())
    assert desk.in_work == 0
    assert {"a", "b"} <= set(desk.finished)
    assert len(desk.begun) <= 5


def test_once_the_server_is_gone_the_rest_fails_without_being_asked() -> None:
    desk = Desk()
    texts = ["one", "two", "gone", *(f"answer {n}" for n in range(500))]
    answers = asyncio.run(Crowd(samples_of(*texts), desk.judge, limit=3).run())
    assert len(answers) == len(texts)
    assert len(desk.begun) <= 5  # those in work beside it, and one more each
    kept = [a for a in answers if not isinstance(a, JudgeBackendError)]
    assert len(kept) == len(desk.finished)
    failures = [a for a in answers if isinstance(a, JudgeBackendError)]
    assert {(str(a), a.code) for a in failures} == {("nobody there", "unreachable")}


def test_cancelling_ends_what_is_in_work() -> None:
    desk = Desk()

    async def cancelled() -> None:
        run = asyncio.create_task(Crowd(samples_of(*"abcdef"), desk.judge, limit=2).run())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    asyncio.run(cancelled())
    assert desk.in_work == 0
    assert desk.begun == ["a", "b"]
    assert desk.finished == []


def test_no_samples_are_no_work() -> None:
    assert asyncio.run(Crowd([], Desk().judge, limit=3).run()) == []
