"""Workers while the broker or the database is away, comes back empty, or sends them nonsense."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection, Exchange, Producer, Queue
from tests.fakes.postgres_server import PostgresServer, fresh_database
from tests.integration.deployment.redis_process import PASSWORD, RedisProcess
from tests.integration.deployment.server_home import ServerHome, until

from assay.queue.celery import QUEUE, TASK, make_celery

pytestmark = pytest.mark.faults

NUM_ROWS = 60
LIST = f"assay:{QUEUE}"  # of Redis, in which the messages wait
NONSENSE: tuple[tuple[object, ...], ...] = (
    (),
    ("run",),
    ("no-such-run", "rules", 0),
    ("no-such-run", "no-such-stage", 0),
    ("a\x00b", "rules", 0),
    ("x" * 5000, "rules", 0),
    ("run", "rules", "zero"),
    ("run", "rules", -1),
    ("run", "rules", 1 << 80),
    (None, {"a": []}, True),
    ("'; DROP TABLE task; --", "rules", 0),
)


def test_a_broker_that_comes_back_empty_costs_time_alone(
    home: ServerHome, broker: RedisProcess, rows: Path, small_chunks: Path
) -> None:
    broker.start()
    run_id = home.submit(rows, small_chunks)
    worker = home.worker("--concurrency", "1")
    until("some tasks are done", lambda: home.num_done(run_id) > 3, 90, told=lambda: worker.log)
    broker.kill()
    home.age_messages(run_id)
    worker.until_told("broker.away")
    broker.start()
    assert broker.execute("DBSIZE") == 0
    home.age_messages(run_id)  # a minute goes by
    run = home.until_done(run_id)
    assert sum((run.counts or {}).values()) == NUM_ROWS
    assert max(task.attempt for task in home.tasks(run_id)) == 1
    assert worker.terminate(30) == 0


@pytest.mark.slow
def test_a_broker_that_is_away_at_the_start_is_waited_for(
    home: ServerHome, broker: RedisProcess, rows: Path, small_chunks: Path
) -> None:
    run_id = home.submit(rows, small_chunks)
    worker = home.worker("--concurrency", "1")
    worker.until_told("broker.away")
    broker.start()
    home.until_done(run_id)
    assert PASSWORD not in worker.log
    assert worker.terminate(30) == 0


@pytest.mark.slow
def test_nonsense_in_the_queue_is_told_and_forgotten(
    home: ServerHome, broker: RedisProcess, rows: Path, small_chunks: Path
) -> None:
    broker.start()
    app = make_celery(broker.url)
    with app.connection_for_write() as connection:
        for arguments in NONSENSE:
            app.send_task(TASK, args=list(arguments), queue=QUEUE, connection=connection)
        app.send_task(TASK, kwargs={"run_id": 1}, queue=QUEUE, connection=connection)
        app.send_task("os.system", args=["true"], queue=QUEUE, connection=connection)
        send_raw(connection, b"\x80\x04K\x01.", "application/x-python-serialize")
        send_raw(connection, b"{not json", "application/json")
        send_raw(connection, b"[]", "application/json")
    run_id = home.submit(rows, small_chunks)
    worker = home.worker("--concurrency", "1")
    run = home.until_done(run_id)
    assert sum((run.counts or {}).values()) == NUM_ROWS
    until("the queue is empty", lambda: broker.execute("LLEN", LIST) == 0, 30)
    assert worker.log.count("event=message.unusable") == len(NONSENSE)
    assert worker.log.count("run=no-such-run") == 1
    assert "DROP TABLE" not in worker.log
    until("none is kept", lambda: broker.execute("HLEN", "assay:unacked") == 0, 30)
    assert worker.terminate(30) == 0


@pytest.mark.slow
def test_a_list_entry_that_is_no_message_ends_no_run(
    home: ServerHome, broker: RedisProcess, rows: Path, small_chunks: Path
) -> None:
    broker.start()
    run_id = home.submit(rows, small_chunks)
    worker = home.worker("--concurrency", "1")
    until("some tasks are done", lambda: home.num_done(run_id) > 1, 90, told=lambda: worker.log)
    for entry in (b"garbage", b"{}", b'{"body": 1}', json.dumps({"body": "x" * 100}).encode()):
        broker.execute("LPUSH", LIST, entry)
    home.until_done(run_id)
    assert worker.terminate(30) == 0


def test_a_database_that_is_away_is_waited_for(
    own_postgres: PostgresServer,
    broker: RedisProcess,
    tmp_path: Path,
    rows: Path,
    small_chunks: Path,
) -> None:
    broker.start()
    home = ServerHome(fresh_database(own_postgres), broker, tmp_path)
    try:
        run_id = home.submit(rows, small_chunks)
        own_postgres.kill()
        worker = home.worker("--concurrency", "1", "--alive-file", str(tmp_path / "alive"))
        worker.until_told("database.away")
        assert not (tmp_path / "alive").exists()
        own_postgres.start()
        home.engine.dispose()
        until("some tasks are done", lambda: home.num_done(run_id) > 3, 90, told=lambda: worker.log)
        assert worker.log.count("event=worker.started") == 1
        own_postgres.kill()
        until("it is missed", lambda: worker.log.count("event=database.away") > 1, 60)
        own_postgres.start()
        home.engine.dispose()  # the connections of this test
        home.age_messages(run_id)
        run = home.until_done(run_id)
        assert sum((run.counts or {}).values()) == NUM_ROWS
        assert max(task.attempt for task in home.tasks(run_id)) == 1
        assert worker.terminate(30) == 0
    finally:
        home.close()


def test_a_database_of_another_revision_is_refused(home: ServerHome, broker: RedisProcess) -> None:
    from sqlalchemy import text

    with home.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    worker = home.worker("--concurrency", "1")
    assert worker.wait(60) == 1
    assert "assay db upgrade" in worker.log


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that a test may kill."""
    with tempfile.TemporaryDirectory(prefix="assay-pg-") as folder:
        server = PostgresServer(Path(folder))
        yield server
        server.stop()


def send_raw(connection: Connection, body: bytes, content_type: str) -> None:
    """Send a message that Celery would not have made."""
    queue = Queue(QUEUE, Exchange(QUEUE, type="direct"), routing_key=QUEUE)
    Producer(connection).publish(
        body,
        content_type=content_type,
        content_encoding="binary",
        headers={"task": TASK, "id": "1", "lang": "py"},
        routing_key=QUEUE,
        exchange=queue.exchange,
        declare=[queue],
    )
