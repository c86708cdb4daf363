"""When failures of a judge mean that it is gone: the run stops, resumable, and loses nothing.

A failed judgement is a sample in `error`, and a failed rewrite a note: neither is asked for again.
So what a server's absence did must not be committed. `unreachable` is never a sample's fault; other
failures may be, unless nobody gets an answer.
"""

from collections.abc import Sequence

from assay.domain.errors import JudgeBackendError

UNREACHABLE = "unreachable"
OUTAGE = frozenset((UNREACHABLE, "server_error", "timeout", "saturated"))
MIN_OUTAGE = 8  # so many without one answer are an outage, not bad luck


def stop_on_outage(answers: Sequence[object]) -> None:
    """Raise where these answers of a judge, or of its model, show that it is gone.

    Raises:
        JudgeBackendError: one was `unreachable`, or all of at least 8 failed as in an outage.
    """
    failures = [answer for answer in answers if isinstance(answer, JudgeBackendError)]
    for failure in failures:
        if failure.code == UNREACHABLE:
            raise failure
    is_all = len(failures) == len(answers) >= MIN_OUTAGE
    if is_all and all(failure.code in OUTAGE for failure in failures):
        raise failures[0]
