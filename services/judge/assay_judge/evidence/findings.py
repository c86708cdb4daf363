"""What the verifiers found, sorted by assistant turn, and the defects made of it.

A finding is a fact that code decided, so its defect is `verified`. The exception is an unsupported
quotation: a paraphrase in quotation marks is no proof of an invention, so it stays `unverified`.
A citation of a document that does not exist is an invention, hence a `hallucination`.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from assay.domain.finding import Finding, Report
from assay.domain.judgement import Defect, DefectStatus
from assay.verifiers.arithmetic import check_arithmetic
from assay.verifiers.citations import MISSING_DOCUMENT, UNSUPPORTED_QUOTE, check_citations
from assay.verifiers.code import check_code
from assay.verifiers.requested_format import check_requested_format
from assay.verifiers.tool_calls import check_tool_calls
from assay.verifiers.view import View
from assay_judge.evidence.structure import KIND as STRUCTURE
from assay_judge.evidence.structure import structure_faults

_CHECKS: tuple[Callable[[View], Report], ...] = (
    check_tool_calls,
    check_arithmetic,
    check_citations,
    check_code,
    check_requested_format,
)
_KIND_OF = {MISSING_DOCUMENT: "hallucination"}
_UNVERIFIED = frozenset((UNSUPPORTED_QUOTE,))
_DETECTOR_OF = {
    "incorrect_computation": "arithmetic",
    "invalid_tool_call": "tool_calls",
    MISSING_DOCUMENT: "citations",
    UNSUPPORTED_QUOTE: "citations",
    "unparsable_code": "code",
    "instruction_violation": "requested_format",
    STRUCTURE: "structure",
}


def findings_by_turn(view: View) -> Mapping[int, tuple[Finding, ...]]:
    """All findings by the index of the assistant turn that they speak about."""
    turns = view.assistant_turns
    by_turn: defaultdict[int, list[Finding]] = defaultdict(list)
    for finding in _findings(view):
        by_turn[_turn_of(finding, turns)].append(finding)
    return {index: tuple(findings) for index, findings in by_turn.items()}


def defect_of(finding: Finding) -> Defect:
    """The defect that `finding` proves or, where it proves none, suggests."""
    is_verified = finding.kind not in _UNVERIFIED
    return Defect(
        kind=_KIND_OF.get(finding.kind, finding.kind),
        status=DefectStatus.VERIFIED if is_verified else DefectStatus.UNVERIFIED,
        quote=finding.place.quote,
        message=finding.place.message,
        field=finding.place.field,
        detector=f"{_DETECTOR_OF.get(finding.kind, 'evidence')}.{finding.code}",
        reason=finding.reason,
    )


def _findings(view: View) -> Iterator[Finding]:
    for check in _CHECKS:
        yield from check(view).findings
    yield from structure_faults(view)


def _turn_of(finding: Finding, turns: Sequence[int]) -> int:
    """The turn itself; the next answer for a fault before it; the call for a tool result."""
    message = finding.place.message
    if finding.kind == STRUCTURE:
        return turns[min(bisect_left(turns, message), len(turns) - 1)]
    return turns[max(bisect_right(turns, message) - 1, 0)]
