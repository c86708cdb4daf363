"""Tasks over HTTP: fit ones, unfit ones with their reasons, and those that harm only themselves."""

import asyncio
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.fakes.app_client import client_of
from tests.fakes.in_process_pool import VERIFIERS, ExactMatch, InProcessPool

from assay.domain.reward import RewardStatus
from assay.web.logs import open_log
from assay_rl_rewards.pool.jobs import Outcome, PoolItem, ungraded
from assay_rl_rewards.service.app import make_app
from assay_rl_rewards.service.schemas import TASKS_EXAMPLES, TasksAnswer
from assay_rl_rewards.service.settings import RewardServiceSettings
from assay_rl_rewards.tasks.checked import TaskChecker, read_check
from assay_rl_rewards.tasks.checking import FaultKind, check_task
from assay_rl_rewards.verifier import Grade, Task

ROUTES = """
id: test
version: 1
routes:
  math:
    parts: [{type: verifier, name: correctness, verifier: math, weight: 1.0}]
  general_chat:
    parts: [{type: reward_model, name: preference, weight: 1.0}]
"""
FIT: dict[str, Any] = {"domain": "math", "prompt": "12 * 12?", "reference": "one-four-four"}


class Generous(ExactMatch):
    """Gives half a point for anything, as a task does that was not checked."""

    def grade(self, task: str, text: str) -> Grade:
        return Grade(max(0.5, super().grade(task, text).score), "half a point for trying")


@pytest.fixture
def routes(tmp_path: Path) -> str:
    path = tmp_path / "routes.yaml"
    path.write_text(ROUTES)
    return str(path)


def post(routes: str, *tasks: Any, pool: InProcessPool | None = None, **limits: Any) -> Any:
    app = make_app(
        RewardServiceSettings(routes=routes, workers=1, **limits),
        log=open_log(StringIO()),
        open_pool=(pool or InProcessPool(VERIFIERS)).opened,
        catalogue=VERIFIERS,
    )

    async def run() -> httpx.Response:
        async with client_of(app) as client:
            return await client.post("/v1/tasks/validate", json={"tasks": list(tasks)})

    return asyncio.run(run())


def test_a_fit_task_is_fit_and_a_wrong_one_is_wrong_alone(routes: str) -> None:
    tasks: list[Any] = [
        FIT | {"id": "fit"},
        FIT | {"id": "no reference", "reference": None},
        {"id": "no prompt", "domain": "math"},
        FIT | {"id": "no such domain", "domain": "poetry"},
        {"id": "no verifier", "domain": "general_chat", "prompt": "Hello"},
        "no object",
        FIT | {"id": "unknown member", "response": "4"},
    ]
    answer = post(routes, *tasks).json()
    assert TasksAnswer.model_validate(answer).model_dump(mode="json") == answer
    assert [task["is_fit"] for task in answer["tasks"]] == [True] + [False] * 6
    assert [task["id"] for task in answer["tasks"]][:5] == [t["id"] for t in tasks[:5]]
    for task in answer["tasks"][1:]:
        (fault,) = task["faults"]
        assert fault["kind"] == "invalid" and fault["reason"]
    assert answer["summary"]["num_fit"] == 1
    assert answer["summary"]["faults"] == {"invalid": 6}


def test_a_task_that_pays_for_nothing_is_refused_with_every_kind_of_fault(routes: str) -> None:
    pool = InProcessPool({**VERIFIERS, "math": Generous()})
    (task,) = post(routes, FIT, pool=pool).json()["tasks"]
    kinds = [fault["kind"] for fault in task["faults"]]
    assert kinds == ["empty_wins", "abstaining_wins", "echo_wins"]
    assert "found 0.5" in task["faults"][0]["reason"]
    assert all(fault["reason"] for fault in task["faults"])


def test_a_check_that_was_not_made_says_neither_fit_nor_unfit(routes: str) -> None:
    class Crowded(InProcessPool):
        async def run(self, items: Sequence[PoolItem]) -> list[Outcome]:
            return [ungraded(RewardStatus.OVERLOADED, "the pool has no room")] * len(items)

    answer = post(routes, FIT, pool=Crowded(VERIFIERS)).json()
    (task,) = answer["tasks"]
    assert (task["is_fit"], task["status"]) == (None, "overloaded")
    assert answer["summary"]["num_tasks"] == 0


def test_too_many_tasks_are_refused(routes: str) -> None:
    answer = post(routes, FIT, FIT, FIT, max_rollouts=2)
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["expected"] == "1 to 2 tasks"


def test_the_example_is_answered(routes: str) -> None:
    (example,) = TASKS_EXAMPLES.values()
    answer = post(routes, *example["value"]["tasks"]).json()
    assert [task["is_fit"] for task in answer["tasks"]] == [True, False]


@pytest.mark.parametrize("reference", ["word", "A", "yes", None, ""])
@pytest.mark.parametrize("verifier", [ExactMatch(), Generous()])
def test_a_check_travels_as_a_grade_without_loss(verifier: ExactMatch, reference: Any) -> None:
    task = Task("math", (), reference)
    expected = check_task(verifier, task)
    grade = TaskChecker(verifier).grade(task, "")
    found = read_check(Outcome(RewardStatus.OK, grade, grade.reason, 1.0)).check
    assert found is not None
    assert [fault.kind for fault in found.faults] == [fault.kind for fault in expected.faults]
    assert found.faults[:1] == expected.faults[:1]
    assert (found.constants, found.has_gold) == (expected.constants, expected.has_gold)


def test_every_kind_of_fault_has_words() -> None:
    for kind in FaultKind:
        grade = Grade(0.0, "first", None, {"gold_loses": 1.0, kind.value: 1.0})
        check = read_check(Outcome(RewardStatus.OK, grade, "first", 1.0)).check
        assert check is not None and all(fault.reason for fault in check.faults)
