"""The search goes through a chunk in a child process and names the samples that end it."""

import os
import signal
import time
from typing import Any

import pytest

from assay.domain.errors import JudgeBackendError, RunStateError
from assay_filter.runs.poison import MAX_POISON, find_poison


def harmful(task: dict[int, str], position: int) -> None:
    """Do what the task says of a position; children import it from this file."""
    what = task.get(position)
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "leave":
        os._exit(0)
    if what == "hang":
        time.sleep(600)
    if what == "raise":
        raise ValueError("not this one")
    if what == "judge":
        raise JudgeBackendError("nobody answers", code="unreachable")


def search(task: dict[int, str], num: int = 6, **more: Any) -> frozenset[int]:
    return find_poison(harmful, task, range(num), **more)


@pytest.mark.parametrize("what", ["die", "leave", "raise"])
@pytest.mark.parametrize("positions", [{0}, {5}, {0, 1, 3}])
def test_samples_at_which_the_process_ends_or_fails_are_named(
    what: str, positions: set[int]
) -> None:
    assert search(dict.fromkeys(positions, what)) == positions


def test_sample_at_which_the_process_stands_still_is_named() -> None:
    assert search({2: "hang", 4: "die"}, sample_seconds=10.0) == {2, 4}


def test_failures_that_are_handled_elsewhere_are_nobodys_fault() -> None:
    assert search({1: "judge", 3: "judge"}) == frozenset()


def test_only_the_given_positions_are_tried() -> None:
    assert find_poison(harmful, {1: "die", 2: "die"}, [0, 2, 5]) == {2}
    assert find_poison(harmful, {1: "die"}, []) == frozenset()


def test_chunk_in_which_everything_fails_is_no_samples_fault() -> None:
    with pytest.raises(RunStateError, match="more than 20"):
        search(dict.fromkeys(range(MAX_POISON + 9), "raise"), num=MAX_POISON + 9)
