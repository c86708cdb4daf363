"""Redaction on both databases: the words go, the chain holds, nothing else may change."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, Executable, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError
from tests.fakes.audit_databases import Fill
from tests.fakes.sealed_runs import SECRET, review_sample, seal_run

from assay.audit import tables
from assay.audit.file_changes import file_changes, file_states, record_file_change
from assay.audit.redaction import close_redaction, redact_chunks, redact_sample
from assay.audit.redaction_tables import APPEND_ONLY, redaction
from assay.audit.story import export_rows, tell
from assay.audit.tombstones import FORMS, is_run_redacted, redacted_samples
from assay.audit.verification import RunCheck, verify_runs
from assay.domain.errors import AuditError, InputError, RunStateError

ROWS_OF_A_SAMPLE = 5  # sample, event, judgement, judgement_detail, event; a decision has no text


def fill(engine: Engine) -> None:
    seal_run(engine, "r1")


@pytest.fixture
def engine(filled_audit: Callable[[Fill], Engine]) -> Engine:
    return filled_audit(fill)


def redact(engine: Engine, ordinal: int = 13, run_id: str = "r1") -> int:
    with engine.begin() as connection:
        return redact_sample(connection, run_id, ordinal, "asked for removal", "key-1")


def check(engine: Engine, run_id: str = "r1") -> RunCheck:
    found, *_ = verify_runs(engine, run_id)
    return found


def breaches(engine: Engine) -> list[str]:
    return [found.breach for found in verify_runs(engine) if found.breach]


def tamper(engine: Engine, *statements: str) -> None:
    """Change rows behind the triggers' back, as the owner of the database could."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            names = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).scalars()
            for name in names.all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = origin"))


def test_redacted_sample_leaves_no_word_and_verifies(engine: Engine) -> None:
    review_sample(engine, "r1", 13, SECRET)
    before = check(engine)
    assert redact(engine) == ROWS_OF_A_SAMPLE + 1
    after = check(engine)
    assert after.breach is None
    assert (after.num_rows, after.head) == (before.num_rows, before.head)
    assert (before.num_redacted, after.num_redacted) == (0, ROWS_OF_A_SAMPLE)
    rows = [row for row in export_rows(engine) if b'"ordinal":13,' in row]
    assert len(rows) >= ROWS_OF_A_SAMPLE + 1
    assert not [row for row in rows if SECRET.encode() in row or b'"u13"' in row]
    kept = [row for row in export_rows(engine) if SECRET.encode() in row]
    assert kept, "other samples keep their text"


def test_redacted_sample_can_still_be_told_of(engine: Engine) -> None:
    redact(engine)
    story = tell(engine, "r1", 13)
    assert story.decision is not None
    assert story.decision["outcome"] == "rejected"
    assert story.sample["user_id"] is None
    assert [event["rule"] for event in story.events] == ["rep.loop", "rep.loop"]
    assert [judgement["scores"] for judgement in story.judgements] == ['{"correctness":3000}']


def test_second_redaction_finds_nothing_to_do(engine: Engine) -> None:
    redact(engine)
    assert redact(engine) == 0
    assert check(engine).num_redacted == ROWS_OF_A_SAMPLE


def test_comment_written_after_a_redaction_goes_with_the_next(engine: Engine) -> None:
    redact(engine)
    review_sample(engine, "r1", 13, SECRET)
    assert redact(engine) == 1


def test_tombstones_tell_who_when_and_why(engine: Engine) -> None:
    redact(engine)
    with engine.connect() as connection:
        rows = connection.execute(select(redaction).order_by(redaction.c.seq)).all()
        assert redacted_samples(connection, "r1", range(30)) == {13}
        assert redacted_samples(connection, "r1", range(14, 30)) == set()
    assert {(row.run_id, row.ordinal, row.actor, row.reason) for row in rows} == {
        ("r1", 13, "key-1", "asked for removal")
    }
    assert [(row.table_name, row.row_key) for row in rows] == [
        ("judgement", "1"),
        ("judgement_detail", "1"),
        ("event", "judge/0"),
        ("sample", ""),
        ("event", "rules/0"),
    ]


def refuses(engine: Engine, *statements: Executable) -> None:
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            connection.execute(statement)


