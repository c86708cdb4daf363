"""`POST /v1/tasks/validate`: which tasks may be trained on, and why others may not.

Tasks are read like the tasks of rollouts and checked in the pool; a wrong one is unfit alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import orjson

from assay.datasets.json_text import JsonTextError
from assay.domain.errors import InvalidTaskError
from assay.domain.reward import RewardStatus
from assay.domain.rollout import Rollout
from assay.web.problems import FieldError, ProblemError, invalid
from assay.web.saturation import Admission
from assay_rl_rewards.engine import Grading
from assay_rl_rewards.pool.jobs import PoolItem
from assay_rl_rewards.rewarding.sheet import NamedTask, Tasks
from assay_rl_rewards.rollout_reading import MisfitError, TaskBody, TaskReader, said
from assay_rl_rewards.routes.versions import VersionedRoute
from assay_rl_rewards.service.asking import read_envelope
from assay_rl_rewards.tasks.checked import PREFIX, CheckedTask, read_check
from assay_rl_rewards.tasks.checking import FaultKind, TaskCheck, TaskFault, summarise


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    tasks: list[msgspec.Raw]


_REQUEST = msgspec.json.Decoder(_Request)
_BODY = msgspec.json.Decoder(TaskBody)


class TaskValidation:
    """What the route calls; one for the life of the service."""

    def __init__(
        self,
        routes: Mapping[str, VersionedRoute],
        pool: Grading,
        admission: Admission,
        max_tasks: int,
    ) -> None:
        self._routes = routes
        self._pool = pool
        self._admission = admission
        self._max_tasks = max_tasks

    async def validate(self, body: bytes) -> bytes:
        """Return the answer to a request.

        Raises:
            ProblemError: the request as a whole cannot be taken.
        """
        texts = read_envelope(_REQUEST, body, "tasks").tasks
        if not 1 <= len(texts) <= self._max_tasks:
            wrong = FieldError("/tasks", f"1 to {self._max_tasks} tasks", str(len(texts)))
            raise ProblemError(invalid([wrong]))
        with self._admission.admit(len(texts)):
            reading = _Reading(self._routes)
            read = [reading.read(bytes(text)) for text in texts]
            checked = await self._check(read)
        return _written([name for name, _ in read], checked)

    async def _check(
        self, read: Sequence[tuple[str | None, PoolItem | CheckedTask]]
    ) -> list[CheckedTask]:
        items = [each for _, each in read if isinstance(each, PoolItem)]
        outcomes = iter(await self._pool.run(items))
        return [
            read_check(next(outcomes)) if isinstance(each, PoolItem) else each for _, each in read
        ]


class _Reading:
    """Reads the tasks of one request."""

    def __init__(self, routes: Mapping[str, VersionedRoute]) -> None:
        self._routes = routes
        self._reader = TaskReader()
        self._tasks = Tasks()

    def read(self, text: bytes) -> tuple[str | None, PoolItem | CheckedTask]:
        """Return a task's id, and the check to be made, or what is wrong with it already."""
        try:
            body = _BODY.decode(text)
        except (msgspec.DecodeError, RecursionError) as exc:
            return None, _unfit(said(exc))
        try:
            return body.id, PoolItem(self._checker_of(body), self._task(body).body, "")
        except (msgspec.MsgspecError, JsonTextError, MisfitError) as exc:
            return body.id, _unfit(said(exc))
        except InvalidTaskError as exc:
            return body.id, _unfit(str(exc))

    def _checker_of(self, body: TaskBody) -> str:
        route = self._routes.get(body.domain)
        if route is None:
            known = ", ".join(self._routes)
            raise MisfitError(f"expected a domain of {known}, found {body.domain!r:.40}")
        if route.main_verifier is None:
            raise MisfitError(f"expected a domain that a verifier decides, found {body.domain!r}")
        return PREFIX + route.main_verifier

    def _task(self, body: TaskBody) -> NamedTask:
        reader = self._reader
        prompt = reader.read_prompt(body)
        reference, params = reader.read_reference(body), reader.read_params(body)
        return self._tasks.of(Rollout(body.domain, prompt, "", reference, params, body.language))


def _unfit(reason: str) -> CheckedTask:
    check = TaskCheck((TaskFault(FaultKind.INVALID, reason),), has_gold=False)
    return CheckedTask(RewardStatus.OK, reason, check)


def _written(names: Sequence[str | None], checked: Sequence[CheckedTask]) -> bytes:
    summary = summarise([each.check for each in checked if each.check is not None])
    tasks = [_members(name, each) for name, each in zip(names, checked, strict=True)]
    return orjson.dumps({"tasks": tasks, "summary": summary})


def _members(name: str | None, checked: CheckedTask) -> dict[str, Any]:
    check = checked.check
    return {
        "id": name,
        "is_fit": None if check is None else check.is_fit,
        "status": checked.status.value,
        "reason": checked.reason,
        "faults": [] if check is None else check.faults,
        "constants": [] if check is None else check.constants,
        "has_gold": None if check is None else check.has_gold,
    }
