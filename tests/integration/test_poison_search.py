"""The search goes through a chunk in a child process and names the samples that end it."""

from typing import Any

import pytest
from tests.fakes.harmful_samples import do_harm

from assay.domain.errors import RunStateError
from assay_filter.runs.poison import MAX_POISON, find_poison


def search(task: dict[int, str], num: int = 6, **more: Any) -> frozenset[int]:
    return find_poison(do_harm, task, range(num), **more)


@pytest.mark.parametrize(
    "kinds", [("die", "leave", "raise"), ("leave", "raise", "die"), ("raise", "die", "leave")]
)
def test_samples_at_which_the_process_ends_or_fails_are_named(kinds: tuple[str, ...]) -> None:
    """Each kind stands first, behind another, in the middle and last."""
    first, second, third = kinds
    assert search({0: first, 1: second, 3: third, 5: first}) == {0, 1, 3, 5}


def test_sample_alone_is_named_among_good_ones() -> None:
    assert search({5: "die"}) == {5}
    assert search({0: "raise"}) == {0}


def test_sample_at_which_the_process_stands_still_is_named() -> None:
    assert search({2: "hang", 4: "die"}, sample_seconds=10.0) == {2, 4}


def test_failures_that_are_handled_elsewhere_are_nobodys_fault() -> None:
    assert search({1: "judge", 3: "judge"}) == frozenset()


def test_only_the_given_positions_are_tried() -> None:
    assert find_poison(do_harm, {1: "die", 2: "die"}, [0, 2, 5]) == {2}
    assert find_poison(do_harm, {1: "die"}, []) == frozenset()


def test_chunk_in_which_everything_fails_is_no_samples_fault() -> None:
    with pytest.raises(RunStateError, match="more than 20"):
        search(dict.fromkeys(range(MAX_POISON + 9), "raise"), num=MAX_POISON + 9)
