"""The shared view: code blocks, masking that keeps offsets, linear time on hostile fences."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Message, Sample
from assay.verifiers.view import View, find_code_blocks, mask_code

pieces = st.sampled_from(
    ["```", "~~~", "`", "``", "````", "\n", " ", "> ", "x = 1", "python", "text ", "\u00e9\u4e2d"]
)
texts = st.lists(pieces, max_size=30).map("".join)


def blocks_of(text: str) -> list[tuple[str, str, bool]]:
    return [(b.language, b.body, b.closed) for b in find_code_blocks(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n```python\nx\n```\nb", [("python", "x\n", True)]),
        ("```\nx", [("", "x", False)]),
        ("~~~ sql\nselect 1\n~~~", [("sql", "select 1\n", True)]),
        ("````\n```\nx\n```\n````", [("", "```\nx\n```\n", True)]),
        ("```a\nx\n~~~\ny\n```", [("a", "x\n~~~\ny\n", True)]),
        ("> ```py\n> x\n> ```", [("py", "> x\n", True)]),
        ("1. step:\n   ```sh\n   ls\n   ```", [("sh", "   ls\n", True)]),
        ("``` inline ``` is no fence", []),
        ("text ``` in a line", []),
        (
            "```Python title=x\n1\n```\n```js\n2\n```",
            [("python", "1\n", True), ("js", "2\n", True)],
        ),
    ],
)
def test_fenced_blocks_are_found(text: str, expected: list[tuple[str, str, bool]]) -> None:
    assert blocks_of(text) == expected


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("use `ls -l` here", "use         here"),
        ("a `b` c `d", "a     c `d"),
        ("``x``", "`   `"),
        ("a\n```\nx = 1\n```\nb", "a\n   \n     \n   \nb"),
        ("no code", "no code"),
    ],
)
def test_code_is_blanked(text: str, masked: str) -> None:
    assert mask_code(text, find_code_blocks(text)) == masked


@given(texts)
def test_masking_keeps_length_and_line_ends(text: str) -> None:
    view = View(Sample((Message("assistant", text),)))
    masked = view.prose(0)
    assert len(masked) == len(text)
    assert [len(line) for line in masked.split("\n")] == [len(line) for line in text.split("\n")]


@given(texts)
def test_blocks_are_in_order_and_inside_the_text(text: str) -> None:
    position = 0
    for block in find_code_blocks(text):
        assert position <= block.start <= block.body_start <= len(text)
        assert text[block.body_start : block.body_start + len(block.body)] == block.body
        position = block.end


@pytest.mark.parametrize("unit", ["```\n", "`a", "~~~ x\n", "` ` ", "> ```\n", "`"])
def test_hostile_fences_take_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    begun = time.process_time()
    View(Sample((Message("assistant", text),))).prose(0)
    assert time.process_time() - begun < 10  # a kill bound, not a benchmark: quadratic takes hours


def test_nearest_user_turn_is_found() -> None:
    view = View(
        Sample((Message("user", "a"), Message("assistant", "b"), Message("user", "c"),
                Message("tool", "t"), Message("assistant", "d")))
    )  # fmt: skip
    assert view.user_text_before(4) == "c"
    assert view.user_text_before(1) == "a"
    assert View(Sample((Message("assistant", "b"),))).user_text_before(0) == ""
    assert view.assistant_turns == (1, 4)
