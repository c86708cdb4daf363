"""Whether an answer has the form that the user asked for.

Two ways in: a sample that carries published instruction ids is held to these; any other to what
the user's last turn before the answer says in plain words, as far as code can decide it.
"""

from collections.abc import Iterator

from assay.domain.action import Place
from assay.domain.finding import Finding, Report
from assay.verifiers.requested_format.identified import check_instruction, find_instructions
from assay.verifiers.requested_format.instruction import Outcome
from assay.verifiers.requested_format.request import read_request
from assay.verifiers.requested_format.table import PLAIN_CHECKS
from assay.verifiers.view import View

VERIFIER = "requested_format"
KIND = "instruction_violation"
_MAX_QUOTE = 80
_MAX_ANSWER = 200_000  # characters; nobody asks for the form of more


def check_requested_format(view: View) -> Report:
    """Check every answer of the sample; `num_checked` counts requirements that could be decided."""
    return view.cached(VERIFIER, lambda: _report(view))


def _report(view: View) -> Report:
    findings: list[Finding] = []
    num_checked = 0
    for index, code, outcome in _outcomes(view):
        num_checked += 1
        if outcome.failure is not None:
            quote = view.text(index)[:_MAX_QUOTE]
            findings.append(Finding(KIND, Place(index, 0, quote), outcome.failure, False, code))
    return Report(VERIFIER, num_checked, tuple(findings))


def _outcomes(view: View) -> Iterator[tuple[int, str, Outcome]]:
    instructions = find_instructions(view.sample.metadata)
    turns = view.assistant_turns
    if instructions and turns:
        last = turns[-1]
        prompt = view.user_text_before(last)
        for one in instructions:
            outcome = check_instruction(view.text(last), prompt, one)
            if outcome is not None:
                yield last, one.id, outcome
        return
    for index in turns:
        is_read = view.text(index).strip() and len(view.text(index)) <= _MAX_ANSWER
        if is_read and not view.messages[index].tool_calls:
            yield from _plain_outcomes(view, index)


def _plain_outcomes(view: View, index: int) -> Iterator[tuple[int, str, Outcome]]:
    request = read_request(view.user_text_before(index))
    if request is None:
        return
    for check in PLAIN_CHECKS:
        for code, outcome in check(view.text(index), request):
            yield index, code, outcome
