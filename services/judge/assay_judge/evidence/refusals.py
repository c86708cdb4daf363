"""Refusals that code may hold against a turn: bare ones that nothing in the sample excuses.

Whether a refusal was right cannot be told by code. One that gives a reason or offers help is left
alone; so is one where documents or tools are given, which may lack what was asked.
"""

from assay.verifiers.refusal import RefusalKind, refusal_kind
from assay_judge.evidence.turn import Turn


def refusal_of(turn: Turn) -> RefusalKind:
    """The kind of refusal that the turn begins with; NONE where the sample excuses it."""
    sample = turn.view.sample
    if sample.documents or sample.tools or turn.calls:
        return RefusalKind.NONE
    return turn.view.cached(("evidence.refusal", turn.index), lambda: refusal_kind(turn.text))