def test_plain_updates_are_refused_before_and_after(engine: Engine) -> None:
    for ordinal in (13, 14):
        review_sample(engine, "r1", ordinal, SECRET)
    to_form, to_other, to_form_of_others = [], [], []
    for name, form in FORMS.items():
        table = tables.metadata.tables[name]
        to_form.append(update(table).where(table.c.ordinal == 13).values(dict(form)))
        to_other.append(update(table).where(table.c.ordinal == 13).values({min(form): "other"}))
        to_form_of_others.append(update(table).where(table.c.ordinal == 14).values(dict(form)))
    deletes = [delete(tables.metadata.tables[name]) for name in FORMS]
    refuses(engine, *to_form, *to_other, *deletes)
    assert redact(engine) == ROWS_OF_A_SAMPLE + 1
    refuses(engine, *to_other, *to_form_of_others, *deletes)
    assert breaches(engine) == []


def test_tombstone_allows_no_other_cell_to_change(engine: Engine) -> None:
    redact(engine)
    event = tables.event
    values = {**FORMS["event"], "action": "note"}
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(update(event).where(event.c.ordinal == 13).values(values))


def test_tables_without_text_stay_append_only(engine: Engine) -> None:
    redact(engine)
    with engine.begin() as connection:
        before = file_states(connection, "r1")["rejected.jsonl"]
        record_file_change(
            connection, "r1", before, after=(29, 90, "f" * 64), reason="asked", actor="key-1"
        )
        values = {"run_id": "x", "ordinal": 1, "kept_ordinal": 0, "method": "near"}
        connection.execute(insert(tables.duplicate).values(values))
    for name in ("decision", "duplicate", "ledger", *APPEND_ONLY):
        target = tables.metadata.tables[name]
        refuses(engine, update(target).values(run_id="other"), delete(target))


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE event SET reason='fine' WHERE ordinal=13 AND stage='rules'",
         "event stage=rules ordinal=13 seq=0: its cells were changed after it was redacted"),
        ("UPDATE sample SET line=99 WHERE ordinal=13", "sample ordinal=13: its cells were changed"),
        ("UPDATE event SET reason='fine' WHERE ordinal=14", "ordinal=14 seq=0: its cells"),
        ("DELETE FROM judgement WHERE ordinal=13", "judgement ordinal=14"),
        ("DELETE FROM redaction WHERE seq=4", "event stage=rules ordinal=13"),
        ("UPDATE redaction SET reason='no reason' WHERE seq=1", "redaction seq=1"),
        ("UPDATE redaction SET leaf='0' WHERE table_name='sample'", "sample ordinal=13"),
    ],
)  # fmt: skip
def test_other_changes_are_still_named(engine: Engine, statement: str, named: str) -> None:
    redact(engine)
    tamper(engine, statement)
    found = breaches(engine)
    assert found
    assert any(named in breach for breach in found), found


def test_restored_text_is_named(engine: Engine) -> None:
    with engine.connect() as connection:
        row = connection.execute(
            select(tables.judgement_detail).where(tables.judgement_detail.c.ordinal == 13)
        ).one()
    redact(engine)
    tamper(engine, f"UPDATE judgement_detail SET body='{row.body}' WHERE ordinal=13")
    assert any("stands there again" in breach for breach in breaches(engine))


def test_changed_row_is_not_covered_up(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("DROP TRIGGER event_no_update"))
        connection.execute(text("UPDATE event SET reason='fine' WHERE ordinal=13"))
    with pytest.raises(AuditError, match="found it changed"):
        redact(engine)
    with engine.connect() as connection:
        assert connection.execute(select(redaction)).first() is None


def test_unfinished_run_is_not_redacted_by_the_sample(engine: Engine) -> None:
    seal_run(engine, "r2", is_closed=False)
    with pytest.raises(RunStateError, match="found it running"):
        redact(engine, 3, "r2")


@pytest.mark.parametrize(
    ("run_id", "ordinal", "reason"),
    [("r1", 500, "asked"), ("absent", 1, "asked"), ("r1", 1, " "), ("r1", 1, "x" * 501)],
)
def test_what_cannot_be_redacted_is_refused(
    engine: Engine, run_id: str, ordinal: int, reason: str
) -> None:
    with pytest.raises(InputError, match="expected"), engine.begin() as connection:
        redact_sample(connection, run_id, ordinal, reason, "key-1")


