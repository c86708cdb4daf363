"""The in-process queue: order, back-pressure, dying workers, dying parents."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.domain.errors import RunStateError
from assay.queue.inprocess import PENDING_PER_WORKER, InProcessQueue


def square_slowly_when_even(number: int) -> int:
    if number % 2 == 0:
        time.sleep(0.02)
    return number * number


def die_once(path: str) -> str:
    """Kill the worker the first time a path is seen."""
    marker = Path(path)
    if not marker.exists():
        marker.write_text("seen")
        os.kill(os.getpid(), signal.SIGKILL)
    return marker.name


def die_always(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def fail(number: int) -> int:
    raise ValueError(f"no {number}")


def test_results_come_in_the_order_of_tasks() -> None:
    with InProcessQueue(num_workers=2) as queue:
        assert list(queue.map(square_slowly_when_even, range(12))) == [n * n for n in range(12)]


def test_tasks_are_drawn_no_faster_than_needed() -> None:
    drawn = []

    def tasks() -> Iterator[int]:
        for number in range(100):
            drawn.append(number)
            yield number

    with InProcessQueue(num_workers=1) as queue:
        results = queue.map(square_slowly_when_even, tasks())
        next(results)
        assert len(drawn) <= PENDING_PER_WORKER + 1


def test_task_of_a_killed_worker_is_done_again(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in "abc"]
    (tmp_path / "a").write_text("seen")
    (tmp_path / "c").write_text("seen")
    with InProcessQueue(num_workers=2) as queue:
        assert list(queue.map(die_once, paths)) == ["a", "b", "c"]


def test_task_that_always_kills_its_worker_is_given_up() -> None:
    with (
        InProcessQueue(num_workers=1) as queue,
        pytest.raises(RunStateError, match="worker process died 3 times"),
    ):
        list(queue.map(die_always, [1]))


def test_error_of_a_task_reaches_the_caller() -> None:
    with (
        InProcessQueue(num_workers=1) as queue,
        pytest.raises(ValueError, match="no 7"),
    ):
        list(queue.map(fail, [7]))


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, signal, sys, time\n"
        "from assay.queue.inprocess import InProcessQueue\n"
        "def pid(_):\n    return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    queue = InProcessQueue(num_workers=1).__enter__()\n"
        "    print(next(queue.map(pid, [1])), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, timeout=30)
    worker = int(done.stdout)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()
