import pytest

from assay.domain.action import Fix
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.leak_prompt_echo import LeakPromptEcho, LeakPromptEchoSettings

PROMPT = (
    "Which three rivers in the north of Spain flow into the Bay of Biscay, and how long are they?"
)
REPEAT = f"Repeat the question first. {PROMPT}"
CODE = "def area(width, height):\n    '''Return the area of a rectangle of that width, height.'''"
ANSWER = "The Nalon, the Sella and the Deva."


def actions(prompt: str, answer: str) -> list[object]:
    view = View(Sample((Message("user", prompt), Message("assistant", answer))))
    return list(LeakPromptEcho(LeakPromptEchoSettings()).check(view))


@pytest.mark.parametrize("glue", ["\n\n", " ", '"\n', "\n: "])
def test_an_echoed_prompt_is_taken_off_and_can_be_put_back(glue: str) -> None:
    echoed = PROMPT + glue + ANSWER
    (fix,) = actions(PROMPT, echoed)
    assert isinstance(fix, Fix)
    payload = {"messages": [{"content": PROMPT}, {"content": echoed}]}
    fixed = apply_edits(payload, fix.edits)
    assert fixed == {"messages": [{"content": PROMPT}, {"content": ANSWER}]}
    assert undo_edits(fixed, fix.edits) == payload


def test_a_chinese_prompt_counts_by_width() -> None:
    prompt = "请列出西班牙北部流入比斯开湾的三条主要河流，并且说明它们的长度。"
    assert actions(prompt, prompt + "纳隆河、塞利亚河和德瓦河。")


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        (PROMPT, ANSWER),
        (PROMPT, PROMPT),
        ("Who?", "Who? The king."),
        (REPEAT, REPEAT + " " + ANSWER),
        ("Continue: " + PROMPT, "Continue: " + PROMPT + " " + ANSWER),
        (PROMPT.rstrip("?"), PROMPT.rstrip("?") + " in summer and winter alike"),
        (CODE, CODE + "\n    return width * height"),
    ],
)  # fmt: skip
def test_answers_requests_and_code_are_left_alone(prompt: str, answer: str) -> None:
    assert not actions(prompt, answer)
