"""The steps of a large run on Ray Data: the one module that knows Ray.

Maps run as tasks over blocks of items, group-bys as Ray Data's shuffle; rows between steps lie in
the object stores of the cluster, which spill to disk. Ray repeats a task whose worker or machine
died. What a task raises crosses the cluster as a file in the work folder, for Ray keeps of an error
of a user's function no more than its text.
"""

import logging
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pyarrow as pa

from assay.domain.errors import AssayError, ConfigError, RunStateError
from assay_filter.curation.workspace import write_whole
from assay_filter.runs.errors import error_of
from assay_filter.scaling.flow import PART, Change, Emit, Work, concat
from assay_filter.scaling.job import new_attempt
from assay_filter.scaling.settings import keep_ray_to_itself

EXTRA = "scale"
FAILED = "failed"
# Ray ends idle workers beyond one a core, its own actors counted, after a second; a new one takes
# longer to start than most of our steps.
IDLE_MILLISECONDS = 600_000
KNOCK_SECONDS = 10.0
MAX_BLOCKS = 20_000  # tasks of a map; more items share one
T = TypeVar("T")


@contextmanager
def ray_cluster(
    address: str, *, num_cpus: int | None = None, store_mebibytes: int | None = None
) -> Iterator[None]:
    """Connect to a cluster, or start one on this machine, for as long as the context lasts.

    Args:
        address: `local` for a cluster of this machine alone, else what `ray.init` takes.
        num_cpus: cores of a local cluster; None: all.
        store_mebibytes: memory of a local cluster's object store; None: Ray's choice.

    Raises:
        ConfigError: Ray is not installed, or there is no such cluster.
    """
    keep_ray_to_itself()
    try:
        import ray  # heavy, and of an extra of its own
    except ImportError as exc:
        raise ConfigError(
            f"expected Ray for a run on a cluster, found none; pip install 'assay[{EXTRA}]'"
        ) from exc
    store = None if store_mebibytes is None else store_mebibytes << 20
    local: Mapping[str, Any] = {
        "num_cpus": num_cpus,
        "object_store_memory": store,
        "include_dashboard": False,
        "_system_config": {"idle_worker_killing_time_threshold_ms": IDLE_MILLISECONDS},
    }
    try:
        _knock(address)
        more = local if address == "local" else {}
        ray.init(address, log_to_driver=False, logging_level="ERROR", **more)
    except (OSError, ValueError, RuntimeError) as exc:
        raise ConfigError(
            f"expected a Ray cluster at {address!r}, found: {exc}; start one with `ray start`, or "
            "give --address local"
        ) from exc
    try:
        yield
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would try again for many minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()


class RayFlow:
    """The engine; `work_dir` is seen by all machines."""

    def __init__(self, work_dir: Path) -> None:
        import ray.data

        self._data = ray.data
        self._failures = work_dir
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.execution_options.preserve_order = True

    def each(self, items: Sequence[bytes], work: Work) -> Iterator[bytes]:
        results = self._map(items, partial(_carry_out, work))
        with self._told():
            for table in results.iter_batches(batch_format="pyarrow", batch_size=None):
                yield from table["result"].to_pylist()

    def spread(self, items: Sequence[bytes], emit: Emit) -> Any:
        return self._map(items, emit)

    def regroup(self, rows: Any, change: Change, *, num_parts: int) -> Any:
        grouped = rows.groupby(PART, num_partitions=num_parts)
        changed = partial(_change, self._failures, change)
        with self._told():
            return grouped.map_groups(changed, batch_format="pyarrow").materialize()

    def alter(self, rows: Any, change: Change) -> Any:
        changed = partial(_change, self._failures, change)
        return rows.map_batches(changed, batch_format="pyarrow", batch_size=None)

    def keep(self, rows: Any) -> Any:
        with self._told():
            return rows.materialize()

    def join(self, parts: Sequence[Any]) -> Any:
        return self.keep(parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0])

    def count(self, rows: Any) -> int:
        with self._told():
            return int(rows.count())

    def collect(self, rows: Any, schema: pa.Schema) -> pa.Table:
        with self._told():
            batches = rows.iter_batches(batch_format="pyarrow", batch_size=None)
            return concat([batch for batch in batches if batch.num_rows], schema)

    def _map(self, items: Sequence[bytes], emit: Emit) -> Any:
        table = pa.table({"item": pa.array(items, pa.large_binary())})
        num_blocks = min(len(items), MAX_BLOCKS)
        blocks = self._data.from_arrow(table, override_num_blocks=num_blocks)
        return blocks.map_batches(
            partial(_emit_all, self._failures, emit), batch_format="pyarrow", batch_size=None
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raise what a task raised, as it was raised there."""
        from ray.exceptions import RayError

        try:
            yield
        except RayError as exc:
            for path in sorted(self._failures.glob(f"{FAILED}-*.json")):
                told = orjson.loads(path.read_bytes())
                raise error_of(told["kind"], told["text"]) from exc
            raise RunStateError(
                f"expected the cluster to carry out all tasks, found: {str(exc)[-500:]}; see Ray's "
                "logs, and start again"
            ) from exc


def _carry_out(work: Work, item: bytes) -> pa.Table:
    return pa.table({"result": pa.array([work(item)], pa.large_binary())})


def _emit_all(failures: Path, emit: Emit, batch: pa.Table) -> Iterator[pa.Table]:
    for item in batch["item"].to_pylist():
        yield _telling(failures, emit, item)


def _change(failures: Path, change: Change, table: pa.Table) -> pa.Table:
    return _telling(failures, change, table)


def _telling(failures: Path, work: Callable[[T], pa.Table], argument: T) -> pa.Table:
    try:
        return work(argument)
    except AssayError as exc:
        told = orjson.dumps({"kind": type(exc).__name__, "text": str(exc)})
        write_whole(failures / f"{FAILED}-{new_attempt()}.json", told)
        raise
