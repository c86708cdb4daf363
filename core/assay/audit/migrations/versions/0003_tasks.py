"""Add the queue of record, and what a run needs that no driver process carries."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("dispatched_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_task_run_id")),
        sa.PrimaryKeyConstraint("run_id", "stage", "ordinal", name=op.f("pk_task")),
    )
    op.create_index("ix_task_state", "task", ["state", "run_id", "rank", "ordinal"])
    for column in ("error_kind", "request", "conditions", "home", "created_by"):
        op.add_column("run", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("run", sa.Column("retry_until", sa.BigInteger(), nullable=True))
    op.create_index("ix_run_created_at", "run", ["created_at", "id"])
    op.add_column("chunk", sa.Column("fence", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("chunk", sa.Column("leaves", sa.LargeBinary(), nullable=True))
    op.create_table(
        "earlier_duplicate",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("kept_run", sa.Text(), nullable=False),
        sa.Column("kept_ordinal", sa.BigInteger(), nullable=False),
        sa.Column("kept_sample_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("context_similarity", sa.Integer(), nullable=True),
        sa.Column("response_similarity", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "ordinal", name=op.f("pk_earlier_duplicate")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER earlier_duplicate_no_{verb.lower()} BEFORE {verb} ON "
                "earlier_duplicate BEGIN SELECT RAISE(ABORT, 'earlier_duplicate is append-only'); "
                "END"
            )
    else:
        for name, event, each in (
            ("change", "UPDATE OR DELETE", "ROW"),
            ("truncate", "TRUNCATE", "STATEMENT"),
        ):
            op.execute(
                f"CREATE TRIGGER earlier_duplicate_no_{name} BEFORE {event} ON earlier_duplicate "
                f"FOR EACH {each} EXECUTE FUNCTION assay_refuse_change()"
            )


def downgrade() -> None:
    op.drop_table("earlier_duplicate")
    op.drop_column("chunk", "leaves")
    op.drop_column("chunk", "fence")
    op.drop_index("ix_run_created_at", "run")
    for column in ("retry_until", "created_by", "home", "conditions", "request", "error_kind"):
        op.drop_column("run", column)
    op.drop_index("ix_task_state", "task")
    op.drop_table("task")
