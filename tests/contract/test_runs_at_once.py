"""What many do at once to runs happens once, on SQLite and on PostgreSQL."""

from sqlalchemy import Engine, func, select
from tests.fakes.queued_tasks import (
    NUM_THREADS,
    at_once,
    claim,
    finish,
    make_record,
    row_of,
    rules_task,
    run_of,
    start,
)

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.recording import RunClosing, close_run, commit_chunk, finish_run, seal
from assay.audit.rows import ChunkRecord, leaves_of
from assay.audit.tasks import add_tasks
from assay.audit.verification import verify_runs
from assay_filter.runs.stages import Stage, advance, single


def commit_rules(engine: Engine, run_id: str, *ordinals: int) -> None:
    for ordinal in ordinals:
        cells = (ordinal, f"{ordinal:064x}", "data.jsonl", ordinal + 1, None, "messages")
        rows = {"sample": [(*cells, "math", "en", None, 12, "k")]}
        leaves = leaves_of("rules", rows)
        record = ChunkRecord("rules", ordinal, ordinal, 1, "d" * 64, "{}", b"", rows, leaves)
        with engine.begin() as connection:
            commit_chunk(connection, run_id, record)


def test_stage_is_sealed_once_by_many_at_once(engine: Engine) -> None:
    start(engine)
    commit_rules(engine, "r1", 2, 0, 1)

    def seal_it(_: int) -> str:
        with engine.begin() as connection:
            return seal(connection, "r1", make_record("r1").genesis, "rules")

    heads = at_once(seal_it)
    assert len(set(heads)) == 1
    (check,) = verify_runs(engine)
    assert (check.breach, check.num_rows, check.head) == (None, 3, heads[0])
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(tables.ledger)).scalar() == 3


def test_runs_that_begin_and_close_at_once_all_enter_the_chain(engine: Engine) -> None:
    def go_through(number: int) -> str:
        record = make_record(f"r{number}")
        start(engine, record.id)
        commit_rules(engine, record.id, 0)
        with engine.begin() as connection:
            seal(connection, record.id, record.genesis, "rules")
            head = close_run(connection, record.id, record.genesis, RunClosing([], {}, []))
            finish_run(connection, record.id)
        return head

    assert len(set(at_once(go_through))) == 1
    checks = list(verify_runs(engine))
    assert [check.breach for check in checks] == [None] * NUM_THREADS
    with reading(engine) as connection:
        seqs = connection.execute(select(tables.run_chain.c.seq)).scalars().all()
    assert sorted(seqs) == list(range(NUM_THREADS))


def test_run_is_moved_on_once_by_many_at_once(engine: Engine) -> None:
    start(engine)
    with engine.begin() as connection:
        add_tasks(connection, "r1", [single(Stage.INGEST), rules_task(0)])
    finish(engine, claim(engine))
    last = claim(engine)
    assert not advance(engine, "r1")  # one is at work still
    finish(engine, last)
    assert sorted(at_once(lambda _: advance(engine, "r1"))) == [False] * (NUM_THREADS - 1) + [True]
    assert (row_of(engine, stage=Stage.GATHER).state, run_of(engine).stage) == ("pending", "gather")