def test_whole_run_is_redacted_and_verifies(engine: Engine) -> None:
    with engine.begin() as connection:
        assert redact_chunks(connection, "r1", 0, 9, "asked", "key-1") == 10 * ROWS_OF_A_SAMPLE
    with engine.begin() as connection:
        assert redact_chunks(connection, "r1", 0, 29, "asked", "key-1") == 20 * ROWS_OF_A_SAMPLE
        assert close_redaction(connection, "r1", "asked", "key-1")
        assert not close_redaction(connection, "r1", "asked", "key-1")
        assert is_run_redacted(connection, "r1")
    found = check(engine)
    assert (found.breach, found.num_redacted) == (None, 30 * ROWS_OF_A_SAMPLE)
    assert not [row for row in export_rows(engine) if SECRET.encode() in row]
    assert breaches(engine) == []


def test_stopped_run_is_redacted_as_a_whole(engine: Engine) -> None:
    seal_run(engine, "r2", is_closed=False)
    with engine.begin() as connection:
        connection.execute(
            update(tables.run)
            .where(tables.run.c.id == "r2")
            .values(state="failed", error=f"expected text, found {SECRET!r}")
        )
    with engine.begin() as connection:
        assert redact_chunks(connection, "r2", 0, 29, "asked", "key-1") == 30 * ROWS_OF_A_SAMPLE
        assert close_redaction(connection, "r2", "asked", "key-1")
    assert check(engine, "r2").breach is None
    assert not [row for row in export_rows(engine, "r2") if SECRET.encode() in row]


def test_redactions_of_two_runs_share_one_chain(engine: Engine) -> None:
    seal_run(engine, "r2")
    redact(engine)
    redact(engine, 13, "r2")
    redact(engine, 14)
    assert breaches(engine) == []
    with engine.connect() as connection:
        seqs = connection.execute(select(redaction.c.seq).order_by(redaction.c.seq)).scalars().all()
    assert seqs == list(range(3 * ROWS_OF_A_SAMPLE))


def test_two_processes_that_redact_wait_for_each_other(engine: Engine) -> None:
    import threading

    failures: list[BaseException] = []

    def work(ordinals: range) -> None:
        try:
            for ordinal in ordinals:
                redact(engine, ordinal)
        except BaseException as exc:  # noqa: BLE001  told below
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(range(at, 30, 3),)) for at in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert check(engine).num_redacted == 30 * ROWS_OF_A_SAMPLE
    assert breaches(engine) == []


def test_changed_file_is_followed_from_its_export(engine: Engine) -> None:
    with engine.begin() as connection:
        for num_rows, sha256 in ((29, "1" * 64), (28, "2" * 64)):
            before = file_states(connection, "r1")["rejected.jsonl"]
            record_file_change(
                connection, "r1", before, after=(num_rows, 9, sha256), reason="asked", actor="k"
            )
        state = file_states(connection, "r1")["rejected.jsonl"]
        assert (state.num_rows, state.sha256, state.num_changes) == (28, "2" * 64, 2)
        assert [change.old_sha256[0] for change in file_changes(connection, "r1")] == ["e", "1"]
    assert check(engine).num_files_changed == 1
    assert breaches(engine) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE file_change SET old_sha256='0'",
        "UPDATE file_change SET num_rows=31",
        "UPDATE file_change SET seq=1",
        "UPDATE file_change SET name='more.jsonl'",
    ],
)
def test_change_that_leads_on_from_nothing_is_named(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        before = file_states(connection, "r1")["rejected.jsonl"]
        record_file_change(connection, "r1", before, after=(29, 9, "1"), reason="a", actor="k")
    tamper(engine, statement)
    (breach,) = breaches(engine)
    assert "file_change name=" in breach


def test_tables_and_migrations_agree(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
    ours = ("redaction", "file_change", *FORMS)
    assert not [found for found in differences if any(name in repr(found) for name in ours)]


def test_migration_goes_back_and_forth(engine: Engine) -> None:
    from alembic import command

    from assay.audit.schema import _config

    for target, run_command in (("0005", command.downgrade), ("head", command.upgrade)):
        config = _config()
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            run_command(config, target)
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            connection.execute(update(tables.event).values(reason="(redacted)"))
    assert redact(engine) == ROWS_OF_A_SAMPLE
