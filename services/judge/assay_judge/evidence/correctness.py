"""Correctness: the share of the turn's claims that code could check and that hold.

Checked are stated computations, tool calls, citations and quotations, fenced code, and how far an
answer rests on the documents. Without any of these the dimension is not applicable: that nothing
was found says nothing about what nobody checked.
"""

from collections.abc import Iterator

from assay.verifiers.arithmetic import check_arithmetic
from assay.verifiers.citation_marks import find_marks
from assay.verifiers.citations import MISSING_DOCUMENT, UNSUPPORTED_QUOTE
from assay.verifiers.code import check_code
from assay_judge.evidence.documents import documents_overlap, support_of
from assay_judge.evidence.measures import Measure, share_measure
from assay_judge.evidence.turn import Turn

_CLAIMS = (
    ("computations", check_arithmetic, "incorrect_computation"),
    ("code", check_code, "unparsable_code"),
)
UNGROUNDED = 0.85  # the most that a lack of overlap costs: it is evidence, not proof


def measure_correctness(turn: Turn) -> Iterator[Measure]:
    """Yield a measure for each kind of claim that could be checked."""
    if turn.message.tool_calls:
        yield _tool_calls(turn)
    for name, check, kind in _CLAIMS:
        claims = turn.claims(check, kind)
        if claims.num_checked:
            yield share_measure(name, num_checked=claims.num_checked, num_failed=claims.num_failed)
    if turn.view.sample.documents:
        yield from _citations(turn)
        yield from _grounding(turn)


def _tool_calls(turn: Turn) -> Measure:
    faulty = {
        f.place.field.rpartition("/")[0] for f in turn.findings if f.kind == "invalid_tool_call"
    }
    num_calls = len(turn.message.tool_calls)
    return share_measure(
        "tool_calls", num_checked=num_calls, num_failed=min(len(faulty), num_calls)
    )


def _citations(turn: Turn) -> Iterator[Measure]:
    marks = sum(mark.is_plain for mark in find_marks(turn.view, turn.index))
    missing = sum(f.kind == MISSING_DOCUMENT for f in turn.findings)
    unsupported = sum(f.kind == UNSUPPORTED_QUOTE for f in turn.findings)
    num_cited = max(marks, missing)
    if num_cited:
        yield share_measure("citations", num_checked=num_cited, num_failed=missing)
    if unsupported:
        yield Measure("unsupported_quotations", unsupported, min(0.3, 0.15 * unsupported))


def _grounding(turn: Turn) -> Iterator[Measure]:
    overlap = documents_overlap(turn)
    if overlap is not None:
        yield Measure("grounding", overlap, UNGROUNDED * (1.0 - support_of(overlap)))
