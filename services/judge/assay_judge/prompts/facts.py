"""What code decided about the judged turn: sentences for the judge, defects for the judgement.

A judge that is told what was computed need not guess it. Faults are told with their words, and so
is what was checked and held, for its absence from a list of faults would say less. Invariant: each
sentence is one line, ours but for JSON literals of the sample's words (see `encode_text`).
"""

from collections.abc import Callable, Iterator, Mapping

from assay.domain.finding import Finding, Report
from assay.domain.judgement import Defect, DefectStatus
from assay.verifiers.arithmetic import check_arithmetic
from assay.verifiers.citations import MISSING_DOCUMENT, UNSUPPORTED_QUOTE, check_citations
from assay.verifiers.code import check_code
from assay.verifiers.requested_format import check_requested_format
from assay.verifiers.requested_format.identified import find_instructions
from assay.verifiers.tool_calls import declared_schemas
from assay.verifiers.view import View
from assay_judge.evidence.findings import defect_of, findings_by_turn
from assay_judge.evidence.structure import KIND as STRUCTURE
from assay_judge.evidence.turn import Turn
from assay_judge.hostile.encoding import encode_text
from assay_judge.prompts.files import PromptFile, read_prompts

MAX_FACTS = 12
MAX_QUOTE = 200  # characters of the sample's words in one fact
MAX_REASON = 240  # characters; a verifier's sentence may hold names from the sample

_TOLD = frozenset(
    (
        "incorrect_computation", "invalid_tool_call", MISSING_DOCUMENT, UNSUPPORTED_QUOTE,
        "unparsable_code", "instruction_violation",
    )
)  # fmt: skip
_INSTRUCTIONS = "instruction_violation"
_HOLDING: Mapping[str, tuple[Callable[[View], Report], str]] = {
    "equations_hold": (check_arithmetic, "incorrect_computation"),
    "code_parses": (check_code, "unparsable_code"),
    "requirements_hold": (check_requested_format, _INSTRUCTIONS),
}


def code_facts(view: View, turn: int) -> tuple[str, ...]:
    """Return what code found out about message `turn`, at most `MAX_FACTS` sentences.

    Hard faults come first, then the others, then what was checked and holds. Faults of the
    conversation's shape are not told: they are no fault of this response.
    """
    sentences = read_prompts().file("facts")
    findings = [finding for finding in _findings(view, turn) if finding.kind != STRUCTURE]
    findings.sort(key=lambda finding: not finding.hard)
    holding = tuple(_holding(view, turn, tuple(findings), sentences))
    room = MAX_FACTS - len(holding)
    told = len(findings) if len(findings) <= room else room - 1
    faults = [_fault(finding, sentences) for finding in findings[:told]]
    if told < len(findings):
        faults.append(sentences.phrase("more").fill({"count": str(len(findings) - told)}))
    return (*faults, *holding)


def code_defects(view: View, turn: int) -> tuple[Defect, ...]:
    """Return the defects of message `turn` that code verified."""
    defects = map(defect_of, _findings(view, turn))
    return tuple(defect for defect in defects if defect.status is DefectStatus.VERIFIED)


def _findings(view: View, turn: int) -> tuple[Finding, ...]:
    by_turn = view.cached("prompts.findings", lambda: findings_by_turn(view))
    return by_turn.get(turn, ())


def _fault(finding: Finding, sentences: PromptFile) -> str:
    values = {
        "quote": encode_text(finding.place.quote[:MAX_QUOTE]).literal,
        "reason": encode_text(finding.reason[:MAX_REASON]).literal,
    }
    sentence = sentences.phrase(finding.kind if finding.kind in _TOLD else "other")
    return sentence.fill({name: values[name] for name in sentence.fields})


def _holding(
    view: View, turn: int, findings: tuple[Finding, ...], sentences: PromptFile
) -> Iterator[str]:
    """What was checked and holds, by kind of check."""
    if not view.text(turn) and not view.messages[turn].tool_calls:
        return
    if not _is_anything_checked(view, turn):
        return
    judged = Turn(
        view,
        turn,
        view.text(turn),
        view.user_text_before(turn),
        turn == view.assistant_turns[-1],
        findings,
    )
    counts = {"tool_calls_hold": _num_calls_holding(judged)}
    for key, (check, kind) in _HOLDING.items():
        counts[key] = _num_holding(judged, check, kind)
    counts["citations_hold"] = _num_citations_holding(judged)
    for key, count in counts.items():
        if count > 0:
            yield sentences.phrase(key).fill({"count": str(count)})


def _is_anything_checked(view: View, turn: int) -> bool:
    """Whether a verifier could decide something; of most conversations none could."""
    if view.sample.documents or view.messages[turn].tool_calls:
        return True
    return any(check(view).num_checked for check, _ in _HOLDING.values())


def _num_holding(turn: Turn, check: Callable[[View], Report], kind: str) -> int:
    if kind == _INSTRUCTIONS and not turn.is_last and find_instructions(turn.view.sample.metadata):
        return 0  # published instructions speak of the last answer
    claims = turn.claims(check, kind)
    return claims.num_checked - claims.num_failed


def _num_citations_holding(turn: Turn) -> int:
    if not turn.view.sample.documents:
        return 0
    claims = turn.claims(check_citations, MISSING_DOCUMENT)
    unsupported = sum(finding.kind == UNSUPPORTED_QUOTE for finding in turn.findings)
    return claims.num_checked - claims.num_failed - unsupported


def _num_calls_holding(turn: Turn) -> int:
    """The number of the turn's calls if every one of them was checked and none is faulty."""
    calls = turn.message.tool_calls
    if not calls or any(finding.kind == "invalid_tool_call" for finding in turn.findings):
        return 0
    schemas = declared_schemas(turn.view)
    checked = (call.name in schemas and schemas[call.name].validator is not None for call in calls)
    return len(calls) if all(checked) else 0
