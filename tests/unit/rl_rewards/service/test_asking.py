"""What is read of a request: whole bodies fast, wrong rollouts alone, equal parts once."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.client.reward_wire import rollouts_body
from assay.domain.rollout import Rollout
from assay.domain.sample import Message, ToolCall
from assay.web.problems import ProblemError
from assay_rl_rewards.engine import UnreadRollout
from assay_rl_rewards.service.asking import read_rollouts

SOUND: dict[str, Any] = {"domain": "math", "prompt": "2 + 2?", "response": "4", "reference": "4"}


def read(*rollouts: Any, max_rollouts: int = 64) -> list[Rollout | UnreadRollout]:
    return read_rollouts(json.dumps({"rollouts": rollouts}).encode(), max_rollouts=max_rollouts)


def refused(body: bytes) -> tuple[int, str]:
    with pytest.raises(ProblemError) as caught:
        read_rollouts(body, max_rollouts=2)
    return caught.value.problem.kind.status, caught.value.problem.detail


def unread(rollout: Any) -> UnreadRollout:
    before, found, after = read(SOUND, rollout, SOUND)
    assert isinstance(before, Rollout) and isinstance(after, Rollout), "its neighbours are read"
    assert isinstance(found, UnreadRollout)
    return found


def test_a_prompt_is_one_user_turn() -> None:
    (rollout,) = read(SOUND)
    assert isinstance(rollout, Rollout)
    assert rollout.messages == (Message("user", "2 + 2?"),)
    assert (rollout.reference, dict(rollout.params), rollout.is_truncated) == ("4", {}, False)


def test_messages_hold_tool_calls() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "r", "tool_call_id": "c1", "name": "f"},
    ]
    (rollout,) = read({"domain": "d", "messages": messages, "response": "x"})
    assert isinstance(rollout, Rollout)
    assert rollout.messages == (
        Message("user", "q"),
        Message("assistant", None, (ToolCall("c1", "f", "{}"),)),
        Message("tool", "r", tool_call_id="c1", name="f"),
    )


def test_rollouts_of_a_group_share_what_they_repeat() -> None:
    task = {"messages": [{"role": "user", "content": "q"}], "params": {"a": [1]}}
    first, second = read(
        {"domain": "d", "response": "x", **task}, {"domain": "d", "response": "y", **task}
    )
    assert isinstance(first, Rollout) and isinstance(second, Rollout)
    assert first.messages is second.messages
    assert first.params is second.params


def test_whole_numbers_of_any_size_stay_whole() -> None:
    (rollout,) = read(SOUND | {"reference": 10**30})
    assert isinstance(rollout, Rollout) and rollout.reference == 10**30


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"response": None}, "Expected `str`, got `null`"),
        ({"num_token": 3}, "unknown field `num_token`"),
        ({"num_tokens": -1}, "Expected `int` >= 0"),
        ({"num_tokens": 2.5}, "got `float`"),
        ({"params": [1]}, "expected an object in params"),
        ({"messages": [{"role": "user", "content": "q"}]}, "found both"),
        ({"prompt": None}, "found none"),
        ({"prompt": None, "messages": []}, "found none"),
        ({"prompt": None, "messages": [{"role": "robot", "content": "q"}]}, "robot"),
        ({"prompt": None, "messages": {"role": "user"}}, "Expected `array`"),
        ({"id": 7}, "Expected `str | null`"),
        ({"group": "g" * 300}, "length <= 256"),
    ],
)
def test_a_wrong_rollout_is_wrong_alone(change: dict[str, Any], reason: str) -> None:
    assert reason in unread(SOUND | change).reason


@pytest.mark.parametrize("rollout", [None, 5, "text", [], [SOUND], {}])
def test_what_is_no_rollout_is_wrong_alone(rollout: Any) -> None:
    assert unread(rollout).reason


def test_a_wrong_rollout_keeps_its_id_and_group() -> None:
    found = unread({"id": "a", "group": "g", "domain": "math"})
    assert (found.id, found.group) == ("a", "g")


def test_deep_params_are_wrong_alone() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    assert "nesting" in unread(SOUND | {"params": {"a": deep}}).reason


def test_half_a_character_in_a_response_costs_nobody_a_reward() -> None:
    body = json.dumps({"rollouts": [SOUND, SOUND | {"response": "a\ud800b 4"}]}).encode()
    first, second = read_rollouts(body, max_rollouts=2)
    assert isinstance(first, Rollout) and isinstance(second, Rollout)
    assert second.response == "a?b 4"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"rollouts": [NaN]}', 400),
        (b'{"rollouts": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"rollouts": [{"response": "\\ud800]}', 400),
        (b"[]", 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"rollouts": {}}', 422),
        (b'{"rollouts": [], "more": 1}', 422),
        (b'{"rollouts": []}', 422),
        (b'{"rollouts": [{}, {}, {}]}', 422),
    ],
)
def test_a_wrong_envelope_is_refused(body: bytes, status: int) -> None:
    found, detail = refused(body)
    assert found == status
    assert "expected" in detail and len(detail) < 500


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
texts = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.builds(
        Rollout,
        domain=texts,
        messages=st.lists(
            st.builds(Message, role=st.sampled_from(["user", "system"]), content=texts),
            min_size=1,
            max_size=3,
        ).map(tuple),
        response=texts,
        reference=json_values,
        params=st.dictionaries(
            st.text(st.characters(codec="utf-8"), max_size=5), st.integers(), max_size=3
        ),
        language=st.none() | st.just("en"),
        finish_reason=st.none() | st.sampled_from(["stop", "length"]),
        num_tokens=st.none() | st.integers(0, 1 << 30),
        id=st.none() | texts,
        group=st.none() | texts,
    )
)
def test_what_the_client_sends_reads_back_as_it_was(rollout: Rollout) -> None:
    assert read_rollouts(rollouts_body([rollout]), max_rollouts=1) == [rollout]
