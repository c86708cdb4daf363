"""The tables of the filter service: uploads, who uses them, submissions, batches, kept answers.

They hold no sample text and are no part of the chain: a row may change and go. Times that machines
compare are milliseconds since 1970, UTC, by the clock of the database.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from assay.audit.tables import metadata

upload = Table(
    "upload",
    metadata,
    Column("id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),  # curate | batch
    Column("filename", Text, nullable=False),  # as the client named it: shown, never a path
    Column("format", Text, nullable=False),
    Column("num_bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Index("ix_upload_created_at", "created_at", "id"),
    Index("ix_upload_sha256", "sha256"),
)

# Which uploads a run reads: they cannot be deleted while it may still read them.
upload_use = Table(
    "upload_use",
    metadata,
    Column("upload_id", Text, ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True),
    Column("run_id", Text, ForeignKey("run.id"), primary_key=True),
    Index("ix_upload_use_run_id", "run_id"),
)

# What a request for a run said beyond what the run itself holds.
submission = Table(
    "submission",
    metadata,
    Column("run_id", Text, ForeignKey("run.id"), primary_key=True),
    Column("pipeline", Text, nullable=False),  # name; or "(inline)"
    Column("rubric", Text, nullable=False),
    Column("metadata", Text, nullable=False),  # JSON object of the caller
)

batch = Table(
    "batch",
    metadata,
    Column("id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("run.id"), nullable=False, unique=True),
    Column("input_file_id", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("completion_window", Text, nullable=False),
    Column("num_lines", BigInteger, nullable=False),
    Column("metadata", Text),  # JSON object of the caller
    Column("created_at", BigInteger, nullable=False),
    Index("ix_batch_created_at", "created_at", "id"),
)

# Answers to requests with an Idempotency-Key; `status` is null while the request is at work.
kept_answer = Table(
    "kept_answer",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_sha256", Text, nullable=False),
    Column("token", Text, nullable=False),  # of the request at work: another's cannot end it
    Column("status", Integer),
    Column("headers", Text),  # JSON object
    Column("body", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_kept_answer_created_at", "created_at"),
)
