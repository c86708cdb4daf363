"""What a redacted row looks like, and which rows have a tombstone.

A row may differ from its leaf in the ledger only if a tombstone names it and it stands exactly as
the tombstone left it. The triggers let through no other update than the one to this form.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from assay.audit.chain import Cell, entry_hash, leaf_of
from assay.audit.redaction_tables import redaction
from assay.audit.rows import columns_of

BATCH = 5000
SQL_BATCH = 500
RUN = "run"
TEXT = "(redacted)"
# Table -> what its text-bearing cells become. Numbers, rule ids, outcomes and the address of a row
# tell nothing that was said, and the sums of a run rest on them: they stay. So does `sample_id`, by
# which a removal is asked for, and repeated where a crash cut it short.
FORMS: Mapping[str, Mapping[str, str | None]] = {
    "sample": {"user_id": None, "exact_key": None},  # exact_key: a digest of the text, folded
    "event": {
        "reason": TEXT,  # may quote
        "place": None,  # quotes
        "edits": None,  # the text before and after
        "before_sha256": None,  # digests of the text
        "after_sha256": None,
    },
    "judgement": {"raw": None, "defects": None},  # the model's words, its quotes
    "judgement_detail": {"body": "{}"},  # raw answers, the judgement before a repair
    "review": {"comment": None},
}


def key_of(table: Table, row: Row[Any]) -> str:
    """Return a row's key cells but for run and ordinal, as a tombstone has them."""
    keys = [c.name for c in table.primary_key.columns if c.name not in ("run_id", "ordinal")]
    return "/".join(str(row._mapping[name]) for name in keys)


def redacted_cells(table: Table, row: Row[Any]) -> tuple[Cell, ...]:
    """Return a row's cells with nothing in them that was said."""
    form = FORMS[table.name]
    return tuple(form[name] if name in form else row._mapping[name] for name in columns_of(table))


def is_run_redacted(connection: Connection, run_id: str) -> bool:
    """Whether the whole run was taken out: it can be told of, and not gone on with."""
    query = select(redaction.c.seq).where(
        redaction.c.run_id == run_id, redaction.c.ordinal == 0, redaction.c.table_name == RUN
    )
    return connection.execute(query).first() is not None


class Tombstones:
    """The tombstones of one run, loaded chunk by chunk."""

    def __init__(self, connection: Connection, run_id: str) -> None:
        self._connection = connection
        self._run_id = run_id
        query = select(func.count()).where(
            redaction.c.run_id == run_id, redaction.c.table_name != RUN
        )
        self._has_any = bool(connection.execute(query).scalar_one())
        self._leaves: dict[tuple[str, int, str], str] = {}

    def load(self, first_sample: int, num_samples: int) -> None:
        """Look at the tombstones of these samples from now on."""
        if not self._has_any:
            return
        query = select(
            redaction.c.table_name, redaction.c.ordinal, redaction.c.row_key, redaction.c.leaf
        ).where(
            redaction.c.run_id == self._run_id,
            redaction.c.ordinal >= first_sample,
            redaction.c.ordinal < first_sample + num_samples,
        )
        self._leaves = {
            (row.table_name, row.ordinal, row.row_key): row.leaf
            for row in self._connection.execute(query)
        }

    def leaf_for(self, table: Table, row: Row[Any]) -> str | None:
        """Return the leaf of the row as its tombstone left it; None without a tombstone."""
        if not self._leaves or table.name not in FORMS:
            return None
        return self._leaves.get((table.name, row._mapping["ordinal"], key_of(table, row)))


def redacted_samples(connection: Connection, run_id: str, ordinals: Collection[int]) -> set[int]:
    """Return those of some samples of a run that were taken out: what they said is not known."""
    found: set[int] = set()
    wanted = sorted(set(ordinals))
    for start in range(0, len(wanted), SQL_BATCH):
        query = select(redaction.c.ordinal).where(
            redaction.c.run_id == run_id,
            redaction.c.table_name.in_(tuple(FORMS)),
            redaction.c.ordinal.in_(wanted[start : start + SQL_BATCH]),
        )
        found.update(connection.execute(query).scalars())
    return found


def chain_cells(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Return the cells of a tombstone that its hash covers, in order."""
    names = [c.name for c in redaction.columns if c.name not in ("prev", "hash")]
    return tuple(row[name] for name in names)


def check_redaction_chain(connection: Connection) -> str | None:
    """Return the first thing that does not fit in the chain of tombstones, or None."""
    prev = ""
    query = select(redaction).order_by(redaction.c.seq)
    with connection.execute(query, execution_options={"yield_per": BATCH}) as rows:
        for expected_seq, row in enumerate(rows):
            if row.seq != expected_seq:
                return f"redaction seq={expected_seq}: missing"
            if row.prev != prev or row.hash != entry_hash(prev, *chain_cells(dict(row._mapping))):
                return f"redaction seq={row.seq}: its cells do not give its hash"
            prev = row.hash
    return None


def run_leaf(run_id: str) -> str:
    """Return what stands for the leaf in the tombstone of a whole run."""
    return leaf_of(RUN, [run_id]).hex()
