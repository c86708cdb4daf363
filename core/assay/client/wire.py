"""Samples and judgements as they go over the wire: canonical JSON out, typed values in.

What is sent reads back as the sample that it was made of (property-tested against the adapters), so
a service judges what an engine in this process would. What comes in is believed only if it has the
judgements that were asked for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.judgement import Judgement, Usage
from assay.domain.sample import Document, Message, Sample, Tool
from assay.domain.verdict import Decision, Verdict

QUOTED_CHARS = 80
_CODES = frozenset(
    (
        "context_overflow",
        "malformed",
        "low_label_mass",
        "timeout",
        "unreachable",
        "server_error",
        "saturated",
        "refused",
        "failed",
    )
)
_CODE_OF_STATUS = {
    408: "timeout",
    429: "saturated",
    500: "failed",
    502: "server_error",
    503: "unreachable",
    504: "timeout",
}
_PROBLEMS = "urn:assay:problem:"
_BUDGET = f"{_PROBLEMS}budget-spent"


class TurnDecision(NamedTuple):
    """The decision on one assistant turn; weight 0: a trainer should not learn from it."""

    turn: int
    decision: Decision
    overall: int | None
    weight: int


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """One graded sample: a judgement per assistant turn, and the verdict by the rubric."""

    sample_id: str
    judgements: tuple[Judgement, ...]
    verdict: Verdict
    turns: tuple[TurnDecision, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not answered, whether it may be asked again, and when.

    `is_foreign`: no judge service said it, nor what stands before one; nothing is known at this
    path, or it is final and no problem of the service's.
    """

    error: JudgeBackendError | BudgetError
    may_pass: bool
    status: int
    retry_after_seconds: float | None = None
    is_saturated: bool = False  # there is no room for it now: nothing was tried, nothing failed
    is_foreign: bool = False


def sample_body(sample: Sample) -> bytes:
    """Return a sample as canonical JSON.

    Raises:
        JudgeBackendError: it holds what JSON in UTF-8 cannot say (half a character, NaN).
    """
    row: dict[str, Any] = {"type": sample.type, "messages": [*map(message_row, sample.messages)]}
    if sample.tools:
        row["tools"] = [*map(_tool, sample.tools)]
    if sample.documents:
        row["documents"] = [*map(_document, sample.documents)]
    for name in ("id", "language", "source", "metadata"):
        value = getattr(sample, name)
        if value:
            row[name] = value
    try:
        return orjson.dumps(row)
    except TypeError:
        pass  # integers beyond 64 bits, or half a character
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as exc:
        raise JudgeBackendError(
            f"expected a sample that JSON in UTF-8 can say, found one that is not "
            f"({type(exc).__name__}); mend its text",
            "refused",
        ) from exc


def read_result(answer: Mapping[str, Any], expected_turns: Sequence[int]) -> ScoreResult:
    """Return one graded sample.

    Raises:
        JudgeBackendError: the answer is not of the form agreed on (code `malformed`).
    """
    try:
        judgements = tuple([Judgement.model_validate(j) for j in answer["judgements"]])
        verdict = answer["verdict"]
        result = ScoreResult(
            str(answer["sample_id"]),
            judgements,
            Verdict(
                Decision(verdict["decision"]),
                verdict["overall"],
                verdict["weight_covered"],
                tuple(verdict["reasons"]),
                verdict["basis"],
            ),
            tuple([_turn(turn) for turn in verdict["turns"]]),
            Usage.model_validate(answer["usage"]),
        )
    except (ValidationError, KeyError, TypeError, ValueError) as exc:
        raise malformed(type(exc).__name__) from exc
    found = [judgement.turn for judgement in judgements]
    if found != list(expected_turns):
        raise malformed(f"judgements of turns {found!r:.80}, not of {list(expected_turns)!r:.80}")
    return result


def read_refusal(status: int, problem: object, retry_after: str | None) -> Refusal:
    """Return what an answer other than 200, or a problem within a batch, means."""
    members = problem if isinstance(problem, dict) else {}
    detail = str(members.get("detail", ""))[:QUOTED_CHARS]
    message = f"the judge service answered {status}" + (f": {detail}" if detail else "")
    wait = _seconds(retry_after, members.get("retry_after_seconds"))
    if members.get("type") == _BUDGET:
        return Refusal(BudgetError(message), False, status)
    code = members.get("code")
    if code not in _CODES:
        code = _CODE_OF_STATUS.get(status, "refused")
    may_pass = members.get("retryable")
    if not isinstance(may_pass, bool):
        may_pass = status in (408, 429, 502, 503, 504)
    is_saturated = may_pass and _is_saturated(status, members.get("code"), wait)
    is_problem = str(members.get("type", "")).startswith(_PROBLEMS)
    is_foreign = status == 404 or not (may_pass or is_problem)
    error = JudgeBackendError(message, code, status)
    return Refusal(error, may_pass, status, wait, is_saturated, is_foreign)


def _is_saturated(status: int, code: object, wait: float | None) -> bool:
    """Tell a service that has too much to do from one whose model server is gone."""
    if status == 429 or code == "saturated":
        return True
    return status == 503 and wait is not None and code != "unreachable"


def read_object(body: bytes) -> Any:
    """Return an answer's JSON.

    Raises:
        JudgeBackendError: it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise malformed("no JSON") from exc


def malformed(found: str) -> JudgeBackendError:
    """Return the error of an answer that is not of the form agreed on."""
    return JudgeBackendError(
        f"expected an answer of a judge service, found {found}; check the URL and the versions",
        "malformed",
    )


def message_row(message: Message) -> dict[str, Any]:
    """Return a message as every service reads it; members that it lacks are left out."""
    row: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        row["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        row["tool_call_id"] = message.tool_call_id
    if message.name is not None:
        row["name"] = message.name
    return row


def _tool(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


def _document(document: Document) -> dict[str, Any]:
    return {"doc_id": document.doc_id, "title": document.title, "text": document.text}


def _turn(turn: Mapping[str, Any]) -> TurnDecision:
    return TurnDecision(turn["turn"], Decision(turn["decision"]), turn["overall"], turn["weight"])


def _seconds(header: str | None, member: object) -> float | None:
    if header is not None and header.isascii() and header.isdigit():
        return float(header[:9])
    return float(member) if isinstance(member, int | float) else None
