"""Checks that fenced code parses in the language that its fence declares (Python, JSON, SQL).

Precision first: what is evidently a fragment, a transcript or a sketch is not decided, and an
unclosed block is a matter of truncation. Findings are notes, not hard defects: a reader may well
have asked for broken code.
"""

from assay.domain.action import Place
from assay.domain.finding import Finding, Report
from assay.verifiers.code_json import check_json, check_json_lines
from assay.verifiers.code_outcome import UNDECIDED, Outcome
from assay.verifiers.code_python import check_python
from assay.verifiers.code_sql import SQL_LANGUAGES, check_sql
from assay.verifiers.view import CodeBlock, View

KIND = "unparsable_code"
MAX_BLOCKS = 50  # blocks parsed in one turn
MAX_QUOTE = 200

_PYTHON = frozenset(("python", "py", "python3", "py3", "{.python}", "{python}"))
_JSON_LINES = frozenset(("jsonl", "ndjson"))


def check_code(view: View) -> Report:
    """Parse the declared code blocks of the assistant turns of `view`."""
    return view.cached("code", lambda: _check(view))


def _check(view: View) -> Report:
    num_checked = 0
    findings: list[Finding] = []
    for index in view.assistant_turns:
        for block in view.code_blocks(index)[:MAX_BLOCKS]:
            outcome = _parse(block)
            num_checked += outcome.is_decided
            if outcome.line:
                findings.append(_finding(index, block, outcome))
    return Report("code", num_checked, tuple(findings))


def _parse(block: CodeBlock) -> Outcome:
    if not block.closed or not block.body.strip():
        return UNDECIDED
    match _family(block.language):
        case "python":
            return check_python(block.body)
        case "json":
            return check_json(block.body)
        case "jsonl":
            return check_json_lines(block.body)
        case "sql":
            return check_sql(block.body, block.language)
    return UNDECIDED


def _family(language: str) -> str:
    if language in _PYTHON:
        return "python"
    if language in _JSON_LINES:
        return "jsonl"
    return "sql" if language in SQL_LANGUAGES else language


def _finding(index: int, block: CodeBlock, outcome: Outcome) -> Finding:
    family = _family(block.language)
    place = _place(index, block, outcome.line)
    message = " ".join(outcome.message.split())[:120]
    reason = f"expected {family} that parses, found {message!r} in line {outcome.line} of the block"
    return Finding(KIND, place, reason, hard=False, code=family)


def _place(index: int, block: CodeBlock, line: int) -> Place:
    """The faulty line, or the last one with text before it."""
    lines = block.body.split("\n")
    number = min(line, len(lines)) - 1
    while number > 0 and not lines[number].strip():
        number -= 1
    start = block.body_start + sum(len(text) + 1 for text in lines[:number])
    text = lines[number]
    quote = text.strip()[:MAX_QUOTE]
    return Place(index, start + len(text) - len(text.lstrip()), quote)
