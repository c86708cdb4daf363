"""What the service tells of itself: its rubrics, its judge, its limits, the server behind it."""

from typing import Any

import orjson

from assay_judge.service.rubrics import describe_rubrics
from assay_judge.service.scoring import Scoring


class Overview:
    """Answers `GET /v1/rubrics` and `GET /v1/capabilities`."""

    def __init__(self, scoring: Scoring, *, version: str, max_body_bytes: int) -> None:
        self._scoring = scoring
        self._version = version
        self._max_body_bytes = max_body_bytes
        options = scoring.options
        self.rubrics = orjson.dumps(describe_rubrics(options.rubrics, options.default_rubric))

    def capabilities(self, mode: str | None, rubric: str | None) -> dict[str, Any]:
        """Return what can be done now, and the version of the judge for `mode` and `rubric`.

        Raises:
            ProblemError: there is no such mode or rubric.
        """
        scoring = self._scoring
        options, limits, admission = scoring.options, scoring.limits, scoring.admission
        choice = options.choose(mode, rubric)
        reason = scoring.availability.reason()
        backend = scoring.source.capabilities()
        judge = None
        if reason is None:
            answering = scoring.source.judge(choice.mode, choice.rubric.rubric)
            judge = {"name": answering.name, "version": answering.version}
        return {
            "service": "assay judge",
            "version": self._version,
            "is_ready": reason is None,
            "reason": reason,
            "judge": judge,
            "modes": options.modes,
            "default_mode": options.default_mode if options.modes else None,
            "rubrics": list(options.rubrics),
            "default_rubric": options.default_rubric,
            "limits": {
                "max_batch": limits.max_batch,
                "max_body_bytes": self._max_body_bytes,
                "max_sample_bytes": limits.max_sample_bytes,
                "max_in_flight": admission.max_in_flight,
                "max_queued": admission.max_queued,
                "request_timeout_seconds": limits.request_timeout_seconds,
            },
            "backend": None if backend is None else backend.model_dump(mode="json"),
        }
