"""What the pool is asked and what it answers; the jobs and runs it thinks in.

An item of a run becomes a job; equal items share one. A job has readers: the places in runs that
wait for its outcome. An outcome without a grade was not measured (null); everything that an answer
brings about by itself, a time-out as much as a wrong answer, has a grade.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from assay.domain.reward import RewardStatus
from assay.domain.sample import JsonObject
from assay_rl_rewards.verifier import Grade

NO_ROOM = "the pool has no room for it"
TOO_SLOW = "the answer took longer than its deadline to grade"
OUT_OF_MEMORY = "memory"
CRASHED_TWICE = "a worker died of this answer, twice"
WORKER_LOST = "the worker was lost, twice, through no fault of the answer"
TASK_TOO_SLOW = "the task took longer than its deadline to read"
TASK_OUT_OF_MEMORY = "the task took more memory to read than a worker has"
TASK_CRASHED = "a worker died of reading this task, twice"


@dataclass(frozen=True, slots=True)
class PoolItem:
    """One answer to grade: a verifier's id, a task (fields of `Task`), the response's text."""

    verifier: str
    task: JsonObject
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item.

    Attributes:
        grade: None exactly where nothing was measured; such a reward is null, never zero.
        reason: fixed wording, without text of the answer.
        milliseconds: of work on it, waiting not included.
    """

    status: RewardStatus
    grade: Grade | None
    reason: str
    milliseconds: float

    @property
    def is_answers_doing(self) -> bool:
        """Whether the same item would meet the same end again, so that it may be remembered."""
        return self.grade is not None or self.status is RewardStatus.INVALID_TASK


class Run:
    """One call of `run`: a place for each outcome, and a future for when all are there."""

    def __init__(self, num_items: int, done: asyncio.Future[None]) -> None:
        self.outcomes: list[Outcome | None] = [None] * num_items
        self.jobs: dict[int, Job] = {}  # by sequence, each once
        self.done = done
        self._num_open = num_items
        if num_items == 0:
            done.set_result(None)

    def fill(self, place: int, outcome: Outcome) -> None:
        self.outcomes[place] = outcome
        self._num_open -= 1
        if self._num_open == 0 and not self.done.done():
            self.done.set_result(None)


@dataclass(slots=True, eq=False)
class Job:
    """One answer on its way through the pool.

    Attributes:
        queued_at: on the loop's clock, seconds.
        readers: who waits for the outcome; a job without is dropped where it has not been begun.
        num_crashes: workers that died while grading it.
        num_losses: times that it was lost through no fault of its own.
        is_for_fresh: it took all memory of a worker, part of which earlier answers may have held;
            a worker that has graded nothing takes it next.
        is_slow: it has outlasted a first, short turn.
    """

    sequence: int
    key: bytes
    verifier: str
    task: bytes
    text: bytes
    queued_at: float
    readers: list[tuple[Run, int]] = field(default_factory=list)
    num_crashes: int = 0
    num_losses: int = 0
    is_for_fresh: bool = False
    is_slow: bool = False

    @property
    def digest(self) -> str:
        """Names the item in logs, where its text has no place."""
        return self.key.hex()[:16]

    @property
    def num_bytes(self) -> int:
        return len(self.task) + len(self.text)


def ungraded(status: RewardStatus, reason: str) -> Outcome:
    """Return the outcome of an item that was not measured."""
    return Outcome(status, None, reason, 0.0)


def worthless(status: RewardStatus, reason: str, milliseconds: float) -> Outcome:
    """Return the outcome of an answer that has brought a zero upon itself."""
    return Outcome(status, Grade(0.0, reason), reason, milliseconds)


def encode_task(task: JsonObject) -> bytes | None:
    """Return the canonical bytes of a task; None where it is not JSON."""
    try:
        return orjson.dumps(task, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return _encode_slowly(task)


def _encode_slowly(task: JsonObject) -> bytes | None:
    """Encode what orjson does not take although it is JSON: integers beyond 64 bits."""
    try:
        return json.dumps(task, sort_keys=True, allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        return None


def encode_tasks(items: Sequence[PoolItem]) -> Mapping[int, bytes | None]:
    """Return the bytes of each distinct task object by its `id`: groups share theirs."""
    found: dict[int, bytes | None] = {}
    for item in items:
        if id(item.task) not in found:
            found[id(item.task)] = encode_task(item.task)
    return found


def key_of(verifier: str, version: int, task: bytes, text: bytes) -> bytes:
    """Return the SHA-256 that equal items share; a new version of a verifier shares nothing."""
    digest = hashlib.sha256(f"{verifier}/{version}/{len(task)}:".encode())
    digest.update(task)
    digest.update(text)
    return digest.digest()
