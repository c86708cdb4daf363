import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Judgement, Usage
from assay_judge.cache import sharing
from assay_judge.cache.codec import encode_judgement
from assay_judge.cache.memory import MemoryCache
from assay_judge.cache.sharing import SharedJudgements

PAID = Usage(num_calls=1, num_prompt_tokens=100)
FREE = Usage(from_cache=1)


def _judgement(version: str = "1") -> Judgement:
    return Judgement(judge="model", version=version, turn=1, scores={}, usage=PAID)


class Maker:
    """Makes judgements, one `gate` each, and counts them."""

    def __init__(self, gate: asyncio.Event | None = None, error: Exception | None = None) -> None:
        self.num_begun = 0
        self.gate = gate
        self.error = error

    async def __call__(self) -> Judgement:
        self.num_begun += 1
        number = self.num_begun
        await (self.gate.wait() if self.gate else asyncio.sleep(0))
        if self.error is not None:
            raise self.error
        return _judgement(str(number))


class FailingCache:
    """A cache whose server is gone."""

    def __init__(self) -> None:
        self.num_asked = 0

    async def get(self, key: str) -> bytes | None:
        self.num_asked += 1
        raise JudgeBackendError("gone", "unreachable")

    async def put(self, key: str, value: bytes) -> None:
        self.num_asked += 1
        raise JudgeBackendError("gone", "unreachable")

    async def close(self) -> None:
        """Nothing to let go of."""


class StuckCache(MemoryCache):
    """A cache whose puts never end."""

    async def put(self, key: str, value: bytes) -> None:
        await asyncio.Event().wait()


def _run(test: Callable[[], Awaitable[None]]) -> None:
    async def within_a_deadline() -> None:
        async with asyncio.timeout(20):
            await test()

    asyncio.run(within_a_deadline())


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("with_cache", [True, False])
def test_a_thousand_who_ask_at_once_cost_one_making(with_cache: bool) -> None:
    async def test() -> None:
        gate = asyncio.Event()
        make = Maker(gate)
        shared = SharedJudgements(MemoryCache() if with_cache else None)
        asking = [asyncio.create_task(shared.get_or_make("key", make)) for _ in range(1000)]
        await _settle()
        gate.set()
        answers = await asyncio.gather(*asking)
        assert make.num_begun == 1
        assert [a.usage for a in answers].count(PAID) == 1
        assert [a.usage for a in answers].count(FREE) == 999
        assert {a.version for a in answers} == {"1"}
        assert (shared.counts.num_made, shared.counts.num_joined) == (1, 999)

    _run(test)


def test_the_second_time_the_cache_answers() -> None:
    async def test() -> None:
        make = Maker()
        cache = MemoryCache()
        first = await SharedJudgements(cache).get_or_make("key", make)
        shared = SharedJudgements(cache)
        second = await shared.get_or_make("key", make)
        assert (make.num_begun, first.usage, second.usage) == (1, PAID, FREE)
        assert shared.counts.num_hits == 1

    _run(test)


def test_different_keys_share_nothing() -> None:
    async def test() -> None:
        make = Maker()
        shared = SharedJudgements(MemoryCache())
        await asyncio.gather(*(shared.get_or_make(key, make) for key in "abc"))
        assert make.num_begun == 3

    _run(test)


def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    async def test() -> None:
        gate = asyncio.Event()
        error = JudgeBackendError("too long", "context_overflow")
        make = Maker(gate, error)
        shared = SharedJudgements(MemoryCache())
        asking = [asyncio.create_task(shared.get_or_make("key", make)) for _ in range(100)]
        await _settle()
        gate.set()
        ends = await asyncio.gather(*asking, return_exceptions=True)
        assert all(end is error for end in ends)
        assert make.num_begun == 1
        make.error = None
        assert (await shared.get_or_make("key", make)).usage == PAID

    _run(test)


def test_a_failure_that_nobody_else_waited_for_leaves_no_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test() -> None:
        shared = SharedJudgements(None)
        with pytest.raises(JudgeBackendError):
            await shared.get_or_make("key", Maker(error=JudgeBackendError("no")))
        gc.collect()

    _run(test)
    assert caplog.text == ""  # asyncio logs exceptions of futures that nobody looked at


def test_when_the_maker_is_cancelled_one_of_those_who_wait_makes_it() -> None:
    async def test() -> None:
        gate = asyncio.Event()
        make = Maker(gate)
        shared = SharedJudgements(MemoryCache())
        asking = [asyncio.create_task(shared.get_or_make("key", make)) for _ in range(100)]
        await _settle()
        asking[0].cancel()
        await _settle()
        gate.set()
        first, *others = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(first, asyncio.CancelledError)
        assert make.num_begun == 2
        assert [o.usage for o in others if isinstance(o, Judgement)].count(PAID) == 1
        assert len(others) == 99
        assert not any(isinstance(o, BaseException) for o in others)

    _run(test)


def test_who_is_cancelled_in_waiting_ends_alone() -> None:
    async def test() -> None:
        gate = asyncio.Event()
        make = Maker(gate)
        shared = SharedJudgements(None)
        asking = [asyncio.create_task(shared.get_or_make("key", make)) for _ in range(10)]
        await _settle()
        for task in asking[1:9]:
            task.cancel()
        await _settle()
        gate.set()
        ends = await asyncio.gather(*asking, return_exceptions=True)
        assert [isinstance(end, Judgement) for end in ends] == [True] + [False] * 8 + [True]
        assert make.num_begun == 1

    _run(test)


def test_who_waits_gets_the_judgement_before_the_disk_has_it() -> None:
    async def test() -> None:
        shared = SharedJudgements(StuckCache())
        make = Maker(asyncio.Event())
        making = asyncio.create_task(shared.get_or_make("key", make))
        waiting = asyncio.create_task(shared.get_or_make("key", make))
        await _settle()
        assert make.gate is not None
        make.gate.set()
        assert (await waiting).usage == FREE
        assert not making.done()
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)

    _run(test)


@pytest.mark.parametrize("value", [b"", b"{}", encode_judgement(_judgement())[:-1]])
def test_what_does_not_parse_is_made_anew_and_replaced(value: bytes) -> None:
    async def test() -> None:
        cache = MemoryCache()
        await cache.put("key", value)
        shared = SharedJudgements(cache)
        make = Maker()
        assert (await shared.get_or_make("key", make)).usage == PAID
        assert shared.counts.num_unreadable == 1
        assert (await shared.get_or_make("key", make)).usage == FREE

    _run(test)


def test_a_cache_that_fails_fails_no_judgement() -> None:
    async def test() -> None:
        cache = FailingCache()
        shared = SharedJudgements(cache)
        make = Maker()
        for number in range(20):
            assert (await shared.get_or_make(f"key-{number}", make)).usage == PAID
        assert make.num_begun == 20
        assert cache.num_asked == sharing.MAX_FAILURES_IN_A_ROW  # then it is left alone
        assert shared.counts.num_cache_failures == sharing.MAX_FAILURES_IN_A_ROW

    _run(test)


def test_a_failing_cache_is_asked_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "PAUSE_SECONDS", 0.02)

    async def test() -> None:
        cache = FailingCache()
        shared = SharedJudgements(cache)
        make = Maker()
        for number in range(5):
            await shared.get_or_make(f"key-{number}", make)
        num_before = cache.num_asked
        await asyncio.sleep(0.05)
        await shared.get_or_make("again", make)
        assert cache.num_asked > num_before

    _run(test)
