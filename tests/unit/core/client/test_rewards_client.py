"""The SDK of the reward service against a scripted one: repetitions, refusals, batches, checks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from assay.client import service_transport
from assay.client.rewards import BlockingRewardsClient, RewardsClient, cut_batches
from assay.client.service_errors import (
    BrokenAnswerError,
    InvalidRequestError,
    UnauthorizedError,
    UnavailableError,
)
from assay.domain.errors import AssayError, ConfigError, InputError
from assay.domain.rollout import Rollout
from assay.domain.sample import Message

Answer = Callable[[Any], web.Response]


def rollout(id: str | None = None, group: str | None = None, **fields: Any) -> Rollout:
    return Rollout("math", (Message("user", "q"),), "4", id=id, group=group, **fields)


def rewards_of(body: Any) -> web.Response:
    """Reward every rollout with 1, as the service would."""
    rewards = [
        {
            "id": each.get("id"),
            "reward": 1.0,
            "status": "ok",
            "parts": {"correctness": 1.0},
            "extracted": None,
            "reason": "right",
            "verifier": "math",
            "version": "math@0:math/1",
            "milliseconds": 0.5,
            "said_by_a_newer_service": True,
        }
        for each in body["rollouts"]
    ]
    names = dict.fromkeys(each["group"] for each in body["rollouts"] if "group" in each)
    groups = [
        {
            "group": name,
            "num_rollouts": sum(each.get("group") == name for each in body["rollouts"]),
            "num_scored": 1,
            "mean": 1.0,
            "std": 0.0,
            "is_zero_variance": True,
            "truncated_share": 0.0,
            "length_correlation": None,
        }
        for name in names
    ]
    return web.json_response({"rewards": rewards, "groups": groups})


class Scripted:
    """A service that gives the answers of a script in turn, and its last one for good."""

    def __init__(self, *script: Answer) -> None:
        self._script = list(script)
        self.bodies: list[Any] = []
        self.keys: list[str | None] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(json.loads(await request.read()))
        self.keys.append(request.headers.get("authorization"))
        answer = self._script[0] if len(self._script) == 1 else self._script.pop(0)
        return answer(self.bodies[-1])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/v1/rewards", self.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def refusing(status: int, **members: Any) -> Answer:
    return lambda _body: web.json_response({"status": status, **members}, status=status)


def ask(service: Scripted, rollouts: Sequence[Rollout], **options: Any) -> Any:
    async def run() -> Any:
        async with service.running() as url, RewardsClient(url, **options) as client:
            return await client.score(rollouts)

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_transport, "pause_seconds", lambda *_: 0.0)


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_without_room_is_asked_again(status: int) -> None:
    service = Scripted(refusing(status, retryable=True), rewards_of)
    answer = ask(service, [rollout("a")])
    assert [reward.reward for reward in answer.rewards] == [1.0]
    assert len(service.bodies) == 2


def test_what_never_passes_is_an_error_and_never_a_reward() -> None:
    service = Scripted(refusing(503, retryable=True))
    with pytest.raises(UnavailableError):
        ask(service, [rollout("a")], max_retries=2)
    assert len(service.bodies) == 3


@pytest.mark.parametrize(("status", "kind"), [(401, UnauthorizedError), (422, InvalidRequestError)])
def test_what_is_final_is_not_asked_again(status: int, kind: type[AssayError]) -> None:
    service = Scripted(refusing(status))
    with pytest.raises(kind):
        ask(service, [rollout("a")])
    assert len(service.bodies) == 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda _body: web.json_response({"rewards": [], "groups": []}),
        lambda _body: web.json_response({"rewards": {}}),
        lambda _body: web.json_response([]),
        lambda _body: web.Response(text="a page"),
        lambda body: rewards_of({"rollouts": [{"id": "other"} for _ in body["rollouts"]]}),
    ],
)
def test_an_answer_that_does_not_fit_the_rollouts_is_not_believed(answer: Answer) -> None:
    with pytest.raises(BrokenAnswerError):
        ask(Scripted(answer), [rollout("a")])


def test_batches_keep_groups_whole_and_order() -> None:
    service = Scripted(rewards_of)
    rollouts = [rollout(str(at), group=f"g{at % 3}") for at in range(9)] + [rollout("last")]
    answer = ask(service, rollouts, max_batch=4)
    assert [reward.id for reward in answer.rewards] == [each.id for each in rollouts]
    assert [(g.group, g.num_rollouts) for g in answer.groups] == [("g0", 3), ("g1", 3), ("g2", 3)]
    assert sorted(len(body["rollouts"]) for body in service.bodies) == [3, 3, 4]


def test_the_key_goes_along_and_nulls_stay_out_of_the_body() -> None:
    service = Scripted(rewards_of)
    ask(service, [rollout()], api_key="a-key")
    assert service.keys == ["Bearer a-key"]
    (sent,) = service.bodies[0]["rollouts"]
    assert set(sent) == {"domain", "messages", "response"}


def test_a_rollout_that_json_cannot_say_is_the_callers_to_mend() -> None:
    service = Scripted(rewards_of)
    with pytest.raises(InputError, match="half a character"):
        ask(service, [rollout(reference="\ud800")])
    assert service.bodies == []


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"id": "a" * 257}, r"id of rollouts\[1\], found 257"),
        ({"group": "a" * 257}, r"group of rollouts\[1\], found 257"),
        ({"reference": float("nan")}, r"reference of rollouts\[1\], found NaN"),
        ({"reference": [1, {"a": float("inf")}]}, r"reference of rollouts\[1\]"),
        ({"params": {"tolerance": float("-inf")}}, r"params of rollouts\[1\]"),
    ],
)
def test_what_would_not_arrive_as_it_is_is_told_with_its_place(
    fields: dict[str, Any], place: str
) -> None:
    service = Scripted(rewards_of)
    with pytest.raises(InputError, match=place):
        ask(service, [rollout("a" * 256, group="b" * 256), rollout(**fields)])
    assert service.bodies == []


def test_reference_without_an_end_is_the_callers_to_mend() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InputError, match="mend it"):
        ask(Scripted(rewards_of), [rollout(reference=endless)])


def nameless(status: str) -> Answer:
    """Reward as the service does a rollout whose names it could not read."""

    def answer(body: Any) -> web.Response:
        told = json.loads(str(rewards_of(body).text))
        told["rewards"][0] |= {"id": None, "reward": None, "status": status}
        told["groups"] = []
        return web.json_response(told)

    return answer


def test_rollout_that_was_not_read_is_a_null_under_its_own_id_and_the_rest_go_on() -> None:
    service = Scripted(nameless("invalid_task"))
    answer = ask(service, [rollout("a", group="g"), rollout("b")])
    assert [(each.id, each.reward) for each in answer.rewards] == [("a", None), ("b", 1.0)]
    assert answer.groups == ()


def test_null_of_another_status_must_have_its_id() -> None:
    with pytest.raises(BrokenAnswerError):
        ask(Scripted(nameless("judge_failed")), [rollout("a")])


def test_an_address_that_is_none_is_told_at_once() -> None:
    with pytest.raises(ConfigError, match="URL of a service"):
        RewardsClient("rewards")


def test_a_closed_client_says_so() -> None:
    client = BlockingRewardsClient("http://127.0.0.1:9")
    client.close()
    client.close()
    with pytest.raises(AssayError, match="closed"):
        client.score([rollout()])


groups = st.lists(st.none() | st.sampled_from("abc"), max_size=30)


@given(groups, st.integers(1, 8))
def test_every_rollout_is_in_one_batch_and_a_group_is_never_cut(
    names: list[str | None], max_batch: int
) -> None:
    rollouts = [rollout(group=name) for name in names]
    batches = list(cut_batches(rollouts, max_batch))
    assert sorted(at for batch in batches for at in batch) == list(range(len(names)))
    for name in set(names) - {None}:
        assert sum(any(names[at] == name for at in batch) for batch in batches) == 1
    for batch in batches:
        assert len(batch) <= max_batch or len({names[at] for at in batch}) == 1
