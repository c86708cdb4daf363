"""A pool that grades in this process, and verifiers that do what a test tells them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from assay.domain.errors import InvalidTaskError
from assay.domain.reward import RewardStatus
from assay.domain.sample import JsonObject, Message
from assay_rl_rewards.measures.language_match import LanguageMatch
from assay_rl_rewards.measures.repetition import Repetition
from assay_rl_rewards.pool.jobs import Outcome, PoolItem, ungraded, worthless
from assay_rl_rewards.tasks.checked import with_checks
from assay_rl_rewards.verifier import Decoy, Grade, Task, Verifier

HANGS = "(hangs)"
KILLS = "(kills)"
LOSES = "(loses)"
CROWDS = "(crowds)"


class ExactMatch:
    """Scores 1 where the last word is the reference; half a point where only the case differs."""

    id: ClassVar[str] = "math"
    version: ClassVar[int] = 3

    def read_task(self, task: Task) -> str:
        if not isinstance(task.reference, str) or not task.reference:
            raise InvalidTaskError("expected a reference text, found none; give one")
        return task.reference

    def grade(self, task: str, text: str) -> Grade:
        words = text.split()
        if not words:
            return Grade(0.0, "no answer was found")
        found = words[-1]
        parts = {"words": float(len(words))}
        if found == task:
            return Grade(1.0, "the answer is right", found, parts)
        score = 0.5 if found.lower() == task.lower() else 0.0
        return Grade(score, "the answer is another one", found, parts)

    def render_gold(self, task: str) -> str | None:
        return task

    def list_decoys(self, task: str) -> Sequence[Decoy]:
        return ()


class InProcessPool:
    """Grades at once; texts that hold one of the marks end as they would in a worker."""

    def __init__(self, verifiers: Mapping[str, Verifier[Any]]) -> None:
        self._verifiers = with_checks(verifiers)
        self.asked: list[PoolItem] = []
        self.worker_pids: tuple[int, ...] = (1,)
        self.forker_pid: int | None = 1
        self.num_queued = 0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["InProcessPool"]:
        """What a service opens it by."""
        yield self

    async def run(self, items: Sequence[PoolItem]) -> list[Outcome]:
        self.asked += items
        return [self._grade(item) for item in items]

    def _grade(self, item: PoolItem) -> Outcome:
        if HANGS in item.text:
            return worthless(RewardStatus.TIMEOUT, "the answer took too long", 3000.0)
        if KILLS in item.text:
            return worthless(RewardStatus.CRASHED, "a worker died of this answer, twice", 5.0)
        if LOSES in item.text:
            return ungraded(RewardStatus.CRASHED, "the worker was lost")
        if CROWDS in item.text:
            return ungraded(RewardStatus.OVERLOADED, "the pool has no room")
        verifier = self._verifiers[item.verifier]
        try:
            task = verifier.read_task(read_task_json(item.task))
        except InvalidTaskError as exc:
            return ungraded(RewardStatus.INVALID_TASK, str(exc))
        grade = verifier.grade(task, item.text)
        return Outcome(RewardStatus.OK, grade, grade.reason, 0.25)


def read_task_json(body: JsonObject) -> Task:
    """Return the task that a pool's item holds."""
    fields: dict[str, Any] = dict(body)
    messages = tuple(
        Message(m["role"], m.get("content"), (), m.get("tool_call_id"), m.get("name"))
        for m in fields.pop("messages")
    )
    return Task(messages=messages, **fields)


VERIFIERS: Mapping[str, Verifier[Any]] = {
    "math": ExactMatch(),
    "language": LanguageMatch(),
    "repetition": Repetition(),
}
