"""The index on SQLite and on PostgreSQL: heads, races, what was removed, whose turn it is."""

import threading
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, func, inspect, select
from tests.fakes.indexed_runs import IndexedRuns, Text
from tests.fakes.postgres_server import PostgresServer, fresh_database

from assay.audit import index_tables, schema, tables
from assay.audit.engine import open_engine
from assay.audit.index_tables import index_batch, index_entry, index_key
from assay.domain.errors import InputError
from assay_filter.index import managing
from assay_filter.index.head import HeadMovedError, pin, publish, remove_run, scope_of
from assay_filter.index.linking import link_earlier
from assay_filter.index.staging import purge
from assay_filter.index.turns import whose_turn

ASK = "Tell me about the lighthouse and the keeper who lives there, please."
STORY: Text = (ASK, "The keeper climbed the stairs each evening and lit the great lamp for ships.")
LIKE: Text = (ASK, STORY[1].replace("great lamp", "great old lamp"))
BREAD: Text = ("How does bread rise?", "Yeast feeds on the sugar and fills the dough with gas.")
COMET: Text = ("What is a comet?", "A ball of ice and dust whose tail points away from the sun.")


@pytest.fixture
def runs(audit_engine: Engine, tmp_path: Path) -> IndexedRuns:
    """An empty index."""
    return IndexedRuns(audit_engine, tmp_path)


def count(runs: IndexedRuns) -> dict[str, int]:
    with runs.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (index_entry, index_key, index_batch)
        }


def found_at(runs: IndexedRuns, head: int, texts: list[Text], name: str) -> dict[int, str]:
    """What a run would find as of a head: ordinal -> run of the partner."""
    kept = runs.keep(name, texts)
    with runs.engine.connect() as connection:
        scope = scope_of(connection, head, "all")
    earlier = link_earlier(runs.engine, kept, scope, runs.settings)
    with runs.engine.connect() as connection:
        links = earlier.links(connection, 0, len(texts))
    return {o: link.partner.run_id if link.partner else "" for o, link in links.items()}


def test_exact_near_exact_and_near_are_found(runs: IndexedRuns) -> None:
    runs.run("one", [STORY, BREAD, COMET])
    loud = (BREAD[0].upper(), BREAD[1].upper())
    found = runs.run("two", [COMET, LIKE, loud, ("New?", "Entirely new, and nobody said it.")])
    methods = {ordinal: link.method for ordinal, link in found.links.items()}
    assert methods == {0: "exact", 1: "near", 2: "near_exact"}
    assert [link.partner.ordinal for link in found.links.values() if link.partner] == [2, 0, 1]
    assert found.survivors == [3]


def test_a_look_up_sees_its_head_and_nothing_later(runs: IndexedRuns) -> None:
    runs.run("one", [STORY])
    runs.run("two", [BREAD])
    runs.run("three", [COMET])
    texts = [STORY, BREAD, COMET]
    seen = [found_at(runs, head, texts, f"look{head}") for head in range(4)]
    assert seen == [{}, {0: "one"}, {0: "one", 1: "two"}, {0: "one", 1: "two", 2: "three"}]


def test_a_head_that_never_was_is_refused(runs: IndexedRuns) -> None:
    with runs.engine.connect() as connection, pytest.raises(InputError, match=r"0\.\.0"):
        scope_of(connection, 1, "all")


def test_of_two_runs_that_look_at_the_same_head_one_must_look_again(runs: IndexedRuns) -> None:
    head = runs.head()
    one = runs.link(runs.keep("one", [STORY, BREAD]), head)
    two = runs.link(runs.keep("two", [LIKE, COMET]), head)
    staged = runs.stage("one", one), runs.stage("two", two)
    assert runs.publish(staged[0], head) == head + 1
    with pytest.raises(HeadMovedError):
        runs.publish(staged[1], head)
    again = runs.link(two.kept, runs.head())
    assert (set(again.links), again.survivors) == ({0}, [1])
    runs.publish(runs.stage("two", again), head + 1)
    assert managing.status(runs.engine).num_entries == 3


