"""What a judgement shares with others and what it costs: cache, ledger, budget, slots."""

import asyncio

import pytest
from tests.fakes.conversations import chat
from tests.fakes.model_judge import CLAIM, RUBRIC, reads, says
from tests.fakes.scripted_backend import Answer, ScriptedBackend

from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.judgement import Judgement, Usage
from assay.domain.sample import Sample
from assay_judge.backend.contract import Generate
from assay_judge.cache.memory import MemoryCache
from assay_judge.cache.sharing import SharedJudgements
from assay_judge.cost.budget import Budget
from assay_judge.cost.ledger import Ledger
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import EngineSettings, Mode

FAST = EngineSettings(mode=Mode.FAST)
# What `most_usage` reserves for one of these samples is some thousands of tokens.
ONE_SAMPLE = 20_000


def samples(num: int) -> list[Sample]:
    return [chat(f"Question {n}?", f"The answer to question {n} is {n}.") for n in range(num)]


def test_a_second_run_is_served_from_the_cache() -> None:
    backend = ScriptedBackend(says(CLAIM), reads(confirm=0.9))
    ledger = Ledger()

    async def twice() -> tuple[Judgement, Judgement]:
        shared = SharedJudgements(MemoryCache(100))
        first = LlmJudge(backend, RUBRIC, shared=shared, ledger=ledger)
        second = LlmJudge(backend, RUBRIC, shared=shared, ledger=ledger)
        return (await first.judge_sample(chat()))[0], (await second.judge_sample(chat()))[0]

    made, cached = asyncio.run(twice())
    assert len(backend.calls) == 1
    assert cached.usage == Usage(from_cache=1)
    assert cached.model_copy(update={"usage": made.usage}) == made
    assert ledger.totals.num_calls == 2
    assert ledger.totals.from_cache == 1


def test_equal_samples_at_the_same_time_are_judged_once() -> None:
    backend = ScriptedBackend(seconds=0.005)

    async def run() -> list[object]:
        judge = LlmJudge(backend, RUBRIC, shared=SharedJudgements(None))
        return list(await judge.judge_many([chat()] * 20))

    answers = asyncio.run(run())
    assert len(answers) == 20
    assert len(backend.calls) == 1


def test_a_failure_is_counted_with_what_it_cost_and_not_cached() -> None:
    broken = iter([JudgeBackendError("no", "timeout")])
    backend = ScriptedBackend(read=lambda ask: next(broken, None) or reads()(ask))
    ledger = Ledger()

    async def run() -> Judgement:
        judge = LlmJudge(backend, RUBRIC, shared=SharedJudgements(MemoryCache(10)), ledger=ledger)
        with pytest.raises(JudgeBackendError):
            await judge.judge_sample(chat())
        return (await judge.judge_sample(chat()))[0]

    assert asyncio.run(run()).scores["correctness"].score == 4980
    snapshot = ledger.snapshot()
    assert snapshot.errors == {"timeout": 1}
    assert snapshot.num_judgements == 1
    assert ledger.totals.num_calls == 3  # two evidence calls, one batch that answered


def test_judgements_of_another_mode_or_model_are_not_taken_from_the_cache() -> None:
    shared = SharedJudgements(MemoryCache(100))
    backend = ScriptedBackend()
    other = ScriptedBackend(
        capabilities=backend.capabilities.model_copy(update={"fingerprint": "scripted-2"})
    )

    async def run() -> None:
        for server, settings in ((backend, FAST), (backend, EngineSettings()), (other, FAST)):
            await LlmJudge(server, RUBRIC, settings, shared=shared).judge_sample(chat())

    asyncio.run(run())
    assert (len(backend.calls), len(other.calls)) == (2, 1)


def test_a_spent_budget_ends_the_run_and_keeps_what_was_judged() -> None:
    backend = ScriptedBackend(seconds=0.001)

    async def run() -> int:
        budget = Budget(limit_tokens=ONE_SAMPLE + 150 * 5)
        shared = SharedJudgements(MemoryCache(100))
        settings = EngineSettings(mode=Mode.FAST, max_in_flight=1)
        judge = LlmJudge(backend, RUBRIC, settings, shared=shared, budget=budget)
        with pytest.raises(BudgetError):
            await judge.judge_many(samples(500))
        state = await budget.state()
        assert state.reserved == 0
        assert state.spent == 150 * len(backend.calls)
        return shared.counts.num_made

    num_made = asyncio.run(run())
    assert num_made == len(backend.calls)
    assert 5 <= num_made < 500


def test_a_failed_judgement_settles_what_it_used() -> None:
    backend = ScriptedBackend(read=lambda _: JudgeBackendError("no", "server_error"))

    async def run() -> None:
        budget = Budget(limit_tokens=10_000_000)
        judge = LlmJudge(backend, RUBRIC, budget=budget)
        with pytest.raises(JudgeBackendError):
            await judge.judge_sample(chat())
        state = await budget.state()
        assert (state.spent, state.reserved) == (150, 0)

    asyncio.run(run())


