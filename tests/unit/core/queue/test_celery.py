"""Celery's settings, each with the reason for which it is what it is, and the doorbell on it."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.app.defaults import NAMESPACES, flatten
from celery.exceptions import InvalidTaskError
from tests.fakes.redis_server import RedisServer

from assay.queue.celery import (
    QUEUE,
    SETTINGS,
    TASK,
    TIME_LIMIT_SECONDS,
    CeleryDoorbell,
    careful_strategy,
    make_celery,
)
from assay.queue.doorbell import DoorbellError
from assay_cli.doorbell import WHOLE_RUN_SECONDS, limit_of, make_doorbell
from assay_filter.runs.poison import MAX_POISON, SAMPLE_SECONDS
from assay_filter.runs.stages import Stage
from assay_filter.runs.worker import TASK_SECONDS

# What each setting is for. Those that differ from what Celery's own guides advise for work that
# must not be lost do so because nothing is kept in the broker: leases and fences in the database
# make a lost message, a double one and a late one the same harmless case.
REASONS: dict[str, tuple[object, str]] = {
    "broker_connection_retry_on_startup": (True, "workers may start before the broker"),
    "broker_connection_max_retries": (None, "a broker may be away for as long as it likes"),
    "task_time_limit": (TIME_LIMIT_SECONDS, "a process that hangs is ended"),
    "task_acks_late": (False, "a failed late acknowledgement leaves a worker deaf"),
    "task_ignore_result": (True, "results stand in the database"),
    "result_backend": (None, "results stand in the database"),
    "task_serializer": ("json", "nothing from outside is unpickled"),
    "accept_content": (["json"], "nothing from outside is unpickled"),
    "task_create_missing_queues": (False, "there is one queue"),
    "task_default_queue": (QUEUE, "there is one queue"),
    "worker_prefetch_multiplier": (0, "no count that a lost acknowledgement could spoil"),
    "worker_disable_prefetch": (True, "no message waits in a busy worker"),
    "worker_soft_shutdown_timeout": (0, "it sleeps through its time; the pool is paced outside"),
    "worker_proc_alive_timeout": (60, "processes start slowly on a busy machine"),
    "worker_max_tasks_per_child": (1000, "what leaks goes"),
    "worker_hijack_root_logger": (False, "one log, of events"),
    "worker_redirect_stdouts": (False, "one log, of events"),
    "worker_enable_remote_control": (False, "nobody commands workers through the broker"),
    "worker_send_task_events": (False, "nobody listens"),
}
TRANSPORT: dict[str, tuple[object, str]] = {
    "socket_timeout": (30, "a silent broker is found"),
    "socket_connect_timeout": (5, "an absent broker is found"),
    "socket_keepalive": (True, "a half-open connection is found"),
    "health_check_interval": (25, "a half-open connection is found"),
    "global_keyprefix": ("assay:", "others may use the same Redis"),
}


def test_every_setting_has_its_reason() -> None:
    plain = {name: value for name, value in SETTINGS.items() if name != "broker_transport_options"}
    assert plain == {name: value for name, (value, _) in REASONS.items()}
    transport = SETTINGS["broker_transport_options"]
    assert transport == {name: value for name, (value, _) in TRANSPORT.items()}


def test_the_settings_are_ones_that_celery_knows() -> None:
    app = make_celery("redis://127.0.0.1:1/0")
    assert set(SETTINGS) <= {name for name, _ in flatten(NAMESPACES)}
    for name, value in SETTINGS.items():
        assert app.conf[name] == value


def test_a_process_is_ended_later_than_the_engine_would_end_its_work() -> None:
    for stage in Stage:
        allowed = TASK_SECONDS.get(stage)
        if allowed is None:
            assert limit_of(stage) == WHOLE_RUN_SECONDS
        else:
            assert limit_of(stage) >= 2 * allowed + MAX_POISON * SAMPLE_SECONDS


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.stop()


def url_of(server: RedisServer) -> str:
    return f"redis+socket://{server.socket}"


def messages_in(server: RedisServer) -> list[dict[str, Any]]:
    found = server.execute("LRANGE", f"assay:{QUEUE}", 0, -1)
    assert isinstance(found, list)
    return [json.loads(entry) for entry in reversed(found)]


def test_a_message_holds_an_address_and_its_time_limit_and_nothing_else(
    server: RedisServer,
) -> None:
    doorbell = make_doorbell(make_celery(url_of(server)))
    doorbell.ring([("run-1", "rules", 7), ("run-1", "export", 0)])
    first, second = messages_in(server)
    assert [message["headers"]["task"] for message in (first, second)] == [TASK, TASK]
    assert first["headers"]["timelimit"] == [limit_of(Stage.RULES), None]
    assert second["headers"]["timelimit"] == [WHOLE_RUN_SECONDS, None]
    assert first["content-type"] == "application/json"
    assert first["headers"]["argsrepr"] == "['run-1', 'rules', 7]"
    assert first["headers"]["eta"] is None and first["headers"]["expires"] is None


def test_a_stage_without_a_limit_of_its_own_gets_the_general_one(server: RedisServer) -> None:
    CeleryDoorbell(make_celery(url_of(server))).ring([("run-1", "other", 0)])
    (message,) = messages_in(server)
    assert message["headers"]["timelimit"] == [TIME_LIMIT_SECONDS, None]


def test_a_broker_that_is_away_is_told_without_its_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        url = f"redis://:secret@127.0.0.1:{taken.getsockname()[1]}/0"
        with pytest.raises(DoorbellError, match="expected the broker to take messages") as caught:
            CeleryDoorbell(make_celery(url)).ring([("run-1", "rules", 0)])
    assert "secret" not in str(caught.value)


def test_a_broker_that_refuses_the_password_or_is_full_is_told(server: RedisServer) -> None:
    doorbell = CeleryDoorbell(make_celery(url_of(server)))
    server.execute("CONFIG", "SET", "maxmemory", 1)
    with pytest.raises(DoorbellError):
        doorbell.ring([("run-1", "rules", 0)])
    server.execute("CONFIG", "SET", "maxmemory", 0)
    doorbell.ring([("run-1", "rules", 0)])
    server.execute("CONFIG", "SET", "requirepass", "other")
    with pytest.raises(DoorbellError):
        doorbell.ring([("run-1", "rules", 0)])


@pytest.mark.parametrize("fault", [AttributeError, KeyError, TypeError, ValueError])
def test_a_message_with_a_wrong_inside_is_refused(
    fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_up(*_: object, **__: object) -> None:
        raise fault("within")

    monkeypatch.setattr("assay.queue.celery.default_strategy", lambda *_, **__: take_up)
    handler = careful_strategy(SimpleNamespace(), None, None)
    with pytest.raises(InvalidTaskError, match=fault.__name__):
        handler("message", None, None, None, ())
