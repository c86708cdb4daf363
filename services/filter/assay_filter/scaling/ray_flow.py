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
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True, slots=True)
class RayRows:
    """Rows of a Ray run: blocks that are there, or a dataset, and what is still to be done to them.

    Ray hands a function no empty block, but lets it through with the columns that it had before; a
    shuffle that meets it stops. So blocks without rows are left out, and functions on the way to a
    shuffle are put into one, which always has rows to begin with.
    """

    source: Any = None  # a dataset without empty blocks; None: `blocks`
    blocks: tuple[Any, ...] = ()  # references to Arrow tables, none of them empty
    num_rows: int = 0  # of the blocks
    works: tuple[Callable[[Any], pa.Table], ...] = ()


class RayFlow:
    """The engine; `work_dir` is seen by all machines."""

    def __init__(self, work_dir: Path) -> None:
        import ray.data

        self._data = ray.data
        self._failures = work_dir
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what is raised is told once
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.execution_options.preserve_order = True

    def each(self, items: Sequence[bytes], work: Work) -> Iterator[bytes]:
        results = self._dataset(self.spread(items, partial(_carry_out, work)))
        with self._told():
            for table in results.iter_batches(batch_format="pyarrow", batch_size=None):
                yield from table["result"].to_pylist()

    def spread(self, items: Sequence[bytes], emit: Emit) -> RayRows:
        table = pa.table({"item": pa.array(items, pa.large_binary())})
        num_blocks = min(len(items), MAX_BLOCKS)
        source = self._data.from_arrow(table, override_num_blocks=num_blocks)
        return RayRows(source, works=(partial(_emit_all, emit),))

    def regroup(self, rows: RayRows, change: Change, *, num_parts: int) -> RayRows:
        dataset = self._dataset(rows)
        if dataset is None:
            return RayRows()
        grouped = dataset.groupby(PART, num_partitions=num_parts)
        changed = partial(_telling, self._failures, (change,))
        return self._carried_out(grouped.map_groups(changed, batch_format="pyarrow"))

    def alter(self, rows: RayRows, change: Change) -> RayRows:
        return replace(rows, works=(*rows.works, change))

    def keep(self, rows: RayRows) -> RayRows:
        return self._carried_out(self._dataset(rows))

    def join(self, parts: Sequence[RayRows]) -> RayRows:
        assert not any(part.works for part in parts), "parts of a join have been carried out"
        blocks = tuple(block for part in parts for block in part.blocks)
        return RayRows(blocks=blocks, num_rows=sum(part.num_rows for part in parts))

    def count(self, rows: RayRows) -> int:
        return self.keep(rows).num_rows if rows.works else rows.num_rows

    def collect(self, rows: RayRows, schema: pa.Schema) -> pa.Table:
        dataset = self._dataset(rows)
        if dataset is None:
            return schema.empty_table()
        with self._told():
            batches = dataset.iter_batches(batch_format="pyarrow", batch_size=None)
            return concat([batch for batch in batches if batch.num_rows], schema)

    def _dataset(self, rows: RayRows) -> Any:
        """Return the rows as a dataset, or None where there is no block."""
        source = rows.source
        if source is None:
            if not rows.blocks:
                return None
            source = self._data.from_arrow_refs(list(rows.blocks))
        if not rows.works:
            return source
        return source.map_batches(
            partial(_telling, self._failures, rows.works), batch_format="pyarrow", batch_size=None
        )

    def _carried_out(self, dataset: Any) -> RayRows:
        if dataset is None:
            return RayRows()
        with self._told():
            bundles = list(dataset.materialize().iter_internal_ref_bundles())
        filled = [block for bundle in bundles for block in bundle.blocks if block.metadata.num_rows]
        num_rows = sum(block.metadata.num_rows for block in filled)
        return RayRows(blocks=tuple(block.ref for block in filled), num_rows=num_rows)

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


def _emit_all(emit: Emit, batch: pa.Table) -> pa.Table:
    return pa.concat_tables([emit(item) for item in batch["item"].to_pylist()])


def _telling(
    failures: Path, works: Sequence[Callable[[pa.Table], pa.Table]], table: pa.Table
) -> pa.Table:
    """Carry out all works, one after the other; leave word of what one raises."""
    try:
        for work in works:
            table = work(table)
        return table
    except AssayError as exc:
        told = orjson.dumps({"kind": type(exc).__name__, "text": str(exc)})
        write_whole(failures / f"{FAILED}-{new_attempt()}.json", told)
        raise