@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_reserved_covers_what_is_used(mode: Mode) -> None:
    reserved: list[Usage] = []

    class Watching(Budget):
        async def reserve(self, estimate: Usage, *, model: str = "") -> object:  # type: ignore[override]
            reserved.append(estimate)
            return await super().reserve(estimate, model=model)

    backend = ScriptedBackend(says(CLAIM), reads(confirm=0.5))
    judge = LlmJudge(
        backend,
        RUBRIC,
        EngineSettings(mode=mode),
        budget=Watching(limit_tokens=10_000_000),
    )
    asyncio.run(judge.judge_sample(chat()))
    prompts = [call.prompt for call in backend.calls] + [ask.prompt for ask in backend.asks]
    used = sum(len((p.system + p.user + p.assistant).encode()) // 4 for p in prompts)
    (estimate,) = reserved
    assert estimate.num_prompt_tokens >= used


@pytest.mark.parametrize("turns", [1, 4])
def test_no_more_turns_are_in_work_than_allowed(turns: int) -> None:
    backend = ScriptedBackend(seconds=0.001)
    conversation = [text for n in range(turns) for text in (f"Q{n}?", f"The answer is {n} metres.")]
    settings = EngineSettings(max_in_flight=5)
    judge = LlmJudge(backend, RUBRIC, settings)
    answers = asyncio.run(judge.judge_many([chat(*conversation)] * 12))
    assert all(isinstance(answer, tuple) and len(answer) == turns for answer in answers)
    assert backend.most_in_flight == 5


def test_one_bad_sample_among_many_fails_alone() -> None:
    def answer(call: Generate) -> Answer:
        if "question 7 is" in call.prompt.user:
            return JudgeBackendError("too long", "context_overflow")
        return says()(call)

    judge = LlmJudge(ScriptedBackend(answer), RUBRIC, FAST)
    answers = asyncio.run(judge.judge_many(samples(20)))
    failed = [at for at, answer in enumerate(answers) if isinstance(answer, JudgeBackendError)]
    assert failed == [7]


def test_a_bug_rises_for_one_sample_and_is_a_failure_among_many() -> None:
    def bug(_: Generate) -> str:
        raise KeyError("words of the sample")

    judge = LlmJudge(ScriptedBackend(bug), RUBRIC, FAST)
    with pytest.raises(KeyError):
        asyncio.run(judge.judge_sample(chat()))
    (answer,) = asyncio.run(judge.judge_many([chat()]))
    assert isinstance(answer, JudgeBackendError)
    assert answer.code == "failed"
    assert "words of the sample" not in str(answer)


@pytest.mark.parametrize("mode", [Mode.STANDARD, Mode.THOROUGH])
def test_cancelling_leaves_nothing_in_work_and_no_slot_taken(mode: Mode) -> None:
    backend = ScriptedBackend(seconds=0.01)
    settings = EngineSettings(mode=mode, max_in_flight=1)

    async def run() -> None:
        judge = LlmJudge(backend, RUBRIC, settings, shared=SharedJudgements(None))
        asked = asyncio.create_task(judge.judge_many(samples(3)))
        await asyncio.sleep(0.005)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert backend.num_in_flight == 0
        assert len(await judge.judge_sample(chat())) == 1

    asyncio.run(run())


def test_a_judge_of_the_other_order_shares_all_and_closes_nothing() -> None:
    backend = ScriptedBackend(says(CLAIM), reads(confirm=0.9))
    ledger = Ledger()

    async def run() -> None:
        budget = Budget(limit_tokens=1_000_000)
        shared = SharedJudgements(MemoryCache(100))
        judge = LlmJudge(
            backend, RUBRIC, nonce_key=b"key", shared=shared, ledger=ledger, budget=budget
        )
        other = judge.descending()
        assert other.version != judge.version
        assert other.settings.descending
        (first,) = await judge.judge_sample(chat())
        (second,) = await other.judge_sample(chat())
        assert [d.status for d in second.defects] == [d.status for d in first.defects]
        assert shared.counts.num_made == 2  # another version is another judgement
        await judge.descending().judge_sample(chat())
        assert shared.counts.num_hits == 1
        assert ledger.snapshot().num_judgements == 3
        assert (await budget.state()).spent == ledger.totals.num_prompt_tokens + 100
        await other.close()
        assert backend.num_closed == 0
        await judge.judge_sample(chat("Another?", "Another answer with words."))
        await judge.close()
        assert backend.num_closed == 1

    asyncio.run(run())
    codes = {call.prompt.user.splitlines()[0] for call in backend.calls[:2]}
    assert len(codes) == 1  # the same key makes the same code


def test_closing_closes_what_the_judge_was_given() -> None:
    backend = ScriptedBackend()
    judge = LlmJudge(
        backend, RUBRIC, shared=SharedJudgements(MemoryCache(1)), budget=Budget(limit_tokens=1)
    )
    asyncio.run(judge.close())
    assert backend.num_closed == 1


@pytest.mark.parametrize(
    ("change", "is_other"),
    [
        ({"mode": Mode.FAST}, True),
        ({"seed": 1}, True),
        ({"temperature": 0.1}, True),
        ({"confirm_at": 0.9}, True),
        ({"descending": True}, True),
        ({"num_samples": 9}, False),  # matters in thorough alone
        ({"escalate_within": 1.0}, False),  # matters in a cascade alone
        ({"max_in_flight": 3}, False),
    ],
)
def test_the_version_changes_with_what_can_change_an_answer(
    change: dict[str, object], is_other: bool
) -> None:
    backend = ScriptedBackend()
    first = LlmJudge(backend, RUBRIC).version
    second = LlmJudge(backend, RUBRIC, EngineSettings.model_validate(change)).version
    assert (first != second) is is_other


def test_thresholds_make_another_version_in_a_cascade_alone() -> None:
    backend = ScriptedBackend()
    stricter = RUBRIC.model_copy(update={"accept_at": 4.5})
    cascade = EngineSettings(mode=Mode.CASCADE)
    assert LlmJudge(backend, RUBRIC).version == LlmJudge(backend, stricter).version
    assert (
        LlmJudge(backend, RUBRIC, cascade).version != LlmJudge(backend, stricter, cascade).version
    )
