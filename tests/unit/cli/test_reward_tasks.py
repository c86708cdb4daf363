"""`assay reward validate`: fit tasks as they are, others with reasons, sums and exit codes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.in_process_pool import VERIFIERS, ExactMatch, InProcessPool
from tests.fakes.reward_command import ROUTES, Run, make_run

from assay.client.blocking import LoopThread
from assay.domain.reward import RewardStatus
from assay_cli import reward_tasks as command
from assay_rl_rewards.pool.jobs import Outcome, PoolItem, ungraded
from assay_rl_rewards.tasks.screening import TaskScreen
from assay_rl_rewards.verifier import Grade

FIT: dict[str, Any] = {"domain": "math", "prompt": "12 * 12?", "reference": "one-four-four"}
CHOICE: dict[str, Any] = {"domain": "math", "prompt": "Which one?", "reference": "B"}
LOST = "(lost)"


class Touchy(ExactMatch):
    """Gives half a point for anything where the reference says so."""

    def grade(self, task: str, text: str) -> Grade:
        least = 0.5 if task == "generous" else 0.0
        return Grade(max(least, super().grade(task, text).score), "as it is told")


class LosingPool(InProcessPool):
    """Loses the worker of a task that says so."""

    def _grade(self, item: PoolItem) -> Outcome:
        if LOST in str(item.task):
            return ungraded(RewardStatus.CRASHED, "the worker was lost")
        return super()._grade(item)


@contextmanager
def screening_here(_routes: str | None, _workers: int | None) -> Iterator[command.ScreenBatch]:
    loop = LoopThread("validate-test")
    screen = TaskScreen(ROUTES, LosingPool({**VERIFIERS, "math": Touchy()}))
    try:
        yield lambda texts: loop.wait(screen.screen(texts))
    finally:
        loop.close(_nothing())


async def _nothing() -> None:
    """Nothing is left to close."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.setattr(command, "_screening", screening_here)
    return make_run(monkeypatch, capfdbinary, "reward", "validate")


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in rows))
    return path


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_fit_tasks_are_written_as_they_are_and_others_with_their_reasons(
    run: Run, tmp_path: Path
) -> None:
    odd = '{"domain":"math",  "prompt":"1?", "reference":"w\\u00e9", "source":"book 1"}'
    rows = [odd, FIT | {"id": "g", "reference": "generous"}, "{", FIT | {"id": "x"}]
    source = write(tmp_path / "in.jsonl", *rows)
    fit, refused = tmp_path / "fit.jsonl", tmp_path / "refused.jsonl"
    ended = run(source, "--out", fit, "--refused", refused, "--batch", 3)
    assert ended.code == 1
    assert fit.read_text().splitlines() == [odd, json.dumps(rows[3])]
    generous, broken = read(refused)
    assert (generous["line"], generous["id"], generous["is_fit"]) == (2, "g", False)
    assert [fault["kind"] for fault in generous["faults"]] == [
        "empty_wins",
        "abstaining_wins",
        "echo_wins",
    ]
    assert generous["task"] == rows[1]
    assert (broken["line"], broken["task"]) == (3, None)
    assert broken["faults"][0]["kind"] == "invalid"
    assert "empty_wins" in ended.out


def test_shares_of_fixed_answers_are_told(run: Run, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", CHOICE, FIT, FIT, CHOICE | {"reference": "C"})
    ended = run(source, "--json")
    assert ended.code == 0
    (sums,) = ended.lines
    assert (sums["tasks"], sums["fit"], sums["refused"]) == (4, 4, 0)
    assert sums["domains"]["math"]["constant_shares"] == {"B": 0.25, "C": 0.25}
    assert "B 25%" in run(source).out


def test_a_check_that_was_not_made_is_no_refusal_and_the_exit_code_tells(
    run: Run, tmp_path: Path
) -> None:
    source = write(tmp_path / "in.jsonl", FIT, FIT | {"prompt": LOST}, FIT | {"reference": None})
    refused = tmp_path / "refused.jsonl"
    ended = run(source, "--refused", refused, "--json")
    assert ended.code == 3
    (sums,) = ended.lines
    assert (sums["fit"], sums["refused"], sums["unchecked"]) == (1, 1, 1)
    assert [(each["is_fit"], each["status"]) for each in read(refused)] == [
        (None, "crashed"),
        (False, "ok"),
    ]


def test_nothing_but_bad_lines_is_bad_input(run: Run, tmp_path: Path) -> None:
    assert run(write(tmp_path / "in.jsonl", "{", "[]")).code == 2
    assert run(write(tmp_path / "empty.jsonl")).code == 2


def test_a_line_over_the_limit_is_refused_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.datasets.reading import Lines
    from assay.datasets.sources import Source

    def short(source: Source) -> Lines:
        return Lines(source, max_line_bytes=200)

    monkeypatch.setattr(command, "read_lines", short)
    source = write(tmp_path / "in.jsonl", FIT | {"prompt": "x" * 300}, FIT)
    ended = run(source, "--json")
    assert ended.code == 1
    assert (ended.lines[0]["fit"], ended.lines[0]["unread"]) == (1, 1)


def test_standard_input_is_read(run: Run) -> None:
    assert run("-", "--json", stdin=json.dumps(FIT) + "\n").lines[0]["fit"] == 1


def test_outputs_are_files_of_their_own(run: Run, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", FIT)
    assert run(source, "--out", source).code == 2
    other = tmp_path / "other.jsonl"
    assert run(source, "--out", other, "--refused", other).code == 2
    assert read(source) == [FIT]
    assert not other.exists()
