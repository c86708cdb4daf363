"""What the service says when a sample was not judged: a judge's error code becomes a problem.

The code goes with the problem, so that a client can tell a judge's limit from its death. A failed
judgement is never a score and never the sample's fault, except where its text does not fit into the
judge's context at all.
"""

from collections.abc import Mapping

from assay.domain.errors import AssayError, BudgetError, JudgeBackendError
from assay.web.problems import NOT_READY, Kind, Problem

BUDGET_SPENT = Kind(402, "budget-spent", "The budget for judging is spent")
SAMPLE_TOO_LARGE = Kind(413, "sample-too-large", "The sample is too large")
CONTEXT_OVERFLOW = Kind(422, "context-overflow", "The sample does not fit into the judge's context")
JUDGE_FAILED = Kind(500, "judge-failed", "The judge failed")
JUDGE_MALFORMED = Kind(502, "judge-malformed", "The judge's answer is not of the form asked for")
JUDGE_UNSURE = Kind(502, "judge-low-label-mass", "The judge does not answer with scores")
JUDGE_REFUSED = Kind(502, "judge-refused", "The model server refused the question")
JUDGE_SERVER_ERROR = Kind(502, "judge-server-error", "The model server failed", True)
JUDGE_SATURATED = Kind(503, "judge-saturated", "The model server has too much to do", True)
JUDGE_UNREACHABLE = Kind(503, "judge-unreachable", "The model server cannot be reached", True)
JUDGE_TIMEOUT = Kind(504, "judge-timeout", "The judge did not answer in time", True)

KIND_OF_CODE: Mapping[str, Kind] = {
    "context_overflow": CONTEXT_OVERFLOW,
    "failed": JUDGE_FAILED,
    "low_label_mass": JUDGE_UNSURE,
    "malformed": JUDGE_MALFORMED,
    "refused": JUDGE_REFUSED,
    "saturated": JUDGE_SATURATED,
    "server_error": JUDGE_SERVER_ERROR,
    "timeout": JUDGE_TIMEOUT,
    "unreachable": JUDGE_UNREACHABLE,
}
SCORING_KINDS = (NOT_READY, BUDGET_SPENT, SAMPLE_TOO_LARGE, *KIND_OF_CODE.values())

_RETRY_SECONDS = {"saturated": 2, "unreachable": 5}


def problem_of(error: AssayError) -> Problem:
    """Return the problem of a judge's or a budget's error."""
    if isinstance(error, BudgetError):
        return Problem(BUDGET_SPENT, str(error))
    code = error.code if isinstance(error, JudgeBackendError) else "failed"
    kind = KIND_OF_CODE.get(code, JUDGE_FAILED)
    return Problem(
        kind, str(error), retry_after_seconds=_RETRY_SECONDS.get(code), extra={"code": code}
    )


def not_ready(reason: str, retry_after_seconds: int) -> Problem:
    """Return the problem of a request that came while there is no judge."""
    return Problem(
        NOT_READY,
        f"expected a judge that answers, found: {reason}; ask again later",
        retry_after_seconds=retry_after_seconds,
        extra={"code": "unreachable"},
    )
