"""A database of the release before: after the upgrade its runs answer as they did."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, select, text
from tests.chaos.old_layout import REVISION, write_old_database
from tests.fakes.curated_runs import chat_row, curate_rows, some_rows
from tests.fakes.postgres_server import PostgresServer, fresh_database
from tests.integration.commands import Finished, ForkServer

from assay.audit import tables
from assay.audit.engine import open_engine, reading
from assay.audit.schema import head_revision, upgrade
from assay.audit.tasks import claim_next
from assay.domain.errors import AuditError, RunStateError
from assay_filter.runs.control import resume_run

pytestmark = pytest.mark.faults

NEW_COLUMNS = ("error_kind", "request", "conditions", "home", "created_by", "retry_until")
STRICT = "extends: default\nid: strict\naccept_at: 5\nreject_below: 4.9\n"


@dataclass(frozen=True, slots=True)
class Databases:
    """The same runs today and at the old revision; `killed` has no end in the old one."""

    server: ForkServer
    folder: Path
    today: str
    old: str
    first: str
    second: str
    killed: str

    def ask(self, database: str, *arguments: object) -> Finished:
        return self.server.run([*arguments, "--db", database], cwd=self.folder)

    def answer(self, database: str, *arguments: object) -> list[Any]:
        done = self.ask(database, *arguments)
        assert done.code == 0, done.err
        return [orjson.loads(line) for line in done.out.splitlines()]


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, server: ForkServer, tmp_path: Path
) -> Iterator[Databases]:
    today = f"sqlite:///{tmp_path / 'today.db'}"
    old = f"sqlite:///{tmp_path / 'old.db'}"
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        old = fresh_database(postgres)
    (tmp_path / "strict.yaml").write_text(STRICT)
    engine, target = open_engine(today), open_engine(old)
    upgrade(engine)
    rows = some_rows()
    changed = [*rows[1:], chat_row("How much is 7 * 8?", "7 * 8 = 54", id="slip")]
    runs = [
        curate_rows(engine, tmp_path / name, each).id
        for name, each in (("first", rows), ("second", changed), ("third", rows))
    ]
    write_old_database(engine, target, killed_run=runs[2])
    engine.dispose()
    target.dispose()
    yield Databases(server, tmp_path, today, old, *runs)


def as_then(answers: list[Any]) -> list[Any]:
    """Leave out of a run's row what the old layout does not hold."""
    for answer in answers:
        for column in NEW_COLUMNS:
            if isinstance(answer.get("run"), dict):  # a story's; others name their run
                answer["run"].pop(column, None)
    return answers


def test_old_runs_answer_as_before_after_the_upgrade(databases: Databases) -> None:
    refused = databases.ask(databases.old, "audit", "verify")
    assert refused.code == 1 and REVISION in refused.err and "assay db upgrade" in refused.err
    upgraded = databases.ask(databases.old, "db", "upgrade")
    assert upgraded.code == 0 and head_revision() in upgraded.out + upgraded.err
    verified = databases.ask(databases.old, "audit", "verify")
    assert verified.code == 0, verified.out + verified.err
    assert verified.out.count(": ok") == 3
    for asked in (
        ("explain", "phone", "--run", databases.first, "--json"),
        ("explain", "loops", "--run", databases.second, "--json"),
        ("redecide", databases.first, "--rubric", "strict.yaml", "--json"),
        ("diff", databases.first, databases.second, "--json"),
    ):
        then, now = (databases.answer(url, *asked) for url in (databases.today, databases.old))
        assert then and as_then(now) == as_then(then), asked
    sums = databases.answer(
        databases.old, "redecide", databases.first, "--rubric", "strict.yaml", "--json"
    )
    assert sums[0]["samples"] == len(some_rows())


def guards(connection: Connection) -> tuple[str, str]:
    """Return what takes the guard of table `sample` away, and what puts it back."""
    if connection.dialect.name == "postgresql":
        switch = "ALTER TABLE sample {} TRIGGER USER"
        return switch.format("DISABLE"), switch.format("ENABLE")
    made = text("SELECT sql FROM sqlite_master WHERE name = 'sample_no_update'")
    return "DROP TRIGGER sample_no_update", str(connection.execute(made).scalar_one())


def test_a_damaged_old_row_is_still_found(databases: Databases) -> None:
    engine = open_engine(databases.old)
    with engine.begin() as connection:
        unguard, guard = guards(connection)
        connection.execute(text(unguard))
        changed = text("UPDATE sample SET source = 'other' WHERE run_id = :run AND ordinal = 2")
        assert connection.execute(changed, {"run": databases.first}).rowcount == 1
        connection.execute(text(guard))
    engine.dispose()
    assert databases.ask(databases.old, "db", "upgrade").code == 0
    verified = databases.ask(databases.old, "audit", "verify", databases.first)
    assert verified.code == 1
    assert "sample ordinal=2" in verified.out + verified.err


def test_an_old_run_that_was_killed_is_nobodys_work(databases: Databases) -> None:
    databases.ask(databases.old, "db", "upgrade")
    engine = open_engine(databases.old)
    try:
        assert claim_next(engine, "worker", lease_seconds=60.0) is None
        assert claim_next(engine, "worker", run_id=databases.killed, lease_seconds=60.0) is None
        with pytest.raises((RunStateError, AuditError)):
            resume_run(engine, databases.killed)
        with reading(engine) as connection:
            state = select(tables.run.c.state).where(tables.run.c.id == databases.killed)
            assert connection.execute(state).scalar_one() == "running"
    finally:
        engine.dispose()


def test_a_new_run_goes_into_the_upgraded_chain(databases: Databases) -> None:
    databases.ask(databases.old, "db", "upgrade")
    engine = open_engine(databases.old)
    run = curate_rows(engine, databases.folder / "new", some_rows(6))
    engine.dispose()
    verified = databases.ask(databases.old, "audit", "verify")
    assert verified.code == 0, verified.out + verified.err
    assert run.id in verified.out
