"""The audit tables: one metadata for SQLite and PostgreSQL, changed only by migrations.

The database holds what happened to every sample and no sample text but quotes and edits; the texts
stay in the outcome files. Rows are append-only: triggers refuse updates and deletes on all tables
but `run`, `chunk` and `task`, whose state changes. Scores are integers in thousandths of a point.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

config_snapshot = Table(
    "config_snapshot",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Text, primary_key=True),
    # queued | running | cancelling | cancelled | interrupted | failed | done
    Column("state", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("config_sha256", Text, ForeignKey("config_snapshot.sha256"), nullable=False),
    Column("code_version", Text, nullable=False),
    Column("inputs", Text, nullable=False),  # JSON: name, sha256, bytes of each input
    Column("out_dir", Text, nullable=False),
    Column("judge", Text, nullable=False),
    Column("judge_version", Text, nullable=False),
    Column("rubric_sha256", Text, ForeignKey("config_snapshot.sha256"), nullable=False),
    Column("rules_sha256", Text, ForeignKey("config_snapshot.sha256"), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("created_at", Text, nullable=False),  # RFC 3339, UTC
    Column("finished_at", Text),
    Column("counts", Text),  # JSON: outcome -> number of samples
    Column("chain_head", Text),
    Column("error", Text),
    Column("error_kind", Text),  # class of the error that stopped it, for exit codes and the API
    Column("request", Text),  # JSON: sources, output format and what else the workers must know
    # JSON: what else decides the result (earlier runs, evaluation sets); null: nothing
    Column("conditions", Text),
    Column("home", Text),  # server: any worker may take its tasks; null: its own command alone
    Column("created_by", Text),  # name of the API key; null on a laptop
    Column("retry_until", BigInteger),  # when patience with a judge that is gone ends; ms, UTC
    Index("ix_run_created_at", "created_at", "id"),
)

chunk = Table(
    "chunk",
    metadata,
    Column("run_id", Text, ForeignKey("run.id"), primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("first_sample", BigInteger, nullable=False),
    Column("num_samples", Integer, nullable=False),
    Column("part_sha256", Text, nullable=False),
    Column("summary", Text, nullable=False),  # JSON: figures that the report and a resume need
    Column("measures", LargeBinary, nullable=False),  # zstd JSON: measured values per sample
    Column("fence", Integer, nullable=False),  # of the claim that committed it: names its files
    Column("leaves", LargeBinary),  # until the ledger has them
)

# What there is to do: one row a piece of work. The queue of record; a broker's message only says
# where to look. `fence` grows with each claim, so that who lost a lease cannot commit any more.
task = Table(
    "task",
    metadata,
    Column("run_id", Text, ForeignKey("run.id"), primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("rank", Integer, nullable=False),  # of the stage: earlier stages first
    Column("state", Text, nullable=False),  # pending | running | done
    Column("body", Text, nullable=False),  # JSON: what the work needs beyond its position
    Column("attempt", Integer, nullable=False),  # claims that were not given back in order
    Column("fence", Integer, nullable=False),
    Column("worker", Text),
    Column("lease_until", BigInteger),  # ms, UTC, by the clock of the database
    Column("not_before", BigInteger),  # ms, UTC: a pause between attempts
    Column("dispatched_at", BigInteger),  # ms, UTC: when a broker was last told
    Column("error", Text),  # of the last attempt
    Column("result", Text),  # JSON: what later stages and a resume need
    Index("ix_task_state", "state", "run_id", "rank", "ordinal"),
)

sample = Table(
    "sample",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("sample_id", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("user_id", Text),
    Column("format", Text, nullable=False),
    Column("type", Text),
    Column("language", Text),
    Column("source", Text),
    Column("num_tokens", Integer),
    Column("exact_key", Text),
    Index("ix_sample_sample_id", "sample_id"),
    Index("ix_sample_user_id", "user_id"),
)

event = Table(
    "event",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("action", Text, nullable=False),  # fix | flag | note | drop | error
    Column("reason", Text, nullable=False),
    Column("value", Text),  # decimal text, so that digests are the same everywhere
    Column("threshold", Text),
    Column("defect", Text),
    Column("place", Text),  # JSON: message, field, start, quote
    Column("edits", Text),  # JSON: reversible edits
    Column("before_sha256", Text),
    Column("after_sha256", Text),
)

judgement = Table(
    "judgement",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("judge", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("scores", Text, nullable=False),  # JSON: dimension -> thousandths or null
    Column("spreads", Text),
    Column("defects", Text),
    Column("raw", Text),
    Column("num_tokens", Integer),
    Column("milliseconds", Integer),
)

# What a model judge tells beyond the columns above (distributions, flags, checks, raw answers, the
# judgement before a repair); one row a judgement that has any of it.
judgement_detail = Table(
    "judgement_detail",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("body", Text, nullable=False),  # JSON
)

# What judging a chunk cost: not part of the chain, for the same answers may cost another time more
# or less.
expense = Table(
    "expense",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("chunk", Integer, primary_key=True),
    Column("num_judgements", Integer, nullable=False),
    Column("usage", Text, nullable=False),  # JSON of assay.domain.judgement.Usage
)

duplicate = Table(
    "duplicate",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("kept_ordinal", BigInteger, nullable=False),
    Column("method", Text, nullable=False),  # exact | near_exact | near | prompt_cap
    Column("context_similarity", Integer),  # thousandths
    Column("response_similarity", Integer),
    Index("ix_duplicate_kept_ordinal", "run_id", "kept_ordinal"),
)

# Duplicates of a sample that an earlier run kept.
earlier_duplicate = Table(
    "earlier_duplicate",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("kept_run", Text, nullable=False),
    Column("kept_ordinal", BigInteger, nullable=False),
    Column("kept_sample_id", Text, nullable=False),
    Column("method", Text, nullable=False),  # exact | near_exact | near
    Column("context_similarity", Integer),  # thousandths
    Column("response_similarity", Integer),
)

decision = Table(
    "decision",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("overall", Integer),
    Column("weight_covered", Integer),
    Column("basis", Text, nullable=False),
    Column("reasons", Text, nullable=False),  # JSON list of rule ids and verdict reasons
    Column("judged_as", BigInteger),  # ordinal of the exact copy whose judgement it shares
)

review = Table(
    "review",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("ordinal", BigInteger, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("reviewer", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("comment", Text),
    Column("created_at", Text, nullable=False),
)

export = Table(
    "export",
    metadata,
    Column("run_id", Text, ForeignKey("run.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("num_rows", BigInteger, nullable=False),
    Column("num_bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("first_sample", BigInteger, nullable=False),
    Column("num_samples", Integer, nullable=False),
    Column("leaves", LargeBinary, nullable=False),  # 32 bytes a row, in row order
    Column("root", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

run_chain = Table(
    "run_chain",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False, unique=True),
    Column("head", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

APPEND_ONLY = (
    "config_snapshot",
    "sample",
    "event",
    "judgement",
    "judgement_detail",
    "expense",
    "duplicate",
    "earlier_duplicate",
    "decision",
    "review",
    "export",
    "ledger",
    "run_chain",
)
