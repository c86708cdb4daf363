"""What the filter service says when it does not do what was asked, beyond what all services say."""

from assay.domain.errors import AssayError, JudgeBackendError
from assay.web.problems import (
    BODY_TIMEOUT,
    BODY_TOO_LARGE,
    INVALID_REQUEST,
    MALFORMED_BODY,
    UNAUTHORIZED,
    UNSUPPORTED_MEDIA_TYPE,
    Kind,
    Problem,
    ProblemError,
)

NOT_ACCEPTABLE = Kind(406, "not-acceptable", "The result cannot be given in this format")
FILE_NOT_FOUND = Kind(404, "file-not-found", "There is no such file")
RUN_NOT_FOUND = Kind(404, "run-not-found", "There is no such run")
BATCH_NOT_FOUND = Kind(404, "batch-not-found", "There is no such batch")
FILE_IN_USE = Kind(409, "file-in-use", "A run works on the file", True)
KEY_IN_FLIGHT = Kind(409, "idempotency-key-in-flight", "The first request is still at work", True)
RUN_NOT_FINISHED = Kind(409, "run-not-finished", "The run has no results yet", True)
RUN_STATE = Kind(409, "run-state", "The run is not in a state that allows this")
RESULT_GONE = Kind(410, "result-gone", "The result is not in the store any more")
RANGE_NOT_SATISFIABLE = Kind(416, "range-not-satisfiable", "The range lies beyond the end")
INVALID_CONFIGURATION = Kind(422, "invalid-configuration", "The pipeline or rubric is not valid")
KEY_REUSED = Kind(422, "idempotency-key-reused", "The key belongs to another request")
UNUSABLE_FILE = Kind(422, "unusable-file", "The file cannot be curated")
DATABASE_AWAY = Kind(503, "database-away", "The database does not answer", True)
JUDGE_UNREACHABLE = Kind(503, "judge-unreachable", "The judge cannot be reached", True)
STORAGE_FULL = Kind(507, "storage-full", "There is no room for more files")

READING_KINDS = (
    MALFORMED_BODY,
    UNAUTHORIZED,
    BODY_TIMEOUT,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_REQUEST,
    DATABASE_AWAY,
)
ACCEPTING_KINDS = (
    *READING_KINDS,
    FILE_NOT_FOUND,
    INVALID_CONFIGURATION,
    JUDGE_UNREACHABLE,
    KEY_IN_FLIGHT,
    KEY_REUSED,
)
RETRY_SECONDS = 5
MAX_DETAIL_CHARS = 2000


def refused(kind: Kind, detail: str, *, retry_after_seconds: int | None = None) -> ProblemError:
    """Return the error of one problem."""
    return ProblemError(Problem(kind, detail, retry_after_seconds=retry_after_seconds))


def told(kind: Kind, error: AssayError) -> ProblemError:
    """Return the problem that an error of Assay means to a client; a judge's code goes with it."""
    extra = {"code": error.code} if isinstance(error, JudgeBackendError) else {}
    wait = RETRY_SECONDS if kind.is_retryable and kind.status == 503 else None
    return ProblemError(
        Problem(kind, str(error)[:MAX_DETAIL_CHARS], retry_after_seconds=wait, extra=extra)
    )


def not_found(kind: Kind, what: str, given: str) -> ProblemError:
    """Return the problem of an id that nothing has."""
    return refused(kind, f"expected the id of a {what}, found {given[:80]!r}, which no {what} has")
