"""The audit on a real SQLite file: recording, guarding, verifying."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
import zstandard
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError
from tests.fakes.audit_databases import sqlite_audit

from assay.audit import redaction_tables, tables
from assay.audit.engine import open_engine
from assay.audit.recording import (
    RunClosing,
    RunRecord,
    Snapshot,
    close_run,
    commit_chunk,
    finish_run,
    refusals,
    seal,
    set_run_state,
    start_run,
)
from assay.audit.rows import ChunkRecord, RowCells, leaves_of
from assay.audit.schema import check_revision, head_revision, upgrade
from assay.audit.story import export_rows, find_samples, tell
from assay.audit.verification import verify_runs
from assay.domain.errors import AuditError, InputError

NUM_SAMPLES = 10
CLOSING = RunClosing([], {"rejected": 30}, [("rejected.jsonl", 30, 99, "e" * 64)])
MEASURES = zstandard.ZstdCompressor().compress(orjson.dumps([{"rep.ngram": 0.1}] * NUM_SAMPLES))


def make_record(run_id: str = "r1") -> RunRecord:
    return RunRecord(
        id=run_id,
        config=Snapshot("pipeline", '{"a":1}'),
        rubric=Snapshot("rubric", '{"b":1}'),
        rules=Snapshot("rules", "[]"),
        code_version="0",
        inputs=["data.jsonl"],
        out_dir="out",
        judge="evidence",
        judge_version="1",
        seed=0,
    )


def make_chunk(stage: str, rows: dict[str, list[RowCells]], ordinal: int = 0) -> ChunkRecord:
    first = ordinal * NUM_SAMPLES
    return ChunkRecord(
        stage, ordinal, first, NUM_SAMPLES, "d" * 64, "{}", MEASURES, rows, leaves_of(stage, rows)
    )


def sample_row(ordinal: int) -> RowCells:
    sample_id = f"{ordinal:064x}"
    return (ordinal, sample_id, "data.jsonl", ordinal + 1, f"u{ordinal}", "messages",
            "math", "en", None, 12, "k")  # fmt: skip


def event_row(stage: str, ordinal: int, seq: int = 0) -> RowCells:
    return (stage, ordinal, seq, "rep.loop", 1, "drop", "it loops", "9", "4", None, None,
            None, None, None)  # fmt: skip


def decision_row(ordinal: int) -> RowCells:
    return (ordinal, "rejected", 1000 + ordinal, 0, "rules", '["rep.loop"]', None)


def start(engine: Engine, record: RunRecord) -> None:
    with engine.begin() as connection:
        start_run(connection, record, state="running", request={})


def commit(engine: Engine, record: RunRecord, chunk: ChunkRecord) -> None:
    with engine.begin() as connection:
        commit_chunk(connection, record.id, chunk)


def seal_stage(engine: Engine, record: RunRecord, stage: str) -> str:
    with engine.begin() as connection:
        return seal(connection, record.id, record.genesis, stage)


def close(engine: Engine, record: RunRecord, closing: RunClosing) -> str:
    with engine.begin() as connection:
        head = close_run(connection, record.id, record.genesis, closing)
        finish_run(connection, record.id)
    return head


def rules_chunk(chunk: int) -> ChunkRecord:
    ordinals = range(chunk * NUM_SAMPLES, (chunk + 1) * NUM_SAMPLES)
    samples = [sample_row(o) for o in ordinals]
    events = [event_row("rules", o) for o in ordinals if o % 2]
    return make_chunk("rules", {"sample": samples, "event": events}, chunk)


def decide_chunk(chunk: int) -> ChunkRecord:
    ordinals = range(chunk * NUM_SAMPLES, (chunk + 1) * NUM_SAMPLES)
    return make_chunk("decide", {"decision": [decision_row(o) for o in ordinals]}, chunk)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return sqlite_audit(tmp_path / "audit.db")


@pytest.fixture
def recorded(engine: Engine) -> Engine:
    record = make_record()
    start(engine, record)
    for chunk in (2, 0, 1):  # in whatever order workers finish
        commit(engine, record, rules_chunk(chunk))
    seal_stage(engine, record, "rules")
    for chunk in (1, 2, 0):
        commit(engine, record, decide_chunk(chunk))
    seal_stage(engine, record, "decide")
    close(engine, record, CLOSING)
    return engine


def _tamper(engine: Engine, *statements: str) -> None:
    """Change the database behind the triggers' back, as an attacker with the file would."""
    assert engine.url.database
    with sqlite3.connect(engine.url.database) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def _breach(engine: Engine) -> str | None:
    return next((check.breach for check in verify_runs(engine) if check.breach), None)


