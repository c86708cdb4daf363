from typing import Literal

import pytest

from assay.domain.action import Action, Drop, Fix, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.think_leak import ThinkLeak, ThinkLeakSettings


def check(*messages: Message, mode: Literal["off", "on"] = "off") -> list[Action]:
    return list(ThinkLeak(ThinkLeakSettings(mode=mode)).check(View(Sample(messages))))


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        ("<think>2+2 is 4</think>\n\nIt is 4.", "It is 4."),
        ("<think>x</think><answer>四。</answer>", "四。"),
        ("<answer>vier</answer>", "vier"),
    ],
)
def test_reasoning_is_taken_out_reversibly(answer: str, rest: str) -> None:
    (fix,) = check(Message("assistant", answer))
    assert isinstance(fix, Fix)
    payload = {"messages": [{"content": answer}]}
    fixed = apply_edits(payload, fix.edits)
    assert fixed["messages"] == [{"content": rest}]
    assert undo_edits(fixed, fix.edits) == payload


def test_nothing_left_drops() -> None:
    (drop,) = check(Message("assistant", "<think>only</think>"))
    assert isinstance(drop, Drop)


def test_reasoning_stays_where_it_is_wanted() -> None:
    answer = Message("assistant", "<think>x</think>4")
    assert check(answer, mode="on") == []
    assert check(Message("system", "Reason inside <think></think> first."), answer) == []
    assert (
        check(
            Message("user", "Put it in <answer> tags."), Message("assistant", "<answer>4</answer>")
        )
        == []
    )


def test_unpaired_tags_are_left_to_their_own_rule() -> None:
    assert check(Message("assistant", "x</think>y")) == []


@pytest.mark.parametrize("role", ["user", "tool"])
def test_reasoning_in_other_turns_flags(role: str) -> None:
    (flag,) = check(Message(role, "<think>hm</think> hello"), mode="on")
    assert isinstance(flag, Flag)
    assert flag.caps
    assert check(Message(role, "What does `<think>` do?")) == []
