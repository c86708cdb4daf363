"""The judge from threads without an event loop."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.fakes.conversations import chat
from tests.fakes.model_judge import QUOTE, RUBRIC, says
from tests.fakes.scripted_backend import Answer, ScriptedBackend

from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.judgement import Defect, DefectStatus
from assay.domain.ports import Judge, Repairer, RepairRequest, Rewritten
from assay_judge.backend.contract import Generate
from assay_judge.calibration.bias import LevelOrderJudge
from assay_judge.cost.budget import Budget
from assay_judge.engine.blocking import BlockingJudge
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import EngineSettings

DEFECT = Defect(
    kind="hallucination",
    status=DefectStatus.VERIFIED,
    quote=QUOTE,
    message=1,
    detector="judge",
    reason="no source says so",
)


def opener(
    backend: ScriptedBackend, *, budget: Callable[[], Budget] | None = None
) -> Callable[[], Awaitable[LlmJudge]]:
    async def open_judge() -> LlmJudge:
        await asyncio.sleep(0)
        return LlmJudge(
            backend, RUBRIC, EngineSettings(), budget=None if budget is None else budget()
        )

    return open_judge


def judge_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "assay-judge"]


def test_it_is_a_judge_that_answers_from_any_thread() -> None:
    backend = ScriptedBackend(seconds=0.001)
    with BlockingJudge(opener(backend)) as judge:
        port: Judge = judge
        assert port.name == "scripted-judge"
        assert len(port.version) == 64

        def ask(n: int) -> str:
            (answer,) = judge.judge_samples([chat("Q?", f"The answer is {n} metres.")])
            assert isinstance(answer, tuple)
            return answer[0].judge

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(ask, range(24))) == {"scripted-judge"}
        assert len(backend.calls) == 24
        assert backend.most_in_flight > 1
    assert backend.num_closed == 1
    assert not judge_threads()


def test_failures_are_answers_and_a_spent_budget_rises() -> None:
    broken = ScriptedBackend(lambda _: JudgeBackendError("gone", "unreachable"))
    with BlockingJudge(opener(broken)) as judge:
        (answer,) = judge.judge_samples([chat()])
        assert isinstance(answer, JudgeBackendError)
        assert answer.code == "unreachable"
    poor = opener(ScriptedBackend(says()), budget=lambda: Budget(limit_tokens=1))
    with BlockingJudge(poor) as judge, pytest.raises(BudgetError):
        judge.judge_samples([chat()])
    assert not judge_threads()


def test_it_rewrites_from_any_thread_with_the_same_errors() -> None:
    def answer(call: Generate) -> Answer:
        is_second = "Second." in call.prompt.user
        return JudgeBackendError("gone", "unreachable") if is_second else '{"response":"Mended."}'

    samples = [chat("Q?", f"{n}. {QUOTE}.") for n in ("First", "Second")]
    requests = [RepairRequest(sample, 1, (DEFECT,), 1) for sample in samples]
    with BlockingJudge(opener(ScriptedBackend(answer))) as judge:
        assert isinstance(judge, Repairer)
        with ThreadPoolExecutor(4) as pool:
            for mended, failed in pool.map(judge.repair_turns, [requests] * 8):
                assert isinstance(mended, Rewritten)
                assert mended.text == "Mended."
                assert isinstance(failed, JudgeBackendError)
                assert failed.code == "unreachable"
    poor = opener(ScriptedBackend(answer), budget=lambda: Budget(limit_tokens=1))
    with BlockingJudge(poor) as judge, pytest.raises(BudgetError):
        judge.repair_turns(requests)
    with pytest.raises(JudgeBackendError, match="closed"):
        judge.repair_turns(requests)
    assert not judge_threads()


def test_levels_can_be_told_in_the_other_order_by_the_same_server() -> None:
    backend = ScriptedBackend()
    with BlockingJudge(opener(backend)) as judge:
        assert isinstance(judge, LevelOrderJudge)
        other = judge.descending()
        assert other.name == judge.name
        assert other.version != judge.version
        for each in (judge, other):
            (answer,) = each.judge_samples([chat()])
            assert isinstance(answer, tuple)
            assert answer[0].version == each.version
    first, second = (call.prompt.system for call in backend.calls)
    assert first != second
    assert sorted(first) == sorted(second)  # the same lines in another order
    assert backend.num_closed == 1
    with pytest.raises(JudgeBackendError, match="closed"):
        other.judge_samples([chat()])


def test_a_judge_that_cannot_be_opened_leaves_no_thread() -> None:
    async def refuse() -> LlmJudge:
        raise JudgeBackendError("nobody there", "unreachable")

    with pytest.raises(JudgeBackendError, match="nobody there"):
        BlockingJudge(refuse)
    assert not judge_threads()


def test_closing_waits_for_what_was_begun_and_refuses_what_comes_after() -> None:
    backend = ScriptedBackend(seconds=0.05)
    judge = BlockingJudge(opener(backend))
    answers: list[object] = []
    asking = threading.Thread(target=lambda: answers.extend(judge.judge_samples([chat()])))
    asking.start()
    while not backend.calls:
        threading.Event().wait(0.001)
    judge.close()
    judge.close()
    asking.join()
    assert isinstance(answers[0], tuple)
    assert backend.num_closed == 1
    with pytest.raises(JudgeBackendError, match="closed"):
        judge.judge_samples([chat()])


def test_an_interrupted_caller_cancels_its_own_work_alone() -> None:
    backend = ScriptedBackend(seconds=0.2)
    judge = BlockingJudge(opener(backend))
    others: list[object] = []
    other = threading.Thread(target=lambda: others.extend(judge.judge_samples([chat()])))
    interrupt = threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT))
    other.start()
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        judge.judge_samples([chat("Q?", "Another answer with words.")])
    other.join()
    interrupt.join()
    judge.close()
    assert isinstance(others[0], tuple)
    assert len(backend.batches) == 1  # the interrupted one went no further
    assert backend.num_in_flight == 0
    assert not judge_threads()
