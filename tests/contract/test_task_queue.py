"""One contract for the queue of record on SQLite and PostgreSQL: claims, leases, fences, states."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, update
from tests.fakes.queued_tasks import (
    LEASE,
    at_once,
    claim,
    finish,
    row_of,
    rules_task,
    run_of,
    start,
)

from assay.audit import tables
from assay.audit.clock import milliseconds_of
from assay.audit.engine import reading
from assay.audit.recording import set_run_state, set_stage
from assay.audit.tasks import (
    LostClaimError,
    NewTask,
    add_task,
    add_tasks,
    claim_next,
    claim_task,
    give_back,
    holding,
    is_ours,
    release_tasks,
    release_worker,
    renew,
    reset_tasks,
    still_holding,
    take_for_dispatch,
    task_results,
    untell,
)
from assay_filter.runs.stages import Stage, single

SHORT_LEASE = 0.05


def test_each_task_is_claimed_by_one_worker(engine: Engine) -> None:
    start(engine, num_tasks=40)

    def work(number: int) -> list[int]:
        taken = []
        while (claimed := claim_next(engine, f"w{number}", lease_seconds=LEASE)) is not None:
            taken.append(claimed.ordinal)
            finish(engine, claimed)
        return taken

    taken = Counter(ordinal for ordinals in at_once(work) for ordinal in ordinals)
    assert taken == Counter(range(40))
    assert run_of(engine).state == "running"


def test_one_of_many_workers_gets_the_task_that_a_message_names(engine: Engine) -> None:
    start(engine, num_tasks=1)
    claims = at_once(
        lambda n: claim_task(engine, f"w{n}", "r1", Stage.RULES, 0, lease_seconds=LEASE)
    )
    (claimed,) = [found for found in claims if found is not None]
    assert (claimed.fence, claimed.attempt, claimed.body) == (1, 1, {"number": 0})
    finish(engine, claimed)
    assert claim_task(engine, "w", "r1", Stage.RULES, 0, lease_seconds=LEASE) is None


@pytest.mark.parametrize("key", [("r1", "rules", 7), ("r1", "judge", 0), ("r2", "rules", 0)])
def test_message_about_nothing_is_answered_with_none(
    engine: Engine, key: tuple[str, str, int]
) -> None:
    start(engine, num_tasks=1)
    assert claim_task(engine, "w", *key, lease_seconds=LEASE) is None


def test_older_runs_and_earlier_stages_come_first(engine: Engine) -> None:
    for number, run_id in enumerate(("older", "newer")):
        start(engine, run_id, num_tasks=2)
        with engine.begin() as connection:
            add_tasks(connection, run_id, [single(Stage.INGEST)])
            moment = f"2026-01-0{number + 1}T00:00:00.000Z"
            connection.execute(
                update(tables.run).where(tables.run.c.id == run_id).values(created_at=moment)
            )
    order = [claim(engine) for _ in range(6)]
    expected = [(Stage.INGEST, 0), (Stage.RULES, 0), (Stage.RULES, 1)]
    assert [(c.stage, c.ordinal) for c in order] == expected * 2
    assert [c.run_id for c in order] == ["older"] * 3 + ["newer"] * 3


def test_runs_of_another_home_are_left_to_it(engine: Engine) -> None:
    start(engine, num_tasks=1, home=None)
    assert claim_next(engine, "w", lease_seconds=LEASE) is None
    assert take_for_dispatch(engine, window=5, stale_seconds=60) == []
    assert claim_next(engine, "w", run_id="r1", lease_seconds=LEASE) is not None


def test_expired_lease_hands_the_task_on_and_fences_the_first_worker_out(engine: Engine) -> None:
    start(engine, num_tasks=1)
    slow = claim(engine, "slow", lease=SHORT_LEASE)
    assert claim_next(engine, "quick", lease_seconds=LEASE) is None
    time.sleep(2 * SHORT_LEASE)
    quick = claim(engine, "quick")
    assert (quick.ordinal, quick.fence, quick.attempt) == (0, slow.fence + 1, 2)
    before = tuple(row_of(engine))
    for late in (holding, still_holding):
        with pytest.raises(LostClaimError), late(engine, slow) as connection:
            set_stage(connection, "r1", "somewhere else")
    give_back(engine, slow, error="late")
    assert not renew(engine, slow, lease_seconds=LEASE)
    assert not is_ours(engine, slow)
    assert tuple(row_of(engine)) == before
    assert run_of(engine).stage == "ingest"
    finish(engine, quick)
    with pytest.raises(LostClaimError), holding(engine, slow):
        pass
    assert row_of(engine).state == "done"


def test_expired_lease_that_nobody_else_took_can_be_renewed_and_used(engine: Engine) -> None:
    start(engine, num_tasks=1)
    claimed = claim(engine, lease=SHORT_LEASE)
    time.sleep(2 * SHORT_LEASE)
    assert renew(engine, claimed, lease_seconds=LEASE)
    assert claim_next(engine, "other", lease_seconds=LEASE) is None
    finish(engine, claimed)


def test_effects_and_the_end_of_the_task_are_stored_together_or_not_at_all(engine: Engine) -> None:
    start(engine, num_tasks=1)
    claimed = claim(engine)
    with pytest.raises(ZeroDivisionError), holding(engine, claimed, result={"x": 1}) as connection:
        set_stage(connection, "r1", "judge")
        raise ZeroDivisionError
    assert (row_of(engine).state, run_of(engine).stage) == ("running", "ingest")
    assert is_ours(engine, claimed)
    with holding(engine, claimed, result={"x": 2}) as connection:
        set_stage(connection, "r1", "judge")
    with reading(engine) as connection:
        (left,) = task_results(connection, "r1", Stage.RULES).values()
    assert left == (1, {"number": 0}, {"x": 2})
    assert run_of(engine).stage == "judge"
    with pytest.raises(LostClaimError), holding(engine, claimed):
        pass


def test_task_that_goes_on_stays_in_hand(engine: Engine) -> None:
    start(engine, num_tasks=1)
    claimed = claim(engine)
    with still_holding(engine, claimed) as connection:
        add_tasks(connection, "r1", [rules_task(1)])
    with pytest.raises(ZeroDivisionError), still_holding(engine, claimed) as connection:
        add_tasks(connection, "r1", [rules_task(2)])
        raise ZeroDivisionError
    finish(engine, claimed)
    assert claim(engine).ordinal == 1
    assert claim_next(engine, "w", lease_seconds=LEASE) is None


def test_attempts_are_counted_but_for_those_that_were_nobodys_fault(engine: Engine) -> None:
    start(engine, num_tasks=1)
    give_back(engine, claim(engine), error="x" * 9999)
    assert len(row_of(engine).error) == 500
    give_back(engine, claim(engine), is_attempt=False)
    second = claim(engine, "dies")
    assert (second.attempt, second.fence) == (2, 3)
    assert release_worker(engine, "somebody else") == 0
    assert release_worker(engine, "dies") == 1
    assert claim(engine).attempt == 3
    assert release_tasks(engine, run_id="r1", is_attempt=False) == 1
    assert claim(engine).attempt == 3
    with engine.begin() as connection:
        reset_tasks(connection, "r1")
    assert (claim(engine).attempt, row_of(engine).fence) == (1, 6)


def test_task_given_back_with_a_pause_is_left_alone_until_it_is_over(engine: Engine) -> None:
    start(engine, num_tasks=1)
    give_back(engine, claim(engine), error="gone", delay_seconds=0.3)
    assert claim_next(engine, "w", lease_seconds=LEASE) is None
    assert claim_task(engine, "w", "r1", Stage.RULES, 0, lease_seconds=LEASE) is None
    assert take_for_dispatch(engine, window=5, stale_seconds=60) == []
    time.sleep(0.35)
    assert take_for_dispatch(engine, window=5, stale_seconds=60) == [("r1", "rules", 0)]
    assert claim(engine).attempt == 2


@pytest.mark.parametrize("state", ["cancelled", "failed", "interrupted", "done"])
def test_stopped_run_lets_go_of_its_tasks(engine: Engine, state: str) -> None:
    start(engine, num_tasks=2)
    claimed = claim(engine)
    assert set_run_state(engine, "r1", state=state)
    assert not renew(engine, claimed, lease_seconds=LEASE)
    assert not is_ours(engine, claimed)
    for late in (holding, still_holding):
        with pytest.raises(LostClaimError), late(engine, claimed):
            pass
    assert claim_next(engine, "w", lease_seconds=LEASE) is None
    assert claim_task(engine, "w", "r1", Stage.RULES, 1, lease_seconds=LEASE) is None
    assert take_for_dispatch(engine, window=5, stale_seconds=60) == []
    assert row_of(engine).state == "running"


def test_worker_of_before_a_resume_is_fenced_out(engine: Engine) -> None:
    start(engine, num_tasks=1)
    before = claim(engine)
    set_run_state(engine, "r1", state="interrupted")
    with engine.begin() as connection:
        reset_tasks(connection, "r1")
    set_run_state(engine, "r1", state="running")
    with pytest.raises(LostClaimError), holding(engine, before):
        pass
    assert claim(engine).fence == before.fence + 1
    assert not is_ours(engine, before)


def test_broker_is_told_of_few_tasks_a_run_and_of_every_run(engine: Engine) -> None:
    start(engine, "a", num_tasks=9)
    start(engine, "b", num_tasks=2)
    told = take_for_dispatch(engine, window=4, stale_seconds=60)
    assert Counter(key[0] for key in told) == {"a": 4, "b": 2}
    assert take_for_dispatch(engine, window=4, stale_seconds=60) == []
    claimed = claim_task(engine, "w", *told[0], lease_seconds=LEASE)
    assert claimed is not None
    assert take_for_dispatch(engine, window=4, stale_seconds=60) == [("a", "rules", 4)]


def test_broker_is_told_again_of_what_it_may_have_lost(engine: Engine) -> None:
    start(engine, num_tasks=3)
    told = take_for_dispatch(engine, window=2, stale_seconds=0.1)
    assert take_for_dispatch(engine, window=2, stale_seconds=60) == []
    time.sleep(0.15)
    assert take_for_dispatch(engine, window=2, stale_seconds=0.1) == told
    untell(engine, told)
    assert take_for_dispatch(engine, window=2, stale_seconds=60) == told


def test_broker_is_told_of_a_task_whose_worker_is_silent(engine: Engine) -> None:
    start(engine, num_tasks=1)
    (key,) = take_for_dispatch(engine, window=2, stale_seconds=60)
    assert claim_task(engine, "w", *key, lease_seconds=SHORT_LEASE) is not None
    time.sleep(2 * SHORT_LEASE)
    assert take_for_dispatch(engine, window=2, stale_seconds=SHORT_LEASE) == [key]


def test_dispatchers_beside_each_other_tell_of_all_tasks(engine: Engine) -> None:
    start(engine, num_tasks=30)
    told = at_once(lambda _: take_for_dispatch(engine, window=64, stale_seconds=60))
    assert Counter(key for keys in told for key in keys) == {
        ("r1", "rules", n): 1 for n in range(30)
    }


def test_tasks_that_are_there_stay_as_they_are(engine: Engine) -> None:
    start(engine, num_tasks=2)
    finish(engine, claim(engine))
    with engine.begin() as connection:
        again = [NewTask(Stage.RULES, n, Stage.RULES.rank, {"number": "new"}) for n in range(3)]
        add_tasks(connection, "r1", again[:2])
        assert add_task(connection, "r1", again[2])
        assert not add_task(connection, "r1", again[0])
        add_tasks(connection, "r1", [])
    assert (row_of(engine).state, row_of(engine, ordinal=1).state) == ("done", "pending")
    assert row_of(engine, ordinal=1).body == '{"number":1}'
    assert row_of(engine, ordinal=2).body == '{"number":"new"}'


@contextmanager
def clock_off_by(monkeypatch: pytest.MonkeyPatch, seconds: float) -> Iterator[None]:
    real = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: real() + seconds)
        patch.setattr(time, "time_ns", lambda: int((real() + seconds) * 1e9))
        yield


@pytest.mark.parametrize("hours", [-5, 5])
def test_clock_of_a_worker_decides_nothing(
    engine: Engine, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(engine, num_tasks=2)
    with clock_off_by(monkeypatch, hours * 3600):
        held = claim(engine, "skewed")
        assert renew(engine, held, lease_seconds=LEASE)
    with reading(engine) as connection:
        left = row_of(engine).lease_until - milliseconds_of(connection)
    assert 0.9 * LEASE * 1000 < left <= LEASE * 1000
    assert claim(engine, "other", lease=SHORT_LEASE).ordinal == 1  # the first is not to be had
    time.sleep(2 * SHORT_LEASE)
    with clock_off_by(monkeypatch, hours * 3600):
        assert claim(engine, "skewed").ordinal == 1  # over by the database's clock
        assert claim_next(engine, "skewed", lease_seconds=LEASE) is None
    finish(engine, held)
