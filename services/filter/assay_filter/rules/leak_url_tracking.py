"""leak.url_tracking: what other products' browsing tools leave behind is removed from answers.

Tracking parameters, expired signatures, sandbox paths and citation markers mean nothing to a reader
and teach a model to invent them (`assay.verifiers.url_debris`). Code is left alone, and so is what
the user's own message holds: the answer may be about it.
"""

from collections import Counter
from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Edit, Fix
from assay.verifiers.url_debris import Debris, find_url_debris
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class LeakUrlTrackingSettings(RuleSettings):
    """What is left alone."""

    keep_given: bool = Field(
        default=True, description="true keeps what the user's message before the answer also holds"
    )


class LeakUrlTracking(Rule[LeakUrlTrackingSettings]):
    """Removes tracking parameters, signatures, sandbox paths and citation markers."""

    id = "leak.url_tracking"
    summary = "Tracking parameters, signed URLs, sandbox paths, citation markers in answers: fix"
    settings_type = LeakUrlTrackingSettings

    def check(self, view: View) -> Iterable[Action]:
        for turn in view.assistant_turns:
            debris = find_url_debris(view.prose(turn))
            if debris and self.settings.keep_given:
                debris = _not_given(view, turn, debris)
            if debris:
                kinds = Counter(piece.kind for piece in debris)
                found = ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items()))
                edits = _edits(turn, view.text(turn), debris)
                yield Fix(edits, f"removed debris of a browsing tool: {found}")


def _not_given(view: View, turn: int, debris: tuple[Debris, ...]) -> tuple[Debris, ...]:
    prompt = view.user_text_before(turn)
    given = {prompt[piece.start : piece.end].strip() for piece in find_url_debris(prompt)}
    text = view.text(turn)
    return tuple(p for p in debris if text[p.start : p.end].strip() not in given)


def _edits(turn: int, text: str, debris: tuple[Debris, ...]) -> tuple[Edit, ...]:
    """From the last to the first: an edit does not move those before it."""
    pointer = f"/messages/{turn}/content"
    return tuple(
        Edit(pointer, piece.start, text[piece.start : piece.end], piece.after)
        for piece in reversed(debris)
    )
