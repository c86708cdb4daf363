import pytest

from assay.domain.action import Action, Drop
from assay.domain.sample import Message, Sample, ToolCall
from assay.verifiers.view import View
from assay_filter.rules.think_no_answer import ThinkNoAnswer, ThinkNoAnswerSettings


def check(message: Message) -> list[Action]:
    return list(ThinkNoAnswer(ThinkNoAnswerSettings()).check(View(Sample((message,)))))


@pytest.mark.parametrize(
    "answer",
    ["<think>only this</think>", " <think>x</think>\n", "<think>x</think><answer></answer>"],
)
def test_reasoning_without_an_answer_drops(answer: str) -> None:
    (drop,) = check(Message("assistant", answer))
    assert isinstance(drop, Drop)


@pytest.mark.parametrize(
    "answer", ["<think>x</think>4", "4", "<think>unpaired", "<answer>4</answer>"]
)
def test_answers_stay(answer: str) -> None:
    assert check(Message("assistant", answer)) == []


def test_a_tool_call_is_an_answer() -> None:
    call = ToolCall("1", "f", "{}")
    assert check(Message("assistant", "<think>x</think>", (call,))) == []
