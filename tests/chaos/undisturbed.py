"""What a run that nothing disturbed left, and the demand that another one left the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select
from tests.chaos.world import ServerWorld
from tests.integration.commands import ForkServer
from tests.integration.curated import assert_same_results, manifest_of, samples_of
from tests.integration.deployment.server_home import until

from assay.audit import tables

PIPELINE: Mapping[str, Any] = {"id": "small", "version": 1, "rows_per_chunk": 40, "rules": {}}
DONE_SECONDS = 300.0
ROW_TABLES = (tables.sample, tables.decision, tables.chunk, tables.ledger)


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """The run, and how many rows it has in the audit."""

    run_id: str
    out: Path
    chain_head: str
    num_tasks: Mapping[str, int]
    num_rows: Mapping[str, int]


def run_undisturbed(world: ServerWorld, uploads: Sequence[str]) -> Undisturbed:
    """Let a run go to its end in peace."""
    run_id = world.submit(uploads, PIPELINE)
    run = world.until_ended(run_id, DONE_SECONDS)
    assert run["status"] == "completed", run
    out = world.out_dir(run_id)
    return Undisturbed(
        run_id, out, run["chain_head"], tasks_by_stage(world, run_id), rows_of(world, run_id)
    )


def tasks_by_stage(world: ServerWorld, run_id: str) -> Mapping[str, int]:
    return Counter(task.stage for task in world.tasks(run_id))


def rows_of(world: ServerWorld, run_id: str) -> Mapping[str, int]:
    """Return how many rows a run has by table."""
    counted = {}
    for table in ROW_TABLES:
        query = select(func.count()).select_from(table).where(table.c.run_id == run_id)
        counted[table.name] = _count(world, query)
    return counted


def _count(world: ServerWorld, query: Select[int]) -> int:
    return world.read(lambda connection: int(connection.execute(query).scalar_one()))


def assert_undisturbed(
    world: ServerWorld, run: Mapping[str, Any], expected: Undisturbed, commands: ForkServer
) -> None:
    """A run that was disturbed left what the other one left, once, and nothing else.

    Conservation: each row that was read has one outcome. Effects: each task is done, and its rows
    stand in the audit once. Bytes and chain are those of the undisturbed run.
    """
    run_id, out = run["id"], world.out_dir(run["id"])
    assert run["status"] == "completed", (run, world.last_words())
    assert run["chain_head"] == expected.chain_head
    until("the work folder is gone", lambda: not (out / ".assay-work").exists(), 60)
    assert_same_results(out, expected.out)
    assert_conserved(world, run, out)
    assert {task.state for task in world.tasks(run_id)} == {"done"}
    assert tasks_by_stage(world, run_id) == expected.num_tasks
    assert rows_of(world, run_id) == expected.num_rows
    verified = commands.run(
        ["audit", "verify", run_id, "--db", world.database, "--manifest", out / "manifest.json"],
        cwd=world.folder,
    )
    assert verified.code == 0, verified.out + verified.err
    world.assert_no_orphans()


def assert_conserved(world: ServerWorld, run: Mapping[str, Any], out: Path) -> None:
    """Each sample that was read has one outcome: in the files, in the audit, in the answer."""
    query = select(func.count(), func.count(tables.sample.c.ordinal.distinct())).where(
        tables.sample.c.run_id == run["id"]
    )
    num_read, num_distinct = world.read(lambda c: tuple(c.execute(query).one()))
    assert num_read == num_distinct
    written = Counter(outcome for outcome, _ in samples_of(out))
    assert dict(written) == {name: n for name, n in run["outcomes"].items() if n}
    assert dict(written) == {n: c for n, c in manifest_of(out)["outcomes"].items() if c}
    assert sum(written.values()) == num_read
