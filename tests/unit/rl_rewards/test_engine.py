"""The engine: order, length, sharing, nulls, and failures that stay with their own rollout."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.in_process_pool import (
    CROWDS,
    HANGS,
    KILLS,
    LOSES,
    VERIFIERS,
    InProcessPool,
)

from assay.domain.errors import JudgeBackendError, RewardModelError
from assay.domain.reward import Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay.domain.sample import Message
from assay_rl_rewards.engine import RewardEngine, Scoring, UnreadRollout
from assay_rl_rewards.routes.conditions import Conditions
from assay_rl_rewards.routes.route import Route
from assay_rl_rewards.routes.versions import version_route
from assay_rl_rewards.scorer import Answer, Scored
from assay_rl_rewards.verifier import MAX_RESPONSE_CHARS, Grade

CORRECTNESS = {"type": "verifier", "name": "correctness", "verifier": "math", "weight": 1.0}
PREFERENCE = {"type": "reward_model", "name": "preference", "weight": 1.0}
OVERLONG = {
    "type": "overlong",
    "name": "overlong",
    "weight": 1.0,
    "max_tokens": 100,
    "cache_tokens": 50,
}
REPETITION = {
    "type": "repetition",
    "name": "repetition",
    "weight": 0.5,
    "free_share": 0.2,
    "full_share": 0.8,
}
PROMPT = (Message("user", "What is 2 + 2?"),)


class LengthModel:
    """A reward model to which longer is better, unless it is away or a text is unscorable."""

    id = "reward_model"
    version = "lengths-1"

    def __init__(self) -> None:
        self.asked: list[Answer] = []
        self.is_away = False

    async def score_answers(self, answers: Sequence[Answer]) -> list[Scored]:
        if self.is_away:
            raise JudgeBackendError("expected a model, found nobody", "unreachable")
        self.asked += answers
        return [self._score(answer.text) for answer in answers]

    async def close(self) -> None:
        """Nothing to let go of."""

    def _score(self, text: str) -> Scored:
        if "unscorable" in text:
            return RewardModelError("no usable number", "malformed")
        if "crowded" in text:
            return RewardModelError("no room", "saturated")
        raw = float(len(text))
        return Grade(min(raw / 100, 1.0), "scored by its length", parts={"rm_raw": raw})


def open_engine(
    route: dict[str, Any], scorer: LengthModel | None = None
) -> tuple[RewardEngine, InProcessPool]:
    pool = InProcessPool(VERIFIERS)
    routes = {"math": version_route("math", Route.model_validate(route), VERIFIERS)}
    scorers = {} if scorer is None else {"reward_model": scorer}
    return RewardEngine(routes, pool, scorers), pool


def rollout(response: str = "It is 4", **fields: Any) -> Rollout:
    given_ = {"domain": "math", "messages": PROMPT, "reference": "4", **fields}
    return Rollout(response=response, **given_)


def score(
    rollouts: Sequence[Rollout | UnreadRollout],
    scorer: LengthModel | None = None,
    **route: Any,
) -> Scoring:
    engine, _ = open_engine({"parts": [CORRECTNESS], **route}, scorer)
    return asyncio.run(engine.score(rollouts))


def reward_of(response: str = "It is 4", *, route: Any = None, **fields: Any) -> Reward:
    return score([rollout(response, **fields)], **(route or {})).rewards[0]


ANSWERS = ["It is 4", "5", "", f"{HANGS} 4", f"{LOSES} 4", f"{KILLS} 4", "<think>4", "four \ud800"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ANSWERS), st.booleans()), max_size=20))
def test_order_is_kept_and_each_rollout_is_rewarded_as_if_alone(
    drawn: list[tuple[str, bool]],
) -> None:
    rollouts = [
        rollout(text, id=str(at), reference="4" if is_sound else None)
        for at, (text, is_sound) in enumerate(drawn)
    ]
    together = score(rollouts).rewards
    assert [reward.id for reward in together] == [each.id for each in rollouts]
    assert list(together) == [score([each]).rewards[0] for each in rollouts]


def test_the_same_batch_has_the_same_rewards() -> None:
    rollouts = [rollout(text, group="g") for text in ANSWERS]
    assert score(rollouts) == score(rollouts)


def test_equal_rollouts_are_measured_once_however_they_were_made() -> None:
    engine, pool = open_engine({"parts": [CORRECTNESS]})
    rollouts = [
        rollout("It is 4", messages=(Message("user", "What is 2 + 2?"),), params={}, id=str(at))
        for at in range(16)
    ]
    rewards = asyncio.run(engine.score(rollouts)).rewards
    assert len(pool.asked) == 1
    assert {reward.reward for reward in rewards} == {1.0}


def test_equal_texts_of_other_tasks_are_not_shared() -> None:
    rewards = score([rollout("It is 4"), rollout("It is 4", reference="5")]).rewards
    assert [reward.reward for reward in rewards] == [1.0, 0.0]


def test_no_rollouts_give_no_rewards() -> None:
    assert score([]) == Scoring((), ())


@pytest.mark.parametrize(
    ("response", "status", "expected"),
    [
        (f"4 {HANGS}", RewardStatus.TIMEOUT, 0.0),
        (f"4 {KILLS}", RewardStatus.CRASHED, 0.0),
        (f"4 {LOSES}", RewardStatus.CRASHED, None),
        (f"4 {CROWDS}", RewardStatus.OVERLOADED, None),
    ],
)
def test_what_the_answer_causes_is_0_and_what_the_service_suffers_is_null(
    response: str, status: RewardStatus, expected: float | None
) -> None:
    reward = reward_of(response)
    assert (reward.status, reward.reward) == (status, expected)


def test_a_hostile_answer_forfeits_what_another_part_would_pay() -> None:
    route = {"parts": [CORRECTNESS, PREFERENCE]}
    (reward,) = score([rollout(f"4 {HANGS}" + "x" * 80)], LengthModel(), **route).rewards
    assert (reward.reward, reward.status) == (0.0, RewardStatus.TIMEOUT)
    assert reward.parts == {"correctness": 0.0, "preference": 0.0}


def test_an_invalid_task_is_null_and_says_what_was_expected() -> None:
    reward = reward_of(reference=None)
    assert (reward.reward, reward.status) == (None, RewardStatus.INVALID_TASK)
    assert "expected a reference text" in reward.reason


def test_a_domain_without_a_route_is_null() -> None:
    reward = reward_of(domain="poetry")
    assert (reward.reward, reward.status) == (None, RewardStatus.INVALID_TASK)
    assert "'poetry'" in reward.reason


def test_a_rollout_that_was_not_read_is_null_in_its_place() -> None:
    unread = UnreadRollout("expected a response, found none", "b", "g")
    found = score([rollout(id="a", group="g"), unread, rollout(id="c", group="g")])
    assert [reward.reward for reward in found.rewards] == [1.0, None, 1.0]
    assert found.rewards[1].id == "b"
    assert (found.groups[0].num_rollouts, found.groups[0].num_scored) == (3, 2)


def test_a_task_that_no_json_can_say_fails_alone() -> None:
    rewards = score([rollout(reference="\ud800"), rollout()]).rewards
    assert [reward.reward for reward in rewards] == [None, 1.0]
    assert rewards[0].status is RewardStatus.INVALID_TASK


def test_half_a_character_in_a_response_is_graded() -> None:
    assert reward_of("half \ud800 a character, and 4").reward == 1.0


def test_thinking_is_no_answer() -> None:
    assert reward_of("<think>5</think> It is 4").reward == 1.0
    assert reward_of("It is 5 <think>4").reward == 0.0


def test_a_truncated_response_earns_nothing_and_says_so() -> None:
    reward = reward_of("It is 4", finish_reason="length")
    assert (reward.reward, reward.status) == (0.0, RewardStatus.OK)
    assert reward.parts == {"correctness": 0.0, "truncated": 1.0}


def test_a_truncated_response_to_an_invalid_task_is_null() -> None:
    reward = reward_of("It is 4", finish_reason="length", reference=None)
    assert (reward.reward, reward.status) == (None, RewardStatus.INVALID_TASK)


def test_a_route_may_score_truncated_responses() -> None:
    reward = reward_of("It is 4", finish_reason="length", route={"truncated": "score"})
    assert (reward.reward, reward.parts["truncated"]) == (1.0, 1.0)


def test_conditions_of_measuring_are_in_every_version() -> None:
    routes = {
        "math": version_route("math", Route.model_validate({"parts": [CORRECTNESS]}), VERIFIERS)
    }
    usual, hurried = (
        RewardEngine(routes, InProcessPool(VERIFIERS), conditions=conditions).versions()["math"]
        for conditions in (Conditions(), Conditions(deadline_seconds=1.0))
    )
    assert usual.partition("+")[0] == hurried.partition("+")[0]
    assert usual != hurried


@pytest.mark.parametrize("num_chars", [MAX_RESPONSE_CHARS + 1, 2 << 20])
def test_a_response_too_long_to_be_graded_earns_0_and_is_not_masked(num_chars: int) -> None:
    reward = reward_of("x" * num_chars + " 4")
    assert (reward.reward, reward.status) == (0.0, RewardStatus.OK)
    assert "too long" in reward.reason


def test_shaping_stands_outside_the_gates_and_reaches_wrong_answers() -> None:
    route = {"shaping": [OVERLONG]}
    right = reward_of("It is 4", num_tokens=75, route=route)
    wrong = reward_of("It is 5", num_tokens=75, route=route)
    assert (right.reward, wrong.reward) == (0.5, -0.5)
    assert right.parts["overlong"] == -0.5


def test_shaping_by_length_without_a_length_is_null() -> None:
    reward = reward_of(route={"shaping": [OVERLONG]})
    assert (reward.reward, reward.status) == (None, RewardStatus.INVALID_TASK)
    assert "num_tokens" in reward.reason
    assert reward_of(route={"shaping": [OVERLONG | {"weight": 0.0}]}).reward == 1.0


def test_repetition_is_penalised_where_the_route_says_so() -> None:
    looping = "the answer is surely 4 and " * 60 + "4"
    assert reward_of(looping, route={"shaping": [REPETITION]}).reward == pytest.approx(0.5)
    assert reward_of(looping).reward == 1.0


def test_a_gate_closes_what_parts_would_pay() -> None:
    route = {"gates": [{"type": "language", "name": "language"}]}
    text = "Das ist eine Antwort, die nicht in der Sprache steht, nach der gefragt wurde: 4"
    reward = reward_of(text, language="en", route=route)
    assert (reward.reward, reward.parts["language"]) == (0.0, 0.0)
    assert "another language" in reward.reason
    assert reward_of(text, language="de", route=route).reward == 1.0


def test_a_format_gate_is_closed_where_no_answer_was_found() -> None:
    gate = {"type": "answer", "name": "format", "part": "correctness"}
    route = {"parts": [CORRECTNESS, PREFERENCE], "gates": [gate]}
    scorer = LengthModel()
    empty, wrong = score([rollout("<think>x</think>"), rollout("It is 5")], scorer, **route).rewards
    assert (empty.parts["format"], empty.reward) == (0.0, 0.0)
    assert wrong.parts["format"] == 1.0
    assert wrong.reward == pytest.approx(0.07)


def test_further_measurements_are_told_below_their_part() -> None:
    assert reward_of("It is 4").parts == {"correctness": 1.0, "correctness.words": 3.0}


def test_a_model_that_is_not_configured_makes_null() -> None:
    reward = reward_of(route={"parts": [PREFERENCE]})
    assert (reward.reward, reward.status) == (None, RewardStatus.JUDGE_FAILED)
    assert "none configured" in reward.reason


def test_a_model_fails_for_its_own_conversation_alone() -> None:
    texts = ["a" * 50, "unscorable", "crowded", "b" * 25]
    rewards = score([rollout(t) for t in texts], LengthModel(), parts=[PREFERENCE]).rewards
    assert [reward.reward for reward in rewards] == [0.5, None, None, 0.25]
    assert rewards[1].status is RewardStatus.JUDGE_FAILED
    assert rewards[2].status is RewardStatus.OVERLOADED
    assert rewards[0].parts == {"preference": 0.5, "preference.rm_raw": 50.0}
    assert rewards[0].version.partition("+")[0].endswith(":reward_model/lengths-1")


def test_a_model_that_is_away_fails_what_needs_it_and_nothing_else() -> None:
    scorer = LengthModel()
    scorer.is_away = True
    pool = InProcessPool(VERIFIERS)
    routes = {
        name: version_route(name, Route.model_validate({"parts": [part]}), VERIFIERS)
        for name, part in (("math", CORRECTNESS), ("general_chat", PREFERENCE))
    }
    engine = RewardEngine(routes, pool, {"reward_model": scorer})
    rollouts = [rollout(), rollout(domain="general_chat")]
    rewards = asyncio.run(engine.score(rollouts)).rewards
    assert [reward.reward for reward in rewards] == [1.0, None]


def test_a_model_is_shown_the_prompt_and_the_final_text_once() -> None:
    scorer = LengthModel()
    rollouts = [rollout("<think>no</think>yes"), rollout("yes")]
    assert len({r.reward for r in score(rollouts, scorer, parts=[PREFERENCE]).rewards}) == 1
    (asked,) = scorer.asked
    assert (asked.task.messages, asked.text) == (PROMPT, "yes")


def test_a_part_without_weight_is_told_and_may_fail() -> None:
    parts = [CORRECTNESS, PREFERENCE | {"weight": 0.0}]
    reward = reward_of(route={"parts": parts})
    assert (reward.reward, reward.status) == (1.0, RewardStatus.OK)


def test_the_total_is_the_formula_of_the_parts_that_are_told() -> None:
    parts = [CORRECTNESS | {"weight": 0.6}, PREFERENCE | {"weight": 0.4}]
    route = {"parts": parts, "shaping": [OVERLONG | {"weight": 0.3}]}
    (reward,) = score([rollout("It is 4", num_tokens=60)], LengthModel(), **route).rewards
    told = reward.parts
    expected = 0.6 * told["correctness"] + 0.4 * told["preference"] + 0.3 * told["overlong"]
    assert reward.reward == pytest.approx(expected)


def test_groups_are_told_in_the_order_of_their_first_rollout() -> None:
    rollouts = [rollout(group="b"), rollout("5", group="a"), rollout("5", group="b"), rollout()]
    groups = score(rollouts).groups
    assert [(group.group, group.mean) for group in groups] == [("b", 0.5), ("a", 0.0)]


def test_length_is_counted_in_tokens_only_where_all_have_them() -> None:
    with_tokens = [
        rollout("It is 4", group="g", num_tokens=9),
        rollout("It is not 5", group="g", num_tokens=3),
    ]
    assert score(with_tokens).groups[0].length_correlation == pytest.approx(1.0)
    in_chars = [with_tokens[0], rollout("It is not 5", group="g")]
    assert score(in_chars).groups[0].length_correlation == pytest.approx(-1.0)
