"""Celery as a doorbell between machines: a message holds the address of a task and nothing else.

No results, no chords, no countdowns: state lives in the database alone, so a lost, repeated or
reordered message loses, repeats and reorders nothing. Little is therefore asked of Celery: to hand
a message to a free process, to end a process that hangs, to come back when the broker does.

The broker forgets a message as soon as a process takes it up. Acknowledged late, it would be handed
out again after a crash, find the task leased, and be of no use; and an acknowledgement that fails
because the broker restarted would leave its worker deaf (Celery 5.7, kombu 5.7: the place of the
message stays taken, so nothing is read any more and the loss of the connection goes unseen).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from celery import Celery
from celery.exceptions import InvalidTaskError
from celery.worker.strategy import default as default_strategy
from kombu.exceptions import OperationalError

from assay.queue.doorbell import DoorbellError, Key

TASK = "assay.work"
QUEUE = "assay.work"
TIME_LIMIT_SECONDS = 3600  # of a task whose stage has no limit of its own
SETTINGS: dict[str, Any] = {
    "broker_transport_options": {
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "global_keyprefix": "assay:",
    },
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "task_time_limit": TIME_LIMIT_SECONDS,
    "task_acks_late": False,
    "task_ignore_result": True,
    "result_backend": None,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_create_missing_queues": False,
    "task_default_queue": QUEUE,
    # As many messages as there are free processes, counted here and not by acknowledgements: none
    # waits in a busy worker while another is idle.
    "worker_prefetch_multiplier": 0,
    "worker_disable_prefetch": True,
    "worker_soft_shutdown_timeout": 0,  # it sleeps to its end even when the tasks end at once
    "worker_proc_alive_timeout": 60,  # four seconds are too few for a process on a busy machine
    "worker_max_tasks_per_child": 1000,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_enable_remote_control": False,  # nobody commands workers through the broker
    "worker_send_task_events": False,
}


def make_celery(broker_url: str) -> Celery:
    """Return a Celery application on a broker (redis://...); it connects when it is used."""
    app = Celery("assay", broker=broker_url, set_as_current=False)
    app.conf.update(SETTINGS)
    return app


def careful_strategy(task: Any, app: Any, consumer: Any, **options: Any) -> Callable[..., Any]:
    """Return what takes a message up; one that is no message of ours is refused, not fatal.

    To be given to a task as its `Strategy`. Celery checks the outside of a message alone; what is
    wrong within it would end the worker, and the next one that it is handed to.
    """
    take_up: Callable[..., Any] = default_strategy(task, app, consumer, **options)

    def take_up_carefully(*arguments: Any, **more: Any) -> Any:
        try:
            return take_up(*arguments, **more)
        except (AttributeError, KeyError, TypeError, ValueError) as exc:
            raise InvalidTaskError(type(exc).__name__) from exc

    return take_up_carefully


class CeleryDoorbell:
    """Rings by sending a message a task; implements `Doorbell`."""

    def __init__(self, app: Celery, limits: Mapping[str, int] | None = None) -> None:
        """Ring through `app`; `limits`: stage -> seconds that one of its tasks may take."""
        self._app = app
        self._limits = limits or {}

    def ring(self, keys: Sequence[Key]) -> None:
        """Send the messages over one connection.

        Raises:
            DoorbellError: the broker cannot be reached; some may have been sent.
        """
        with self._app.connection_for_write() as connection:
            # the transport's own errors are no OSErrors: a refused password, a full memory
            failures = (OperationalError, *connection.connection_errors, *connection.channel_errors)
            try:
                connection.ensure_connection(max_retries=1, timeout=5)
                with self._app.amqp.Producer(connection) as producer:
                    for key in keys:
                        self._send(key, producer)
            except failures as exc:
                raise DoorbellError(
                    f"expected the broker to take messages, found {type(exc).__name__}; check "
                    "ASSAY_BROKER_URL; the work goes on when it is back"
                ) from exc

    def _send(self, key: Key, producer: object) -> None:
        self._app.send_task(
            TASK,
            args=list(key),
            queue=QUEUE,
            producer=producer,
            retry=False,
            time_limit=self._limits.get(key[1], TIME_LIMIT_SECONDS),
        )
