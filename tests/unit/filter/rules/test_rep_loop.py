import pytest

from assay.domain.action import Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.rep_loop import RepLoop, RepLoopSettings


def actions(text: str, prompt: str = "Tell me a story.") -> list[object]:
    view = View(Sample((Message("user", prompt), Message("assistant", text))))
    return list(RepLoop(RepLoopSettings()).check(view))


@pytest.mark.parametrize(
    "text",
    [
        "Once there was a king. " + "He rode out at dawn to see the sea. " * 8,
        "1. Kenya\n" + "2. Kenya\n" * 20 + "2.",
        'He said: "' + ' "' * 30,
        "从前有一个国王。" + "他每天早上骑马去看大海。" * 9,
        "昔々王様がいました。" + "毎朝海を見に行きました。" * 9,
        "옛날에 왕이 있었습니다. " + "그는 매일 아침 바다를 보러 갔습니다. " * 9,
        "كان هناك ملك. " + "كان يذهب كل صباح ليرى البحر. " * 9,
        "Begin. " + "We will never ever give up the fight. " * 7 + "And so it ended well.",
    ],
)
def test_loops_are_dropped(text: str) -> None:
    assert [type(action) for action in actions(text)] == [Drop]


@pytest.mark.parametrize(
    "text",
    [
        "Row, row, row your boat,\nGently down the stream.\nMerrily, merrily, merrily, merrily,",
        "No, no, no! Ha ha ha ha ha!",
        "We shall overcome, we shall overcome. We shall overcome some day.",
        "| a | b |\n|---|---|\n| 0 | 0 |\n| 0 | 0 |\n| 0 | 0 |",
        "1/3 = 0.333333333333333333",
        "Title\n" + "=" * 60,
        "```\n" + "    </div>\n" * 12 + "```\nThat is all.",
    ],
)
def test_refrains_tables_and_code_pass(text: str) -> None:
    assert not actions(text)


def test_requested_repetition_is_a_note() -> None:
    (flag,) = actions("I will be on time tomorrow. " * 20, "Write 'I will be on time' 20 times.")
    assert isinstance(flag, Flag) and not flag.caps
