"""A bucket that very many entries share costs no more than one of a bounded number."""

import time

import numpy as np
import pytest
from sqlalchemy import text
from tests.fakes.indexed_runs import IndexedRuns, Text

from assay_filter.dedup.corpus import Corpus
from assay_filter.index import matching
from assay_filter.index.head import scope_of
from assay_filter.index.keys import FIRST_BAND, LookupKeys, lookup_keys
from assay_filter.index.lookup import BUCKET_CAP, find_hits
from assay_filter.index.matching import keyed

MANY = 100_000
ASK = "Tell me about the lighthouse and the keeper who lives there, please."
STORY: Text = (ASK, "The keeper climbed the stairs each evening and lit the great lamp for ships.")
LIKE: Text = (ASK, STORY[1].replace("great lamp", "great old lamp"))
OTHER: Text = (
    ASK,
    "Nobody lives there now: a clock lights the lamp, and the door is shut for good.",
)

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :many) "
_ENTRIES = (
    "INSERT INTO index_entry SELECT :first + i, batch_id, ordinal, sample_id, outcome, language, "
    "num_chars, randomblob(16), randomblob(16), num_context, num_response, lookup_keys, features, "
    "removed FROM index_entry, n WHERE id = :model"
)
_KEYS = "INSERT INTO index_key SELECT :band, :first + i FROM n"
_BATCH = "UPDATE index_batch SET last_entry = :last, num_entries = 1 + :many WHERE id = :model"


def crowd(runs: IndexedRuns, member: Text, band_of: Text, many: int) -> None:
    """Publish many entries like `member` that share the first band of another text."""
    linked = runs.link(runs.keep("crowd", [member]), runs.head(), None)
    staged = runs.stage("crowd", linked)
    first, last = staged.last_entry + 1, staged.last_entry + many
    given = {
        "first": first,
        "last": last,
        "many": many,
        "model": staged.batch_id,
        "band": int(keys_of(runs, "band", [band_of]).values[0, FIRST_BAND]),
    }
    with runs.engine.begin() as connection:
        for statement in (_NUMBERS + _ENTRIES, _NUMBERS + _KEYS, _BATCH):
            connection.execute(text(statement), given)
        connection.execute(text("UPDATE index_head SET next_entry = :last + 1"), given)
    runs.publish(staged._replace(last_entry=last, num_entries=many + 1), runs.head())


def keys_of(runs: IndexedRuns, name: str, texts: list[Text]) -> LookupKeys:
    corpus = Corpus(runs.keep(name, texts).features, runs.settings)
    return lookup_keys(keyed(corpus, 0, len(texts)), runs.settings)


def test_a_shared_bucket_is_read_up_to_its_cap_and_from_its_start(runs: IndexedRuns) -> None:
    crowd(runs, OTHER, STORY, MANY)
    keys = keys_of(runs, "look", [STORY])
    with runs.engine.connect() as connection:
        hits = find_hits(connection, keys, scope_of(connection, runs.head(), "all"))
    assert hits.column.tolist() == [FIRST_BAND] * BUCKET_CAP
    assert hits.entry.tolist() == list(range(2, 2 + BUCKET_CAP))
    assert not np.any(hits.row)


def test_a_crowd_neither_hides_an_earlier_partner_nor_costs_time(runs: IndexedRuns) -> None:
    runs.run("one", [STORY])
    crowd(runs, OTHER, LIKE, MANY)
    runs.run("warm", [("Hello?", "Hello.")])
    begun = time.monotonic()
    found = runs.link(runs.keep("two", [LIKE]), runs.head())
    assert time.monotonic() - begun < 2
    assert [link.partner.run_id for link in found.links.values() if link.partner] == ["one"]


def test_of_many_candidates_those_with_most_common_buckets_are_compared(
    runs: IndexedRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partner came last, and there is room for one candidate only."""
    monkeypatch.setattr(matching, "MOST_CANDIDATES", 1)
    crowd(runs, OTHER, LIKE, BUCKET_CAP - 2)
    runs.run("one", [STORY], None)
    found = runs.run("two", [LIKE])
    assert [link.partner.run_id for link in found.links.values() if link.partner] == ["one"]