def test_sound_audit_verifies(recorded: Engine) -> None:
    (check,) = verify_runs(recorded)
    assert check.breach is None
    assert check.num_rows == 30 + 15 + 30 + 1


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE event SET reason='fine' WHERE ordinal=13"], "event stage=rules ordinal=13"),
        (["UPDATE decision SET outcome='accepted' WHERE ordinal=7"], "decision ordinal=7"),
        (["UPDATE sample SET line=99 WHERE ordinal=21"], "sample ordinal=21"),
        (["DELETE FROM sample WHERE ordinal=4"], "sample ordinal=5"),
        (["DELETE FROM decision WHERE ordinal=29"], "stage decide, chunk 2"),
        (
            [
                "UPDATE decision SET ordinal=-1 WHERE ordinal=3",
                "UPDATE decision SET ordinal=3 WHERE ordinal=4",
                "UPDATE decision SET ordinal=4 WHERE ordinal=-1",
            ],
            "decision ordinal=3",
        ),
        (
            ["INSERT INTO event SELECT run_id, stage, ordinal, 7, rule, version, action, reason, "
             "value, threshold, defect, place, edits, before_sha256, after_sha256 FROM event "
             "WHERE ordinal=1"],
            "event stage=rules ordinal=1 seq=7",
        ),
        (["INSERT INTO decision SELECT run_id, 500, outcome, overall, weight_covered, basis, "
          "reasons, judged_as FROM decision WHERE ordinal=1"], "decision: 31 rows"),
        (["UPDATE ledger SET root='0' WHERE seq=2"], "ledger entry 2"),
        (["DELETE FROM ledger WHERE seq=1"], "ledger entry 1 is missing"),
        (["UPDATE chunk SET summary='{\"x\":1}' WHERE stage='decide' AND ordinal=1"],
         "stage decide, chunk 1"),
        (["UPDATE export SET sha256='f' WHERE name='rejected.jsonl'"], "export name=rejected"),
        (["UPDATE run SET chain_head='0'"], "run.chain_head"),
        (["UPDATE run_chain SET head='0'"], "run_chain"),
        (["UPDATE run SET seed=4"], "ledger entry 0"),
    ],
)  # fmt: skip
def test_tampering_is_named(recorded: Engine, statements: list[str], named: str) -> None:
    _tamper(recorded, *statements)
    breach = _breach(recorded)
    assert breach is not None
    assert named in breach


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET reason='x'",
        "DELETE FROM sample",
        "UPDATE decision SET outcome='accepted'",
        "INSERT OR REPLACE INTO ledger SELECT * FROM ledger",
        "DELETE FROM run_chain",
    ],
)
def test_append_only_tables_refuse_changes(recorded: Engine, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), recorded.begin() as connection:
        connection.execute(text(statement))
    assert _breach(recorded) is None


def test_same_content_gives_the_same_head_under_another_run_id(engine: Engine) -> None:
    heads = []
    for run_id in ("first", "second"):
        record = make_record(run_id)
        start(engine, record)
        rows = {"sample": [sample_row(o) for o in range(NUM_SAMPLES)]}
        commit(engine, record, make_chunk("rules", rows))
        seal_stage(engine, record, "rules")
        heads.append(close(engine, record, RunClosing([], {}, [])))
    assert heads[0] == heads[1]
    assert _breach(engine) is None


def test_order_of_commits_does_not_change_the_head(engine: Engine) -> None:
    heads = []
    for run_id, order in (("first", (0, 1, 2)), ("second", (2, 0, 1))):
        record = make_record(run_id)
        start(engine, record)
        for chunk in order:
            commit(engine, record, rules_chunk(chunk))
        heads.append(seal_stage(engine, record, "rules"))
    assert heads[0] == heads[1]


def test_stage_that_is_sealed_twice_is_sealed_once(engine: Engine) -> None:
    record = make_record()
    start(engine, record)
    for chunk in range(3):
        commit(engine, record, rules_chunk(chunk))
    first = seal_stage(engine, record, "rules")
    assert seal_stage(engine, record, "rules") == first
    (check,) = verify_runs(engine)
    assert (check.breach, check.head, check.num_rows) == (None, first, 45)


@pytest.mark.parametrize("is_sealed", [True, False])
def test_run_under_way_verifies_and_its_changes_are_named(engine: Engine, is_sealed: bool) -> None:
    record = make_record()
    start(engine, record)
    for chunk in (1, 0):
        commit(engine, record, rules_chunk(chunk))
    if is_sealed:
        seal_stage(engine, record, "rules")
    (check,) = verify_runs(engine)
    assert (check.breach, check.num_rows) == (None, 30)
    _tamper(engine, "UPDATE event SET reason='fine' WHERE ordinal=13")
    breach = _breach(engine)
    assert breach is not None
    assert "event stage=rules ordinal=13" in breach


