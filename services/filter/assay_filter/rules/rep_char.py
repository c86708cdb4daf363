"""Drops responses with a long run of one character, the sign of a broken generation.

Rules and leaders (----, ====, ....) and white space are no runs; nor is code.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Flag, Place
from assay.verifiers.echo import asks_for_repetition
from assay.verifiers.repetition import longest_run
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class RepCharSettings(RuleSettings):
    """The longest run."""

    max_run: int = Field(
        default=50, ge=4, description="equal characters in a row in prose; as many or more drop"
    )


class RepChar(Rule[RepCharSettings]):
    """Looks at the prose of assistant turns."""

    id = "rep.char"
    summary = "Responses with a long run of one character are dropped"
    settings_type = RepCharSettings

    def check(self, view: View) -> Iterable[Action]:
        limit = self.settings.max_run
        for index in view.assistant_turns:
            if len(view.text(index)) < limit:
                continue
            run = longest_run(view.prose(index), at_least=limit)
            if run is None:
                continue
            reason = f"turn {index}: {run.unit!r} stands {run.num_repeats} times in a row"
            if asks_for_repetition(view.user_text_before(index)):
                yield Flag(f"{reason}, as the user asked", caps=False, value=run.num_repeats)
            else:
                yield Drop(
                    reason,
                    run.num_repeats,
                    limit,
                    Place(index, run.start, run.unit * min(80, limit)),
                )
