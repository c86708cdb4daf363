"""Brings an audit database to the revision that this code needs.

Alembic is imported where it is used: it takes a quarter of the time of a command that needs none.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from assay.audit.engine import reading
from assay.domain.errors import AuditError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory


def upgrade(engine: Engine) -> None:
    """Upgrade the database to the newest revision; a no-op when it is there.

    Raises:
        AuditError: the file is no database, or belongs to newer code.
    """
    from alembic import command

    try:
        with engine.begin() as connection:
            found = current_revision(connection)
            _check_known(found)
            if found == head_revision():
                return
            config = _config()
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
            found = current_revision(connection)
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


def current_revision(connection: Connection) -> str | None:
    """Return the revision that a database has; None where it has no tables of ours."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """Return the newest revision that this code knows."""
    head = _migrations().get_current_head()
    assert head is not None
    return head


def _check_known(found: str | None) -> None:
    known = {revision.revision for revision in _migrations().walk_revisions()}
    if found is not None and found not in known:
        raise AuditError(
            f"expected an audit revision among {sorted(known)}, found {found!r}; "
            "the database was written by a newer Assay: upgrade Assay"
        )


@cache
def _migrations() -> "ScriptDirectory":
    """Return the migrations; they are read once a process."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