def test_run_cannot_be_closed_twice(recorded: Engine) -> None:
    with pytest.raises(DatabaseError):
        close(recorded, make_record(), CLOSING)
    assert _breach(recorded) is None


def test_state_moves_only_from_the_named_states(engine: Engine) -> None:
    record = make_record()
    start(engine, record)
    cause = InputError("expected a file, found none")
    assert set_run_state(engine, record.id, state="failed", error=cause)
    assert not set_run_state(engine, record.id, state="cancelled", only_from=("queued", "running"))
    with engine.begin() as connection:
        found = connection.execute(text("SELECT state, error, error_kind FROM run")).one()
    assert tuple(found) == ("failed", str(cause), "InputError")


@pytest.mark.parametrize("place", [1, 4, 8])  # id, user id, source
def test_nul_in_a_text_is_stored_as_its_picture(engine: Engine, place: int) -> None:
    record = make_record()
    start(engine, record)
    row = list(sample_row(0))
    row[place] = "a\0b"
    commit(engine, record, make_chunk("rules", {"sample": [tuple(row)]}))
    (check,) = verify_runs(engine)
    assert check.breach is None
    with engine.begin() as connection:
        stored = connection.execute(select(tables.sample)).one()
    assert stored[place + 1] == "a\u2400b"


def test_failed_chunk_leaves_nothing(engine: Engine) -> None:
    record = make_record()
    start(engine, record)
    twice = {"sample": [sample_row(0), sample_row(0)]}
    with pytest.raises(AuditError, match="refused chunk 0"), refusals("chunk 0"):
        commit(engine, record, make_chunk("rules", twice))
    with engine.connect() as connection:
        for table in ("sample", "chunk", "ledger"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


@pytest.mark.parametrize("name", [f"{3:064x}", "u3", "data.jsonl:4"])
def test_sample_is_found_by_each_of_its_names(recorded: Engine, name: str) -> None:
    assert find_samples(recorded, name) == [("r1", 3)]
    story = tell(recorded, "r1", 3)
    assert [event["rule"] for event in story.events] == ["rep.loop"]
    assert story.measures == {"rep.ngram": 0.1}
    assert story.decision is not None
    assert story.decision["outcome"] == "rejected"


def test_unknown_name_is_refused(recorded: Engine) -> None:
    with pytest.raises(AuditError, match="no sample called 'nobody'"):
        find_samples(recorded, "nobody")


def test_export_gives_every_row(recorded: Engine) -> None:
    lines = list(export_rows(recorded))
    assert len(lines) == 1 + 76 + 7 + 7  # run, rows under leaves, chunks, ledger


def test_unknown_run_is_refused(recorded: Engine) -> None:
    with pytest.raises(AuditError, match="found none"):
        list(verify_runs(recorded, "absent"))


def test_upgrade_is_repeatable_and_leaves_the_head(engine: Engine) -> None:
    upgrade(engine)
    check_revision(engine)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    assert found == head_revision()


def test_tables_and_migrations_agree(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from assay.audit.tables import metadata

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_newer_database_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num='9999'"))
    with pytest.raises(AuditError, match="newer Assay"):
        upgrade(engine)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, " * 100)
    with pytest.raises(AuditError, match="expected an audit database"):
        upgrade(open_engine(f"sqlite:///{path}"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("not a url", "expected a database URL"),
        ("mysql://localhost/x", "expected a sqlite:// or postgresql:// URL"),
        ("sqlite://", "expected a database file"),
        ("sqlite:////nowhere/at/all/x.db", "folder '/nowhere/at/all' to exist"),
    ],
)
def test_unusable_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(AuditError, match=message):
        open_engine(url)


def test_two_writers_wait_for_each_other(engine: Engine) -> None:
    import threading

    def write(run_id: str) -> None:
        record = make_record(run_id)
        start(engine, record)
        for chunk in range(5):
            commit(engine, record, rules_chunk(chunk))
        seal_stage(engine, record, "rules")

    jobs: list[Callable[[], None]] = [lambda: write("a"), lambda: write("b")]
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [check.breach for check in verify_runs(engine)] == [None, None]


def test_every_append_only_table_is_guarded(engine: Engine) -> None:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        names = {row.name for row in found}
    guarded = (*tables.APPEND_ONLY, *redaction_tables.APPEND_ONLY)
    assert names == {f"{t}_no_{verb}" for t in guarded for verb in ("update", "delete")}
