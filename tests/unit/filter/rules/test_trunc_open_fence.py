import pytest

from assay.domain.action import Drop, Fix
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.trunc_open_fence import TruncOpenFence, TruncOpenFenceSettings


def actions(text: str, *, close_fence: bool = False) -> list[object]:
    rule = TruncOpenFence(TruncOpenFenceSettings(close_fence=close_fence))
    return list(rule.check(View(Sample((Message("user", "Go"), Message("assistant", text))))))


@pytest.mark.parametrize(
    "text",
    [
        "```python\nHere is a story about a fox.",
        "Look:\n```js\nlet a = 1\n",
        "```python\nText before:\n\n```html\n<p>hi</p>\n```\nText after.",
        "~~~\ncode",
        "1. Do\n   ```sh\n   ls\n",
        "The sum is $$a + \\frac{b}{c}",
        "\\begin{align}\nx &= y",
    ],
)
def test_what_is_opened_and_not_closed_drops(text: str) -> None:
    assert [type(action) for action in actions(text)] == [Drop]


@pytest.mark.parametrize(
    "text",
    [
        "No code at all.",
        "```python\nprint(1)\n```",
        "a\n```\nx\n```\nb\n```\ny\n```",
        "````markdown\n```python\nx\n```\n````",
        "Use ``` to open a block and ``` to close it.",
        "error here:\n    ~~~~~~~~~~~~~~~\n",
        "That costs $$ and takes time.",
        "$$x \\le y$$ holds.",
        "\\begin{a}\\begin{b}\\end{b}\\end{a}",
        "```tex\n\\begin{a}\n```",
    ],
)
def test_what_is_closed_or_no_fence_passes(text: str) -> None:
    assert not actions(text)


def test_a_whole_last_line_can_be_closed_and_undone() -> None:
    text = "Run it:\n```python\nprint(1)\n"
    (fix,) = actions(text, close_fence=True)
    assert isinstance(fix, Fix)
    payload = {"messages": [{"content": "Go"}, {"content": text}]}
    fixed = apply_edits(payload, fix.edits)
    assert fixed == {
        "messages": [{"content": "Go"}, {"content": "Run it:\n```python\nprint(1)\n```"}]
    }
    assert undo_edits(fixed, fix.edits) == payload


def test_a_cut_last_line_is_dropped_even_where_fences_are_closed() -> None:
    (action,) = actions("Run it:\n```python\nprint(sum(", close_fence=True)
    assert isinstance(action, Drop)
