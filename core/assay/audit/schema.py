"""Brings an audit database to the revision that this code needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from assay.audit.engine import reading
from assay.domain.errors import AuditError


def upgrade(engine: Engine) -> None:
    """Upgrade the database to the newest revision; a no-op when it is there.

    Raises:
        AuditError: the file is no database, or belongs to newer code.
    """
    config = _config()
    try:
        with engine.begin() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            _check_known(found, config)
            if found == head_revision():
                return
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DatabaseError as exc:
        raise AuditError(
            f"expected an audit database at {engine.url.render_as_string()!r}, "
            f"found {exc.orig}; give another --db"
        ) from exc


def check_revision(engine: Engine) -> None:
    """Refuse a database of another revision.

    Raises:
        AuditError: the revision is not the one that this code reads.
    """
    try:
        with reading(engine) as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except DatabaseError as exc:
        raise AuditError(
            f"expected an audit database at {engine.url.render_as_string()!r}, "
            f"found {exc.orig}; give another --db"
        ) from exc
    if found != head_revision():
        raise AuditError(
            f"expected audit revision {head_revision()!r}, found {found!r}; "
            "run `assay db upgrade`, or use the version of Assay that wrote it"
        )


def head_revision() -> str:
    """Return the newest revision that this code knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _check_known(found: str | None, config: Config) -> None:
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise AuditError(
            f"expected an audit revision among {sorted(known)}, found {found!r}; "
            "the database was written by a newer Assay: upgrade Assay"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
