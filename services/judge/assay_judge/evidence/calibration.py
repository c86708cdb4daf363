"""Calibration: whether the turn's confidence fits what code knows about its claims.

Only where something is known: a false computation, the overlap with the documents, a bare refusal.
Words of doubt halve the blame for claims that do not hold; words of certainty add to it.
"""

from collections.abc import Iterator

from assay.verifiers.arithmetic import check_arithmetic
from assay.verifiers.refusal import RefusalKind
from assay_judge.evidence.documents import documents_overlap, support_of
from assay_judge.evidence.measures import Measure
from assay_judge.evidence.refusals import refusal_of
from assay_judge.evidence.turn import Turn
from assay_judge.evidence.wording import hedges, num_certain

UNSUPPORTED = 0.5  # the most that claims without support cost an answer without doubt
HEDGED_FACTOR = 0.5  # of the blame, where the answer voices doubt
CERTAINTY = 0.1  # for each word of certainty about an unsupported claim


def measure_calibration(turn: Turn) -> Iterator[Measure]:
    """Yield how far the wording overstates; nothing where no claim could be checked."""
    overlap = documents_overlap(turn)
    num_false = sum(finding.hard for finding in turn.findings if finding.place.field == "content")
    if overlap is not None:
        yield from _unsupported(turn, 1.0 - support_of(overlap))
    if num_false:
        yield _false_claims(turn, num_false)
    if refusal_of(turn) is RefusalKind.BARE:
        yield Measure("bare_refusal", 1.0, 0.5)


def _false_claims(turn: Turn, num_false: int) -> Measure:
    computations = turn.claims(check_arithmetic, "incorrect_computation")
    share = num_false / max(num_false, computations.num_checked)
    penalty = (0.4 + 0.4 * share) * (HEDGED_FACTOR if hedges(turn.text) else 1.0)
    return Measure("false_claims", share, penalty)


def _unsupported(turn: Turn, unsupported: float) -> Iterator[Measure]:
    is_hedged = hedges(turn.text)
    penalty = unsupported * UNSUPPORTED * (HEDGED_FACTOR if is_hedged else 1.0)
    yield Measure("unsupported", unsupported, penalty)
    if is_hedged:
        yield Measure("hedged", 1.0)
    certain = num_certain(turn.prose())
    if certain:
        yield Measure("certain_words", certain, min(0.3, CERTAINTY * certain) * unsupported)
