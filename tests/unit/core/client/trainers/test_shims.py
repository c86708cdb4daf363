"""Each trainer's words become rollouts, and its answer has a null or an error, never a zero."""

import asyncio
from collections.abc import Sequence

import pytest

from assay.client.reward_wire import RewardsAnswer
from assay.client.trainers import asking, trl, verifiers, verl
from assay.domain.errors import InputError, RewardError
from assay.domain.reward import GroupDiagnostics, Reward, RewardStatus
from assay.domain.rollout import Rollout
from assay.domain.sample import Message

URL = "http://127.0.0.1:1"


class Service:
    """Rewards a response by whether it is the reference; `?` has no reward."""

    def __init__(self) -> None:
        self.asked: list[Rollout] = []

    def score(self, rollouts: Sequence[Rollout]) -> RewardsAnswer:
        self.asked += rollouts
        groups = dict.fromkeys(r.group for r in rollouts if r.group is not None)
        return RewardsAnswer(
            tuple(_reward(rollout) for rollout in rollouts),
            tuple(
                GroupDiagnostics(
                    group=group,
                    num_rollouts=1,
                    num_scored=1,
                    mean=1.0,
                    std=0.0,
                    is_zero_variance=group == "group-0",
                    truncated_share=0.0,
                    length_correlation=None,
                )
                for group in groups
            ),
        )


def _reward(rollout: Rollout) -> Reward:
    number = None if rollout.response == "?" else float(rollout.response == rollout.reference)
    return Reward(
        id=rollout.id,
        reward=number,
        status=RewardStatus.OK if number is not None else RewardStatus.JUDGE_FAILED,
        parts={} if number is None else {"correctness": number},
        reason="why",
        verifier=rollout.domain,
        version="1",
        milliseconds=0.1,
    )


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    found = Service()
    for module in (trl, verl, verifiers):
        monkeypatch.setattr(module, "open_client", lambda *_: found)
    return found


def test_trl_function_sends_columns_and_gives_none_for_null(service: Service) -> None:
    reward = trl.make_reward_function(URL, name="checks")
    logged: dict[str, float] = {}
    prompt = [{"role": "user", "content": "2 + 2?"}]
    answer = asyncio.run(
        reward(
            prompts=[prompt, prompt, "Say x"],
            completions=[[{"role": "assistant", "content": "4"}], "?", "y"],
            completion_ids=[[1, 2], [1], [1, 2, 3]],
            domain=["math", "math", "science"],
            reference=["4", "4", "x"],
            params=['{"answer_form": "numeral"}', None, {}],
            trainer_state=object(),
            log_metric=logged.__setitem__,
        )
    )
    assert answer == [1.0, None, 0.0]
    assert reward.__name__ == "checks"
    assert [r.group for r in service.asked] == ["group-0", "group-0", "group-1"]
    assert [r.num_tokens for r in service.asked] == [2, 1, 3]
    assert service.asked[0].messages == (Message("user", "2 + 2?"),)
    assert service.asked[0].params == {"answer_form": "numeral"}
    assert logged == {"checks/zero_variance_share": 0.5, "checks/null_share": pytest.approx(1 / 3)}


@pytest.mark.parametrize("ends", [2, [9, 2]])
def test_trl_completion_that_does_not_end_with_the_last_token_was_cut(
    service: Service, ends: int | list[int]
) -> None:
    reward = trl.make_reward_function(URL, domain="math", eos_token_id=ends)
    told = {"completion_ids": [[7, 2], [2, 7], []], "reference": ["a", "b", "c"]}
    asyncio.run(reward(["p"] * 3, ["a", "b", "c"], **told))
    assert [r.is_truncated for r in service.asked] == [False, True, True]
    asyncio.run(trl.make_reward_function(URL, domain="math")(["p"] * 3, ["a", "b", "c"], **told))
    assert [r.finish_reason for r in service.asked[3:]] == [None] * 3
    asyncio.run(reward(["p"], ["a"]))
    assert service.asked[-1].finish_reason is None


def test_reference_that_is_none_hides_no_answer(service: Service) -> None:
    reward = trl.make_reward_function(URL, domain="math")
    assert asyncio.run(reward(["p"], ["4"], reference=[None], answer=["4"])) == [1.0]
    rubric = verifiers.make_rubric_function(URL, domain="math")
    info = {"reference": None, "answer": None}
    assert asyncio.run(rubric(prompt="p", completion="4", answer="4", info=info)) == 1.0
    scored = asyncio.run(verl.compute_score("math", "4", None, {"reference": "4"}, url=URL))
    assert scored["score"] == 1.0
    assert asking.first_given(None, 0, "4") == 0


def test_verl_and_verifiers_pass_on_that_a_response_was_cut(service: Service) -> None:
    for key in ("finish_reason", "stop_reason"):
        asyncio.run(verl.compute_score("math", "4", "4", {key: "length"}, url=URL))
    rubric = verifiers.make_rubric_function(URL, domain="math")
    step = {"is_truncated": True}
    for state in ({"trajectory": [{}, step]}, step, {"trajectory": [step, {}]}, {}):
        asyncio.run(rubric(prompt="p", completion="4", answer="4", state=state))
    cut = [rollout.is_truncated for rollout in service.asked]
    assert cut == [True, True, True, True, False, False]


def test_domain_must_be_known(service: Service) -> None:
    with pytest.raises(InputError, match="expected a domain"):
        asyncio.run(trl.make_reward_function(URL)(["a"], ["b"]))
    named = trl.make_reward_function(URL, domain="math")
    assert asyncio.run(named(["a"], ["b"], answer=["b"])) == [1.0]


def test_verl_score_has_the_parts_and_null_raises(service: Service) -> None:
    scored = asyncio.run(verl.compute_score("math", "4", "4", {"question": "2 + 2?"}, url=URL))
    assert scored == {"score": 1.0, "correctness": 1.0}
    assert service.asked[0].messages == (Message("user", "2 + 2?"),)
    with pytest.raises(RewardError, match="it is not 0"):
        asyncio.run(verl.compute_score("math", "?", "4", url=URL))


def test_verifiers_function_grades_the_last_turn(service: Service) -> None:
    reward = verifiers.make_rubric_function(URL)
    turns = [
        {"role": "assistant", "content": "5"},
        {"role": "user", "content": "Sure?"},
        {"role": "assistant", "content": [{"type": "text", "text": "4"}]},
    ]
    number = asyncio.run(
        reward(prompt="2 + 2?", completion=turns, answer="4", info={"domain": "math"}, state={})
    )
    assert number == 1.0
    with pytest.raises(RewardError):
        asyncio.run(reward("2 + 2?", "?", "4", {"domain": "math"}))


def test_client_of_a_service_is_opened_once() -> None:
    one = asking.open_client("http://127.0.0.1:9", None)
    try:
        assert asking.open_client("http://127.0.0.1:9", None) is one
    finally:
        one.close()
        asking.open_client.cache_clear()


@pytest.mark.parametrize("prompt", [3, None, [1, 2]])
def test_prompt_of_another_form_is_told(prompt: object) -> None:
    with pytest.raises(InputError, match="expected a prompt"):
        asking.to_messages(prompt)
