"""What was taken out of the audit, and who did it: tombstones of rows, changes of outcome files.

A tombstone names a row whose text-bearing cells were overwritten; the row's leaf stays in the
ledger. Tombstones are chained like the ledger, over all runs, so none can be slipped in between or
taken away unseen. Both tables refuse updates and deletes by trigger.
"""

from sqlalchemy import BigInteger, Column, Integer, Table, Text, UniqueConstraint

from assay.audit.tables import metadata

redaction = Table(
    "redaction",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False),
    Column("table_name", Text, nullable=False),  # `run`: the whole run was taken out
    Column("ordinal", BigInteger, nullable=False),
    Column("row_key", Text, nullable=False),  # its other key cells but the run's, joined by `/`
    Column("leaf", Text, nullable=False),  # leaf digest of the row as it was left
    Column("created_at", Text, nullable=False),  # RFC 3339, UTC
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("run_id", "ordinal", "table_name", "row_key"),
)

# One row a rewriting of an outcome file: the first follows the digest in table `export`.
file_change = Table(
    "file_change",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("old_sha256", Text, nullable=False),
    Column("sha256", Text),  # null: the file was removed
    Column("num_rows", BigInteger, nullable=False),
    Column("num_bytes", BigInteger, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

APPEND_ONLY = ("redaction", "file_change")
