"""The tables of the deduplication index: what was kept before, in any run.

An entry is one kept sample; its keys say where to look for it; a batch is what one run added. Rows
of a batch are written ahead in small transactions and stay unseen until the batch is published,
which is one row's update: `added` takes the next number of the head. Ids of entries grow in the
order of publication, so "as the index was at head H" is a range of ids less what was removed by
then. No text is stored, but its hashes are no secret: they can be guessed back to words.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from assay.audit.tables import metadata

HEAD_ID = 1

index_head = Table(
    "index_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # HEAD_ID: the only row
    Column("seq", BigInteger, nullable=False),  # number of changes: additions and removals
    Column("next_entry", BigInteger, nullable=False),  # the first id that nobody has reserved
    Column("published_to", BigInteger, nullable=False),  # the greatest id that is published
)

index_batch = Table(
    "index_batch",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # its first entry's id
    Column("run_id", Text, nullable=False),
    Column("family", BigInteger, nullable=False),  # which settings its keys were made with
    Column("last_entry", BigInteger, nullable=False),
    Column("num_entries", BigInteger, nullable=False),  # that are there: purged ones are not
    Column("added", BigInteger),  # head that published it; null while it is being written
    Column("removed", BigInteger),  # head that removed it
    Index("ix_index_batch_run_id", "run_id"),
    Index("ix_index_batch_added", "added"),
)

index_entry = Table(
    "index_entry",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),  # of the sample in its run
    Column("sample_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),  # accepted | borderline
    Column("language", Text, nullable=False),  # empty where unknown
    Column("num_chars", BigInteger, nullable=False),
    Column("exact_key", LargeBinary, nullable=False),  # 16 bytes
    Column("near_exact_key", LargeBinary, nullable=False),
    Column("num_context", Integer, nullable=False),  # shingles of a side; 0 where it is short
    Column("num_response", Integer, nullable=False),
    Column("lookup_keys", LargeBinary, nullable=False),  # its rows of index_key
    Column("features", LargeBinary),  # shingle sets; null where both sides are short
    Column("removed", BigInteger),  # head that removed this one sample
    Index("ix_index_entry_batch_id", "batch_id", "ordinal"),
    Index("ix_index_entry_sample_id", "sample_id"),
    Index(
        "ix_index_entry_removed",
        "removed",
        sqlite_where=text("removed IS NOT NULL"),
        postgresql_where=text("removed IS NOT NULL"),
    ),
)

# Exact, near-exact and band keys alike, each salted by its kind: one look-up finds all candidates.
index_key = Table(
    "index_key",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
