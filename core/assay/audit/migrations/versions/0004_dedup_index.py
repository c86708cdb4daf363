"""Add the deduplication index: what was kept before, in any run."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    head = op.create_table(
        "index_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("next_entry", sa.BigInteger(), nullable=False),
        sa.Column("published_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_head")),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "next_entry": 1, "published_to": 0}])
    op.create_table(
        "index_batch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("family", sa.BigInteger(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False),
        sa.Column("num_entries", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=True),
        sa.Column("removed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_batch")),
    )
    op.create_index("ix_index_batch_run_id", "index_batch", ["run_id"])
    op.create_index("ix_index_batch_added", "index_batch", ["added"])
    op.create_table(
        "index_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("num_chars", sa.BigInteger(), nullable=False),
        sa.Column("exact_key", sa.LargeBinary(), nullable=False),
        sa.Column("near_exact_key", sa.LargeBinary(), nullable=False),
        sa.Column("num_context", sa.Integer(), nullable=False),
        sa.Column("num_response", sa.Integer(), nullable=False),
        sa.Column("lookup_keys", sa.LargeBinary(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=True),
        sa.Column("removed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_entry")),
    )
    op.create_index("ix_index_entry_batch_id", "index_entry", ["batch_id", "ordinal"])
    op.create_index("ix_index_entry_sample_id", "index_entry", ["sample_id"])
    is_removed = sa.text("removed IS NOT NULL")
    op.create_index(
        "ix_index_entry_removed",
        "index_entry",
        ["removed"],
        sqlite_where=is_removed,
        postgresql_where=is_removed,
    )
    op.create_table(
        "index_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "entry_id", name=op.f("pk_index_key")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("index_key", "index_entry", "index_batch", "index_head"):
        op.drop_table(table)
