"""The client of vLLM's pooling server against recorded shapes: one bad item fails alone."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest
from aiohttp import web
from tests.fakes.pooling import MAX_MODEL_LEN, PoolingServer, classified, refused, row

from assay.domain.errors import ConfigError, RewardModelError
from assay.domain.sample import Message
from assay_rl_rewards.reward_model import vllm
from assay_rl_rewards.reward_model.port import Conversation, Encoded, Logit
from assay_rl_rewards.reward_model.vllm import VllmRewardModel, VllmSettings

T = TypeVar("T")
POISON = 666


class NumberEncoder:
    """The ids of a response are the number that it says, as often as the prompt says."""

    def __init__(self, max_tokens: int = MAX_MODEL_LEN) -> None:
        self.max_tokens = max_tokens
        self.digest = "0123456789abcdef"

    def encode_many(self, conversations: Sequence[Conversation]) -> list[Encoded]:
        return [self._encode(conversation) for conversation in conversations]

    def _encode(self, conversation: Conversation) -> Encoded:
        if conversation.response == "long":
            return RewardModelError("too long", "too_long")
        return [int(conversation.response)] * int(conversation.messages[0].content or "1")


def says(number: int, *, num_tokens: int = 1) -> Conversation:
    return Conversation((Message("user", str(num_tokens)),), str(number))


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vllm, "RETRY_PAUSE_SECONDS", 0.001)


def on(
    server: PoolingServer,
    work: Callable[[VllmRewardModel], Awaitable[T]],
    *,
    max_batch: int = 8,
    timeout_seconds: float = 10.0,
    api_key: str | None = None,
    max_batch_tokens: int = 4096,
) -> T:
    async def talk(url: str) -> T:
        settings = VllmSettings(
            url,
            "rm",
            max_batch=max_batch,
            max_in_flight=4,
            timeout_seconds=timeout_seconds,
            api_key=api_key,
            max_batch_tokens=max_batch_tokens,
        )
        async with VllmRewardModel(settings, NumberEncoder()) as model:
            return await work(model)

    return asyncio.run(server.with_url(talk))


def scored(
    server: PoolingServer, conversations: Sequence[Conversation], **options: int
) -> list[Logit]:
    return on(
        server, lambda model: model.score(conversations), max_batch=options.get("max_batch", 8)
    )


def told(logits: Sequence[Logit]) -> list[float | str]:
    return [logit.code if isinstance(logit, RewardModelError) else logit for logit in logits]


def test_raw_logits_come_back_in_order_over_many_requests() -> None:
    server = PoolingServer()
    assert told(scored(server, [says(n) for n in range(100)])) == [float(n) for n in range(100)]
    assert max(server.batch_sizes) == 8
    assert sum(server.batch_sizes) == 100


def test_ids_are_sent_without_an_activation() -> None:
    server = PoolingServer()
    scored(server, [says(7, num_tokens=3)])
    assert server.requests == [{"model": "rm", "input": [[7, 7, 7]], "use_activation": False}]


def test_batches_are_bounded_in_tokens() -> None:
    server = PoolingServer()
    conversations = [says(n, num_tokens=40) for n in range(10)]
    on(server, lambda model: model.score(conversations), max_batch_tokens=100)
    assert server.batch_sizes == [2] * 5


def test_requests_in_flight_are_bounded() -> None:
    server = PoolingServer(seconds=0.01)
    scored(server, [says(n) for n in range(30)], max_batch=2)
    assert server.most_in_flight == 4


def test_overlong_item_fails_alone_where_the_server_refuses_the_batch() -> None:
    server = PoolingServer()
    conversations = [says(1), says(2, num_tokens=MAX_MODEL_LEN + 1), says(3)]
    assert told(scored(server, conversations)) == [1.0, "refused", 3.0]
    assert server.batch_sizes == [3, 1, 1, 1]


def test_item_that_the_encoder_refuses_is_never_sent() -> None:
    server = PoolingServer()
    found = scored(server, [says(1), Conversation((), "long"), says(3)])
    assert told(found) == [1.0, "too_long", 3.0]
    assert server.batch_sizes == [2]


def test_nan_as_null_is_an_error_of_its_own_item() -> None:
    server = PoolingServer(
        handle=lambda ids: classified([row(at, None if one[0] == POISON else 1.5) for at, one in
                                       enumerate(ids)])
    )  # fmt: skip
    assert told(scored(server, [says(1), says(POISON), says(3)])) == [1.5, "not_finite", 1.5]


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"1e999"])
def test_number_that_json_does_not_have_never_becomes_a_score(literal: bytes) -> None:
    def answer(ids: list[list[int]]) -> web.Response:
        good = classified([row(at, 8888.0 if one[0] == POISON else 2.0) for at, one in
                           enumerate(ids)])  # fmt: skip
        assert isinstance(good.body, bytes)
        return web.Response(body=good.body.replace(b"8888.0", literal))

    first, second, third = told(
        scored(PoolingServer(handle=answer), [says(1), says(POISON), says(3)])
    )
    assert (first, third) == (2.0, 2.0)
    assert second in ("malformed", "not_finite")


def test_nan_that_fails_a_whole_batch_with_500_fails_alone() -> None:
    server = PoolingServer(
        handle=lambda ids: refused(500) if any(one[0] == POISON for one in ids) else None
    )
    found = scored(server, [says(1), says(POISON), says(3)])
    assert told(found) == [1.0, "server_error", 3.0]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([row(0, 1.0)], [1.0, "malformed"]),
        ([row(1, 2.0)], ["malformed", 2.0]),
        ([row(1, 2.0), row(0, 1.0)], [1.0, 2.0]),
        ([row(0, 1.0), {**row(1, 2.0), "probs": [0.3, 0.7]}], [1.0, "malformed"]),
        ([row(0, 1.0), {**row(1, 2.0), "probs": []}], [1.0, "malformed"]),
        ([row(0, 1.0), {**row(1, 2.0), "probs": [True]}], [1.0, "malformed"]),
        ([row(0, 1.0), {"index": 1}], [1.0, "malformed"]),
    ],
    ids=["half", "other_half", "swapped", "two_labels", "empty", "bool", "bare"],
)
def test_half_an_answer_gives_errors_for_what_is_missing(
    rows: list[dict[str, object]], wanted: list[float | str]
) -> None:
    server = PoolingServer(handle=lambda ids: classified(rows) if len(ids) == 2 else None)
    assert told(scored(server, [says(1), says(2)])) == wanted


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"data": 1}', b'{"data": [1]}']
)  # fmt: skip
def test_answer_that_is_none_is_never_a_score(body: bytes) -> None:
    server = PoolingServer(handle=lambda _: web.Response(body=body))
    assert told(scored(server, [says(1), says(2)])) == ["malformed"] * 2


def test_indexes_that_come_twice_are_not_believed() -> None:
    server = PoolingServer(
        handle=lambda ids: classified([row(0, 1.0), row(0, 2.0)]) if len(ids) == 2 else None
    )
    assert told(scored(server, [says(8), says(9)])) == [8.0, 9.0]  # asked one by one


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_overload_is_asked_once_more(status: int) -> None:
    refusals = [refused(status)]
    server = PoolingServer(handle=lambda _: refusals.pop() if refusals else None)
    assert told(scored(server, [says(4)])) == [4.0]


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "saturated"), (503, "saturated"), (502, "server_error"), (504, "timeout"),
     (401, "refused"), (404, "refused"), (302, "refused")],
)  # fmt: skip
def test_lasting_refusal_is_an_error_of_all(status: int, code: str) -> None:
    server = PoolingServer(handle=lambda _: refused(status, location="http://127.0.0.1:9/"))
    assert told(scored(server, [says(1), says(2)])) == [code] * 2
    assert len(server.requests) == (2 if status in (429, 502, 503, 504) else 1)


def test_broken_connection_is_asked_once_more() -> None:
    breaks = [1]

    async def work(url: str) -> list[Logit]:
        async with VllmRewardModel(VllmSettings(url, "rm"), NumberEncoder()) as model:
            return await model.score([says(5)])

    class Breaking(PoolingServer):
        async def _classify(self, request: web.Request) -> web.StreamResponse:
            if breaks:
                breaks.pop()
                assert request.transport is not None
                request.transport.abort()
            return await super()._classify(request)

    assert told(asyncio.run(Breaking().with_url(work))) == [5.0]


def test_server_that_is_away_is_an_error_of_all() -> None:
    async def run() -> list[Logit]:
        settings = VllmSettings("http://127.0.0.1:9", "rm")
        async with VllmRewardModel(settings, NumberEncoder()) as model:
            return await model.score([says(1), says(2)])

    assert told(asyncio.run(run())) == ["unreachable"] * 2


def test_server_that_hangs_is_left_in_time() -> None:
    class Hanging(PoolingServer):
        async def _classify(self, request: web.Request) -> web.StreamResponse:
            await asyncio.sleep(30)
            return await super()._classify(request)

    server = Hanging()
    found = on(server, lambda model: model.score([says(1)]), timeout_seconds=0.05)
    assert told(found) == ["timeout"]


def test_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_rl_rewards.reward_model.vllm_transport.MAX_ANSWER_BYTES", 1000)
    server = PoolingServer(handle=lambda _: web.Response(body=b" " * 100_000))
    assert told(scored(server, [says(1)])) == ["unreachable"]


def test_key_is_sent() -> None:
    server = PoolingServer()
    on(server, lambda model: model.score([says(1)]), api_key="secret")
    assert server.headers[0]["Authorization"] == "Bearer secret"


def test_check_names_a_model_that_is_not_served() -> None:
    async def talk(url: str) -> None:
        async with VllmRewardModel(VllmSettings(url, "other"), NumberEncoder()) as model:
            await model.check()

    with pytest.raises(RewardModelError, match="'other'"):
        asyncio.run(PoolingServer().with_url(talk))


@pytest.mark.parametrize("more", [0, 1])
def test_check_compares_lengths(more: int) -> None:
    async def talk(url: str) -> None:
        encoder = NumberEncoder(MAX_MODEL_LEN + more)
        async with VllmRewardModel(VllmSettings(url, "rm"), encoder) as model:
            await model.check()

    if more:
        with pytest.raises(ConfigError, match="--max-model-len"):
            asyncio.run(PoolingServer().with_url(talk))
    else:
        asyncio.run(PoolingServer().with_url(talk))


def test_version_changes_with_how_conversations_are_encoded() -> None:
    async def versions() -> set[str]:
        encoder = NumberEncoder()
        found = set()
        for digest in ("a" * 64, "b" * 64):
            encoder.digest = digest
            settings = VllmSettings("http://127.0.0.1:9", "rm", version="3")
            found.add(VllmRewardModel(settings, encoder).version)
        return found

    assert asyncio.run(versions()) == {f"3+{'a' * 12}", f"3+{'b' * 12}"}


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "http://u:p@x", "http://x/?q=1", "x y"])
def test_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="URL of a vLLM server"):
        VllmRewardModel(VllmSettings(url, "rm"), NumberEncoder())


def test_logits_stay_as_exact_as_they_came() -> None:
    server = PoolingServer(handle=lambda _: classified([row(0, -0.7205140590667725)]))
    (found,) = scored(server, [says(1)])
    assert isinstance(found, float)
    assert math.isclose(found, -0.7205140590667725, rel_tol=0, abs_tol=0)
