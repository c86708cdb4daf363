"""Instruction following: stated requirements that hold, and plain signs of a missed request.

Requirements on form are checked by code. Without any, only faults make the dimension applicable:
the wrong language, the question handed back, a bare refusal, nothing said, a text that is mostly
damage, another topic. An answer without such faults is not thereby shown to do what was asked.
"""

from collections.abc import Iterator

from assay.verifiers.refusal import RefusalKind
from assay.verifiers.requested_format import check_requested_format
from assay.verifiers.requested_format.identified import find_instructions
from assay_judge.evidence.completeness import cut_of
from assay_judge.evidence.conciseness import echoed_share, loop_share
from assay_judge.evidence.language_conflict import language_conflict
from assay_judge.evidence.measures import Measure, share_measure
from assay_judge.evidence.naturalness import FEW_CHARS
from assay_judge.evidence.refusals import refusal_of
from assay_judge.evidence.topic import topical_share
from assay_judge.evidence.turn import Turn
from assay_judge.evidence.wording import abstains, asks_back

MIN_UNUSABLE = 0.5  # share of a turn that is loop, echo or damage
MIN_CUT = 0.75  # evidence of a cut from which the turn cannot have done what was asked
DAMAGE_FACTOR = 4.0  # a tenth of damaged characters makes four tenths of the words unreadable
LOW_TOPIC = 0.3
LONE_TOPIC = 0.2


def measure_instruction_following(turn: Turn) -> Iterator[Measure]:
    """Yield requirements and plain faults; nothing where neither was found."""
    if turn.is_silent:
        yield Measure("empty", 1.0, 1.0)
        return
    yield from _requirements(turn)
    conflict = language_conflict(turn)
    if conflict:
        yield Measure("language_conflict", conflict, 0.75 * conflict)
    if refusal_of(turn) is RefusalKind.BARE:
        yield Measure("bare_refusal", 1.0, 0.6)
    unusable = _unusable_share(turn)
    if unusable >= MIN_UNUSABLE:
        yield Measure("unusable_share", unusable, 0.8 * unusable)
    cut = cut_of(turn)
    if cut >= MIN_CUT:
        yield Measure("cut", cut, 0.55 * cut)
    if not conflict:
        yield from _topic(turn)


def _requirements(turn: Turn) -> Iterator[Measure]:
    if not turn.is_last and find_instructions(turn.view.sample.metadata):
        return  # published instructions speak of the last answer
    claims = turn.claims(check_requested_format, "instruction_violation")
    if claims.num_checked:
        yield share_measure(
            "requirements", num_checked=claims.num_checked, num_failed=claims.num_failed
        )


def _unusable_share(turn: Turn) -> float:
    damage = min(1.0, DAMAGE_FACTOR * _damage(turn))
    return max(loop_share(turn), echoed_share(turn), damage)


def _damage(turn: Turn) -> float:
    noise = turn.noise()
    return (noise.mojibake + noise.replacement) * min(1.0, len(turn.text) / FEW_CHARS)


def _topic(turn: Turn) -> Iterator[Measure]:
    share = topical_share(turn)
    documents = turn.view.sample.documents
    if share is None or (documents and (asks_back(turn.text) or abstains(turn))):
        return
    is_long = turn.index > 2 or bool(documents)
    threshold, weight = (LOW_TOPIC, 0.45) if is_long else (LONE_TOPIC, 0.2)
    if share < threshold:
        yield Measure("topical_share", share, weight * (1.0 - share / threshold))
