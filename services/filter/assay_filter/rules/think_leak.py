"""Finds reasoning where none is wanted: in a data set without reasoning, or in another role's turn.

With mode `off` a closed block is taken out of the answer; with mode `on` blocks in answers are
wanted and stay. User turns are never rewritten, so reasoning there only flags. Tags that the
conversation itself asks for (a system or user turn names them) are content.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from assay.domain.action import Action, Drop, Fix, Flag
from assay.verifiers.thinking import Thinking, strip_thinking, thinking_turns
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings


class ThinkLeakSettings(RuleSettings):
    """Whether the data set teaches reasoning."""

    mode: Literal["off", "on"] = Field(
        default="off",
        description="off takes reasoning out of assistant turns, on keeps it there",
    )


class ThinkLeak(Rule[ThinkLeakSettings]):
    """Yields a Fix or Drop for assistant turns, a Flag for user and tool turns."""

    id = "think.leak"
    summary = "Reasoning in answers is taken out (fix), else dropped; elsewhere flagged (caps)"
    settings_type = ThinkLeakSettings

    def check(self, view: View) -> Iterable[Action]:
        for role in ("user", "tool"):
            for index, thinking in thinking_turns(view, role).items():
                if thinking.blocks:
                    yield Flag(f"turn {index} ({role}) holds a reasoning block")
        if self.settings.mode == "off":
            for index, thinking in thinking_turns(view).items():
                if thinking.fault is None:
                    yield from _strip(view, index, thinking)


def _strip(view: View, index: int, thinking: Thinking) -> Iterable[Action]:
    before = view.text(index)
    if _is_requested(view, index, thinking):
        return
    after = strip_thinking(before, thinking)
    if after or view.messages[index].tool_calls:
        yield Fix(
            text_edits(f"/messages/{index}/content", before, after),
            f"turn {index}: {len(thinking.tags)} reasoning tag(s) in a set without reasoning",
        )
    else:
        yield Drop(f"turn {index}: nothing is left outside of the reasoning block")


def _is_requested(view: View, index: int, thinking: Thinking) -> bool:
    names = {f"<{tag.name}" for tag in thinking.tags}
    asked = "\n".join(
        m.content.lower()
        for m in view.messages[:index]
        if m.content and m.role in ("system", "user")
    )
    return any(name in asked for name in names)
