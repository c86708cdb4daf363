"""Reads tasks as they are written, one JSON object each, and checks them in the pool.

Each task is read and checked alone: one that is no task, or that harms its worker, is unfit alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from assay.datasets.json_text import JsonTextError
from assay.domain.errors import InvalidTaskError
from assay.domain.reward import RewardStatus
from assay.domain.rollout import Rollout
from assay_rl_rewards.engine import Grading
from assay_rl_rewards.pool.jobs import PoolItem
from assay_rl_rewards.rewarding.sheet import NamedTask, Tasks
from assay_rl_rewards.rollout_reading import MisfitError, TaskBody, TaskReader, said
from assay_rl_rewards.routes.versions import VersionedRoute
from assay_rl_rewards.tasks.checked import PREFIX, CheckedTask, read_check
from assay_rl_rewards.tasks.checking import FaultKind, TaskCheck, TaskFault


class TaskLine(TaskBody, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A task as files hold it; `source` says where it is from and matters to no verifier."""

    source: str | None = None


_LINE = msgspec.json.Decoder(TaskLine)


@dataclass(frozen=True, slots=True)
class ScreenedTask:
    """What was found of one task; `is_read`: it was a task at all."""

    id: str | None
    domain: str | None
    checked: CheckedTask
    is_read: bool = True

    @property
    def is_fit(self) -> bool | None:
        """Whether it may be trained on; None where nobody could tell."""
        return None if self.checked.check is None else self.checked.check.is_fit


class TaskScreen:
    """Checks tasks by the verifiers that routes name first."""

    def __init__(self, routes: Mapping[str, VersionedRoute], pool: Grading) -> None:
        self._routes = routes
        self._pool = pool

    async def screen(self, texts: Sequence[bytes]) -> list[ScreenedTask]:
        """Return what was found of each task, in order."""
        reading = _Reading(self._routes)
        read = [reading.read(text) for text in texts]
        items = [each.item for each in read if isinstance(each, _Asked)]
        outcomes = iter(await self._pool.run(items)) if items else iter(())
        return [
            ScreenedTask(each.id, each.domain, read_check(next(outcomes)))
            if isinstance(each, _Asked)
            else each
            for each in read
        ]


@dataclass(frozen=True, slots=True)
class _Asked:
    id: str | None
    domain: str
    item: PoolItem


class _Reading:
    """Reads the tasks of one batch."""

    def __init__(self, routes: Mapping[str, VersionedRoute]) -> None:
        self._routes = routes
        self._reader = TaskReader()
        self._tasks = Tasks()

    def read(self, text: bytes) -> _Asked | ScreenedTask:
        """Return the check to be made of a task, or what is wrong with it already."""
        try:
            body = _LINE.decode(text)
        except (msgspec.DecodeError, RecursionError) as exc:
            return unread(said(exc))
        try:
            item = PoolItem(self._checker_of(body), self._task(body).body, "")
        except (msgspec.MsgspecError, JsonTextError, MisfitError) as exc:
            return ScreenedTask(body.id, body.domain, _unfit(said(exc)))
        except InvalidTaskError as exc:
            return ScreenedTask(body.id, body.domain, _unfit(str(exc)))
        return _Asked(body.id, body.domain, item)

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


def unread(reason: str) -> ScreenedTask:
    """Return what is told of a line that is no task."""
    return ScreenedTask(None, None, _unfit(reason), is_read=False)


def _unfit(reason: str) -> CheckedTask:
    check = TaskCheck((TaskFault(FaultKind.INVALID, reason),), has_gold=False)
    return CheckedTask(RewardStatus.OK, reason, check)
