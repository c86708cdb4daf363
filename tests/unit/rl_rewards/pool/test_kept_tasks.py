"""Tasks that were read are kept within a number and a size, the newest in any case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.pool.kept_tasks import KeptTasks


def _key(size: int, mark: int = 0) -> tuple[str, bytes]:
    return "math", bytes([mark]) * size


def _read(kept: KeptTasks, key: tuple[str, bytes]) -> None:
    if key in kept:
        assert kept.find(key) == key
        return
    kept.make_room(key)
    kept.keep(key, key)


def test_least_recently_used_task_goes_first() -> None:
    kept = KeptTasks(max_tasks=2, max_bytes=100)
    first, second, third = (_key(1, mark) for mark in range(3))
    for key in (first, second, first, third):
        _read(kept, key)
    assert [key in kept for key in (first, second, third)] == [True, False, True]


def test_room_is_made_before_a_large_task_is_read() -> None:
    kept = KeptTasks(max_tasks=64, max_bytes=100)
    _read(kept, _key(60))
    kept.make_room(_key(50))
    assert _key(60) not in kept


def test_task_beyond_the_bound_is_kept_alone() -> None:
    kept = KeptTasks(max_tasks=64, max_bytes=100)
    for key in (_key(10), _key(500)):
        _read(kept, key)
    assert (_key(10) in kept, _key(500) in kept) == (False, True)
    _read(kept, _key(20))
    assert _key(500) not in kept


def test_task_that_is_not_kept_is_not_found() -> None:
    with pytest.raises(KeyError):
        KeptTasks(max_tasks=1, max_bytes=1).find(_key(1))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3)), max_size=40))
def test_bounds_hold_whatever_is_read(asked: list[tuple[int, int]]) -> None:
    kept = KeptTasks(max_tasks=4, max_bytes=100)
    keys = [_key(size, mark) for size, mark in asked]
    for key in keys:
        _read(kept, key)
        held = [each for each in set(keys) if each in kept]
        assert key in held
        assert len(held) <= 4
        assert sum(len(each[1]) for each in held) <= 100
