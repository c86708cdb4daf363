"""`POST /v1/tasks/validate`: which tasks may be trained on, and why others may not.

Tasks are admitted like rollouts, and answered within the same time.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from assay.web.problems import FieldError, Problem, ProblemError, invalid
from assay.web.saturation import Admission
from assay_rl_rewards.service.asking import read_envelope
from assay_rl_rewards.service.scoring import REWARDS_TIMEOUT, Limits
from assay_rl_rewards.tasks.checking import summarise
from assay_rl_rewards.tasks.screening import ScreenedTask, TaskScreen


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    tasks: list[msgspec.Raw]


_REQUEST = msgspec.json.Decoder(_Request)


class TaskValidation:
    """What the route calls; one for the life of the service."""

    def __init__(self, screen: TaskScreen, admission: Admission, limits: Limits) -> None:
        self._screen = screen
        self._admission = admission
        self._limits = limits

    def check_room(self) -> None:
        """Refuse before a body is read where not even one task could be taken.

        Raises:
            ProblemError: 429 with `Retry-After`.
        """
        with self._admission.admit():
            pass

    async def validate(self, body: bytes) -> bytes:
        """Return the answer to a request.

        Raises:
            ProblemError: the request as a whole cannot be taken, or took too long.
        """
        texts = read_envelope(_REQUEST, body, "tasks").tasks
        most = self._limits.max_rollouts
        if not 1 <= len(texts) <= most:
            wrong = FieldError("/tasks", f"1 to {most} tasks", str(len(texts)))
            raise ProblemError(invalid([wrong]))
        seconds = self._limits.request_timeout_seconds
        with self._admission.admit(len(texts)):
            try:
                async with asyncio.timeout(seconds):
                    screened = await self._screen.screen([bytes(text) for text in texts])
            except TimeoutError:
                detail = f"expected checks within {seconds:g} s, found none; send fewer tasks"
                raise ProblemError(Problem(REWARDS_TIMEOUT, detail)) from None
        return _written(screened)


def _written(screened: Sequence[ScreenedTask]) -> bytes:
    checks = [each.checked.check for each in screened]
    summary = summarise([check for check in checks if check is not None])
    return orjson.dumps({"tasks": [_members(each) for each in screened], "summary": summary})


def _members(screened: ScreenedTask) -> dict[str, Any]:
    check = screened.checked.check
    return {
        "id": screened.id,
        "is_fit": screened.is_fit,
        "status": screened.checked.status.value,
        "reason": screened.checked.reason,
        "faults": [] if check is None else check.faults,
        "constants": [] if check is None else check.constants,
        "has_gold": None if check is None else check.has_gold,
    }
