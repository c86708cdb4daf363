"""A service begins on a database of its own revision, and says what to do about another."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
from tests.fakes.postgres_server import PostgresServer, fresh_database

from assay.audit import migrations
from assay.audit.engine import open_engine
from assay.audit.schema import check_revision, head_revision
from assay.domain.errors import AuditError
from assay.web.logs import open_log
from assay_filter.service.database import prepare_database

FORMER = "0003"


def upgrade_to(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(next(iter(migrations.__path__)))))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    yield f"sqlite:///{tmp_path / 'audit.db'}"


def test_a_new_sqlite_file_is_made(url: str, tmp_path: Path) -> None:
    engine = prepare_database(url, open_log(StringIO()))
    check_revision(engine)
    engine.dispose()
    assert {path.name for path in tmp_path.iterdir()} <= {
        "audit.db",
        "audit.db-wal",
        "audit.db-shm",
    }


def test_a_former_sqlite_file_is_upgraded_after_a_copy(url: str, tmp_path: Path) -> None:
    former = open_engine(url)
    upgrade_to(former, FORMER)
    with former.begin() as connection:
        connection.exec_driver_sql("INSERT INTO config_snapshot VALUES ('a', 'rules', '[]')")
    log = StringIO()
    engine = prepare_database(url, open_log(log))
    check_revision(engine)
    engine.dispose()
    former.dispose()
    copy = tmp_path / f"audit.db.revision-{FORMER}"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            (FORMER,)
        ]
        assert connection.execute("SELECT sha256 FROM config_snapshot").fetchall() == [("a",)]
    assert f"revision={head_revision()}" in log.getvalue()
    changed = copy.stat().st_mtime_ns
    prepare_database(url, open_log(log)).dispose()
    assert copy.stat().st_mtime_ns == changed


def test_a_file_that_is_no_database_is_refused(url: str, tmp_path: Path) -> None:
    (tmp_path / "audit.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(AuditError, match="expected the audit database to work"):
        prepare_database(url, open_log(StringIO()))


def test_a_postgresql_database_of_another_revision_is_left_alone(
    postgres_server: PostgresServer,
) -> None:
    url = fresh_database(postgres_server)
    with pytest.raises(AuditError, match="assay db upgrade"):
        prepare_database(url, open_log(StringIO()))
    former = open_engine(url)
    upgrade_to(former, FORMER)
    former.dispose()
    with pytest.raises(AuditError, match="assay db upgrade"):
        prepare_database(url, open_log(StringIO()))
