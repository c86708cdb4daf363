"""How the work is cut into batches changes nothing, and who is overtaken finds out."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from tests.fakes.indexed_runs import IndexedRuns, Text

from assay.audit.index_tables import index_batch, index_entry, index_key
from assay_filter.index import linking, lookup, matching, staging
from assay_filter.index.entry import Entry
from assay_filter.index.head import HeadMovedError
from assay_filter.index.staging import stage

WORDS = [
    *("lamp", "storm", "ship", "tide", "stairs", "keeper"),
    *("window", "candle", "letter", "harbour", "captain", "island"),
]
ENTRY = Entry(
    0, "s", "accepted", "", 1, bytes(16), bytes(16), 0, 0, (7).to_bytes(8, "little"), None
)


def texts(count: int, ending: str) -> list[Text]:
    return [
        (f"Tell me about the {WORDS[i]} that was lost in the long night of the great flood.",
         f"Nobody found the {WORDS[i]}, though they looked for it until the morning came{ending}")
        for i in range(count)
    ]  # fmt: skip


def test_small_batches_find_what_large_ones_find(
    runs: IndexedRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.run("whole", texts(12, ", and then slept."), None)
    expected = runs.run("look", texts(12, ", and then slept on."), ["whole"])
    for module, name, size in [
        (staging, "SLICE", 2),
        (staging, "KEY_SLICE", 5),
        (staging, "KEYS_SORTED", 100),
        (linking, "ENTRY_BATCH", 5),
        (matching, "QUERY_BATCH", 5),
        (matching, "BATCH_UNITS", 300),
        (matching, "BATCH_SHINGLES", 300),
        (lookup, "FETCH", 3),
        (lookup, "ID_BATCH", 2),
    ]:
        monkeypatch.setattr(module, name, size)
    runs.run("parts", texts(12, ", and then slept."), None)
    found = runs.run("look again", texts(12, ", and then slept on."), ["parts"], num_blocks=5)
    assert len(expected.links) > 8
    assert {o: link._replace(partner=None) for o, link in found.links.items()} == {
        o: link._replace(partner=None) for o, link in expected.links.items()
    }
    for ordinal, link in found.links.items():
        before = expected.links[ordinal].partner
        assert link.partner is not None and before is not None
        assert (link.partner.run_id, link.partner.ordinal) == ("parts", before.ordinal)


def test_a_worker_whose_batch_was_taken_away_finds_out(runs: IndexedRuns) -> None:
    def overtaken() -> Iterator[Entry]:
        yield ENTRY
        stage(runs.engine, "one", family=1, most_entries=1, entries=[ENTRY])
        yield ENTRY

    with pytest.raises(HeadMovedError, match="another worker"):
        stage(runs.engine, "one", family=1, most_entries=2, entries=overtaken())
    with runs.engine.connect() as connection:
        for table in (index_batch, index_entry, index_key):
            counted = select(func.count()).select_from(table)
            assert connection.execute(counted).scalar_one() == 1


def test_more_entries_than_ids_are_refused(runs: IndexedRuns) -> None:
    with pytest.raises(ValueError, match="at most 1"):
        stage(runs.engine, "one", family=1, most_entries=1, entries=[ENTRY, ENTRY])
