"""Drops responses caught in a loop: one unit repeated to the end, or the same sentence or line.

Sentences and lines are counted as the reasoning filters of OpenInstruct do (they take 4 sentences
in a row, 40 in all); one more in a row is borne here. A loop at the very end may have any unit, so
a short one must stand more often. What the user asked to repeat is flagged only.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Flag
from assay.verifiers.echo import asks_for_repetition
from assay.verifiers.repetition import repeats, tail_loop
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_SHORT_UNIT = 6  # a syllable or two
_LONG_UNIT = 20  # a sentence or line


class RepLoopSettings(RuleSettings):
    """How often a unit may stand."""

    max_tail_repeats: int = Field(
        default=4,
        gt=1,
        description="repetitions at the end of a unit of 20 characters or more; twice as many of a "
        "shorter one, four times of one below 6; more drops",
    )
    min_loop_chars: int = Field(
        default=48, gt=0, description="characters of the whole loop at the end; shorter is ignored"
    )
    max_consecutive: int = Field(
        default=5, gt=1, description="equal sentences or lines in a row, outside code; more drops"
    )
    max_total: int = Field(
        default=40, gt=1, description="equal sentences or lines in all, outside code; more drops"
    )
    min_unit_chars: int = Field(
        default=20, gt=0, description="characters of a sentence or line that is counted"
    )


class RepLoop(Rule[RepLoopSettings]):
    """Looks at assistant turns."""

    id = "rep.loop"
    summary = "Responses that end in a loop or repeat a sentence or line are dropped"
    settings_type = RepLoopSettings

    def check(self, view: View) -> Iterable[Action]:
        for index in view.assistant_turns:
            found = self._tail(view.text(index)) or self._repeated(view.prose(index))
            if found is None:
                continue
            if asks_for_repetition(view.user_text_before(index)):
                yield Flag(f"turn {index}: {found}, as the user asked", caps=False)
            else:
                yield Drop(f"turn {index}: {found}")

    def _tail(self, text: str) -> str | None:
        loop = tail_loop(text)
        if loop is None or len(loop.unit) * loop.num_repeats < self.settings.min_loop_chars:
            return None
        allowed = self.settings.max_tail_repeats
        if len(loop.unit) < _LONG_UNIT:
            allowed *= 4 if len(loop.unit) < _SHORT_UNIT else 2
        if loop.num_repeats <= allowed:
            return None
        return f"the text ends in {loop.num_repeats} repetitions of {loop.unit[:80]!r}"

    def _repeated(self, prose: str) -> str | None:
        repeat = repeats(prose, min_chars=self.settings.min_unit_chars)
        if repeat is None:
            return None
        if repeat.num_consecutive > self.settings.max_consecutive:
            return f"{repeat.unit[:80]!r} stands {repeat.num_consecutive} times in a row"
        if repeat.num_total > self.settings.max_total:
            return f"{repeat.unit[:80]!r} stands {repeat.num_total} times"
        return None