def test_a_batch_staged_before_one_that_is_published_is_staged_again(runs: IndexedRuns) -> None:
    """Ids grow with publication: otherwise a later addition would change an earlier look-up."""
    one = runs.link(runs.keep("one", [STORY]), runs.head())
    staged = runs.stage("one", one)
    runs.run("two", [BREAD])
    with pytest.raises(HeadMovedError):
        runs.publish(staged, runs.head())
    runs.publish(runs.stage("one", one), runs.head())
    assert [run.run_id for run in managing.status(runs.engine).runs] == ["two", "one"]


def test_connections_that_race_for_the_head_never_both_keep_a_sample(runs: IndexedRuns) -> None:
    """Eight runs with the same two samples, all at once, each looking again until it publishes."""
    names = [f"run{i}" for i in range(8)]
    kept = {name: runs.keep(name, [STORY, BREAD]) for name in names}
    start = threading.Barrier(len(names))
    survivors: dict[str, list[int]] = {}
    failures: list[BaseException] = []

    def race(name: str) -> None:
        start.wait()
        try:
            for _ in range(100):
                head = runs.head()
                linked = runs.link(kept[name], head)
                try:
                    runs.publish(runs.stage(name, linked), head)
                except HeadMovedError:
                    continue
                survivors[name] = linked.survivors
                return
        except BaseException as exc:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(exc)

    threads = [threading.Thread(target=race, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures and not any(thread.is_alive() for thread in threads)
    assert sorted(len(found) for found in survivors.values()) == [0] * 7 + [2]
    assert managing.status(runs.engine).num_entries == 2
    assert runs.head() == 8


def test_nothing_is_seen_of_a_batch_that_is_not_published(runs: IndexedRuns) -> None:
    linked = runs.link(runs.keep("one", [STORY]), runs.head())
    staged = runs.stage("one", linked)
    with pytest.raises(ZeroDivisionError), runs.engine.begin() as connection:
        publish(connection, staged, 0)
        raise ZeroDivisionError  # the run's commit fails after all
    assert (runs.head(), runs.run("two", [STORY]).survivors) == (0, [0])


def test_staging_anew_replaces_what_a_crash_left(runs: IndexedRuns) -> None:
    linked = runs.link(runs.keep("one", [STORY, BREAD]), runs.head())
    abandoned = runs.stage("one", linked)
    staged = runs.stage("one", linked)
    assert count(runs)["index_entry"] == 2
    with pytest.raises(HeadMovedError, match="another worker"):
        runs.publish(abandoned._replace(batch_id=staged.batch_id - 1), runs.head())
    runs.publish(staged, runs.head())
    assert found_at(runs, 1, [STORY, BREAD], "look") == {0: "one", 1: "one"}


def test_purge_deletes_what_can_never_be_published(runs: IndexedRuns) -> None:
    runs.stage("gone", runs.link(runs.keep("gone", [STORY, BREAD]), runs.head()))
    runs.run("one", [COMET])
    waiting = runs.stage("waits", runs.link(runs.keep("waits", [STORY]), runs.head()))
    assert purge(runs.engine) == 2
    assert runs.publish(waiting, runs.head()) == 2
    assert managing.status(runs.engine).num_entries == 2


def test_a_removed_run_may_be_kept_again_and_an_earlier_head_still_sees_it(
    runs: IndexedRuns,
) -> None:
    runs.run("one", [STORY, BREAD])
    before = runs.head()
    removal = managing.remove_run(runs.engine, "one", for_good=False)
    assert removal == managing.Removal(2, 0)
    assert found_at(runs, before, [STORY], "look") == {0: "one"}
    assert runs.run("two", [LIKE, BREAD]).survivors == [0, 1]
    with pytest.raises(InputError, match="index"):
        runs.run("three", [STORY], ["one"])


def test_purging_a_removed_run_leaves_no_row_of_it(runs: IndexedRuns) -> None:
    runs.run("one", [STORY, BREAD])
    runs.run("two", [COMET])
    rows = count(runs)
    managing.remove_run(runs.engine, "one")
    left = count(runs)
    assert left["index_entry"] == 1
    assert left["index_key"] < rows["index_key"] - 60
    assert found_at(runs, runs.head(), [STORY, COMET], "look") == {1: "two"}
    with pytest.raises(InputError, match="one"):
        managing.remove_run(runs.engine, "one")


def test_a_person_may_have_one_sample_removed(runs: IndexedRuns) -> None:
    runs.run("one", [STORY, BREAD], None)
    runs.run("two", [BREAD], None)
    assert managing.remove_sample(runs.engine, "one/1") == managing.Removal(1, 1)
    assert found_at(runs, runs.head(), [STORY, BREAD], "look") == {0: "one", 1: "two"}
    status = managing.status(runs.engine)
    assert {run.run_id: run.num_entries for run in status.runs} == {"one": 1, "two": 1}
    with pytest.raises(InputError, match="one/1"):
        managing.remove_sample(runs.engine, "one/1")
    assert managing.remove_sample(runs.engine, "two/0", "two").num_removed == 1


def test_a_removal_makes_a_run_look_again(runs: IndexedRuns) -> None:
    """What it was to leave for may be gone."""
    runs.run("one", [STORY])
    head = runs.head()
    linked = runs.link(runs.keep("two", [STORY]), head)
    managing.remove_run(runs.engine, "one")
    with pytest.raises(HeadMovedError):
        runs.publish(runs.stage("two", linked), head)
    assert runs.link(linked.kept, runs.head()).survivors == [0]


def test_turns_go_by_creation(runs: IndexedRuns) -> None:
    times = {"a": "2026-01-01T00:00:00.002Z", "b": "2026-01-01T00:00:00.001Z"}
    requests: dict[str, dict[str, Any]] = {"a": {"against": "all"}, "b": {"index": True}, "c": {}}
    for name, request in requests.items():
        runs.start(name, request, created_at=times.get(name, "2026-01-01T00:00:00.000Z"))
    with runs.engine.connect() as connection:
        assert whose_turn(connection, "a") == "b"  # c does not use the index
        assert whose_turn(connection, "b") is None
    runs.run("b", [STORY])
    with runs.engine.connect() as connection:
        assert whose_turn(connection, "a") is None


@pytest.mark.parametrize("state", ["interrupted", "failed", "cancelled", "cancelling", "done"])
def test_a_run_that_does_not_go_on_holds_nobody_up(runs: IndexedRuns, state: str) -> None:
    runs.start("a", {"index": True}, created_at="2026-01-01T00:00:00.000Z", state=state)
    runs.start("b", {"index": True}, created_at="2026-01-01T00:00:00.001Z")
    with runs.engine.connect() as connection:
        assert whose_turn(connection, "b") is None


def test_runs_of_one_moment_take_turns_by_id(runs: IndexedRuns) -> None:
    for name in ("b", "a"):
        runs.start(name, {"index": True}, created_at="2026-01-01T00:00:00.000Z", state="queued")
    with runs.engine.connect() as connection:
        assert (whose_turn(connection, "b"), whose_turn(connection, "a")) == ("a", None)


def test_a_removal_of_nothing_removes_nothing(runs: IndexedRuns) -> None:
    runs.run("one", [STORY])
    with runs.engine.begin() as connection:
        assert remove_run(connection, "gone") == 0
    assert managing.status(runs.engine).num_entries == 1


def test_the_migration_makes_what_the_tables_say(runs: IndexedRuns) -> None:
    found = inspect(runs.engine)
    for table in (
        getattr(index_tables, name) for name in vars(index_tables) if name[:6] == "index_"
    ):
        columns = {column["name"]: column for column in found.get_columns(table.name)}
        assert list(columns) == [column.name for column in table.columns]
        for column in table.columns:
            assert bool(columns[column.name]["nullable"]) == bool(column.nullable), column
        keys = found.get_pk_constraint(table.name)["constrained_columns"]
        assert keys == [column.name for column in table.primary_key.columns]
        names = {index["name"] for index in found.get_indexes(table.name)}
        assert names == {index.name for index in table.indexes}
    assert tables.metadata.tables["index_head"] is index_tables.index_head


def test_the_migration_goes_up_from_the_revision_before_and_down_again(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    for url in (f"sqlite:///{tmp_path / 'audit.db'}", fresh_database(postgres_server)):
        engine = open_engine(url)
        names = []
        for step, revision in [("up", "0003"), ("up", "0004"), ("down", "0003"), ("up", "0004")]:
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                move = command.upgrade if step == "up" else command.downgrade
                move(config, revision)
                names.append(set(inspect(connection).get_table_names()))
        index_names = {"index_head", "index_batch", "index_entry", "index_key"}
        assert names[1] - names[0] == index_names
        assert (names[2], names[3]) == (names[0], names[1])
        with engine.connect() as connection:
            assert pin(connection) == 0
        engine.dispose()
