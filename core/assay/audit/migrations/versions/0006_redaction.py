"""Add tombstones and file changes; let through the one update that a tombstone allows.

The triggers that guard rows with text refuse all updates but the one that turns a row with a
tombstone into its redacted form and leaves every other cell as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NEW_TABLES = ("redaction", "file_change")
# Table -> its key but for run and ordinal, the cells that stay, and what the others become.
FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, str | None]]] = {
    "sample": (
        (),
        (
            "run_id",
            "ordinal",
            "sample_id",
            "file",
            "line",
            "format",
            "type",
            "language",
            "source",
            "num_tokens",
        ),
        {"user_id": None, "exact_key": None},
    ),
    "event": (
        ("stage", "seq"),
        (
            "run_id",
            "stage",
            "ordinal",
            "seq",
            "rule",
            "version",
            "action",
            "value",
            "threshold",
            "defect",
        ),
        {
            "reason": "(redacted)",
            "place": None,
            "edits": None,
            "before_sha256": None,
            "after_sha256": None,
        },
    ),
    "judgement": (
        ("turn",),
        (
            "run_id",
            "ordinal",
            "turn",
            "judge",
            "version",
            "basis",
            "scores",
            "spreads",
            "num_tokens",
            "milliseconds",
        ),
        {"raw": None, "defects": None},
    ),
    "judgement_detail": (("turn",), ("run_id", "ordinal", "turn"), {"body": "{}"}),
    "review": (
        ("seq",),
        ("run_id", "ordinal", "seq", "reviewer", "decision", "created_at"),
        {"comment": None},
    ),
}


def upgrade() -> None:
    _create_tables()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in FORMS:
        if is_sqlite:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        else:
            op.execute(f"DROP TRIGGER {table}_no_change ON {table}")
            op.execute(f"DROP FUNCTION assay_allow_redaction_{table}()")
            op.execute(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION assay_refuse_change()"
            )
    for table in NEW_TABLES:
        op.drop_table(table)


def _is_redaction(table: str, is_same: str) -> str:
    """Return the condition under which a row of `table` may become NEW."""
    keys, stays, form = FORMS[table]
    conditions = [f"NEW.{name} {is_same} OLD.{name}" for name in stays]
    conditions += [
        f"NEW.{name} IS NULL" if value is None else f"NEW.{name} = '{value}'"
        for name, value in form.items()
    ]
    key = " || '/' || ".join(f"CAST(OLD.{name} AS TEXT)" for name in keys) or "''"
    tombstone = (
        "SELECT 1 FROM redaction r WHERE r.run_id = OLD.run_id "
        f"AND r.table_name = '{table}' AND r.ordinal = OLD.ordinal AND r.row_key = {key}"
    )
    return " AND ".join((*conditions, f"EXISTS ({tombstone})"))


def _guard_sqlite() -> None:
    for table in NEW_TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for table in FORMS:
        op.execute(f"DROP TRIGGER {table}_no_update")
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"WHEN NOT ({_is_redaction(table, 'IS')}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _guard_postgresql() -> None:
    for table in NEW_TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION assay_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION assay_refuse_change()"
        )
    for table in FORMS:
        op.execute(
            f"CREATE FUNCTION assay_allow_redaction_{table}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN IF TG_OP = 'UPDATE' THEN "
            f"IF {_is_redaction(table, 'IS NOT DISTINCT FROM')} THEN RETURN NEW; END IF; "
            "END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        op.execute(f"DROP TRIGGER {table}_no_change ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION assay_allow_redaction_{table}()"
        )


def _create_tables() -> None:
    op.create_table(
        "redaction",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_redaction")),
        sa.UniqueConstraint(
            "run_id", "ordinal", "table_name", "row_key", name=op.f("uq_redaction_run_id")
        ),
    )
    op.create_table(
        "file_change",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("old_sha256", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("num_rows", sa.BigInteger(), nullable=False),
        sa.Column("num_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "name", "seq", name=op.f("pk_file_change")),
    )
