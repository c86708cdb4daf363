"""Follows a run from outside: which stage it is in, how far, and what its processes use meanwhile.

The database says where the run stands; processes are looked at in the same moment. What was used
between two looks counts for the stage of the first.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.filtering.arms import Input
from benchmarks.filtering.homes import ServerHome, start_curate, wait_for
from benchmarks.filtering.processes import (
    Member,
    Sampler,
    cpu_of,
    proportional_mib_of,
    resident_mib_of,
)
from benchmarks.filtering.servers import Servers
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DatabaseError

from assay.audit import tables
from assay.audit.engine import open_engine, reading
from assay.domain.errors import AuditError

START = "start"
LOOKS_A_WEIGHING = 8  # proportional memory takes long to read
LAPTOP_DEPTH, SERVER_DEPTH = 1, 2  # of workers below the head of their family


class Where(NamedTuple):
    """The stage of the newest run, and how many samples of it have passed that stage."""

    stage: str
    num_samples: int


class Place:
    """Asks a database where its newest run stands; before there is one, it is at the start."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None

    def look(self) -> Where:
        try:
            return self._look()
        except (AuditError, DatabaseError):  # not there yet, or being made
            return Where(START, 0)

    def _look(self) -> Where:
        if self._engine is None:
            self._engine = open_engine(self._url, read_only=self._url.startswith("sqlite"))
        run, chunk = tables.run, tables.chunk
        with reading(self._engine) as connection:
            newest = select(run.c.id, run.c.stage).order_by(run.c.created_at.desc()).limit(1)
            row = connection.execute(newest).first()
            if row is None:
                return Where(START, 0)
            stage = "rules" if row.stage == "ingest" else row.stage
            passed = select(func.coalesce(func.sum(chunk.c.num_samples), 0)).where(
                chunk.c.run_id == row.id, chunk.c.stage == stage
            )
            return Where(stage, int(connection.execute(passed).scalar_one()))

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()


@dataclass(slots=True)
class StageUse:
    """What one stage took.

    Attributes:
        wall_seconds: from the first look at it to the first at the next one.
        cpu_seconds: of the family.
        worker_mib: most resident memory of one worker.
        family_mib: most proportional memory of the family.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    worker_mib: float = 0.0
    family_mib: float = 0.0


@dataclass(slots=True)
class Record:
    """What was seen of a run: by stage, and by worker, stage and samples passed: most resident."""

    depth: int
    stages: dict[str, StageUse] = field(default_factory=dict)
    peaks: dict[tuple[int, str, int], float] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    wall_seconds: float = 0.0
    _num_looks: int = 0
    _last: tuple[float, float, str] | None = None

    def note(self, where: Where, members: list[Member]) -> None:
        """Add one look."""
        now = time.monotonic()
        cpu = sum(cpu_of(member.pid, with_ended=True) for member in members)
        if self._last is not None:
            before, used, stage = self._last
            use = self.stages.setdefault(stage, StageUse())
            use.wall_seconds += now - before
            use.cpu_seconds += max(0.0, cpu - used)
        self._last = now, cpu, where.stage
        use = self.stages.setdefault(where.stage, StageUse())
        self._num_looks += 1
        if self._num_looks % LOOKS_A_WEIGHING == 1 or not use.family_mib:
            together = sum(proportional_mib_of(member.pid) for member in members)
            use.family_mib = max(use.family_mib, together)
        for member in members:
            if member.depth != self.depth or "resource_tracker" in member.command:
                continue
            mib = resident_mib_of(member.pid)
            key = (member.pid, where.stage, where.num_samples)
            self.peaks[key] = max(self.peaks.get(key, 0.0), mib)
            use.worker_mib = max(use.worker_mib, mib)


def follow_laptop(given: Input, num_workers: int, *, every_seconds: float) -> Record:
    """Run `assay curate` and follow it."""
    out = given.fresh("laptop") / "out"
    place, record = Place(f"sqlite:///{out}.db"), Record(LAPTOP_DEPTH)
    begun = time.monotonic()
    process = start_curate(given.rows, out, num_workers)
    with Sampler(process.pid, every_seconds, _looker(place, record)):
        wait_for(process)
    record.wall_seconds = time.monotonic() - begun
    place.close()
    record.manifest = _manifest(out)
    return record


def follow_server(
    given: Input, num_workers: int, servers: Servers, *, every_seconds: float
) -> Record:
    """Carry out a run on the server's home, after a small one, and follow it."""
    record = Record(SERVER_DEPTH)
    with ServerHome(servers, num_workers) as home:
        home.run(given.few)
        place = Place(home.url)
        begun = time.monotonic()
        run_id, out = home.start_run(given.rows)
        with Sampler(home.pid, every_seconds, _looker(place, record)):
            home.wait(run_id)
        record.wall_seconds = time.monotonic() - begun
        place.close()
    record.manifest = _manifest(out)
    return record


def _looker(place: Place, record: Record) -> Callable[[list[Member]], None]:
    return lambda members: record.note(place.look(), members)


def _manifest(out: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((out / "manifest.json").read_text())
    return found
