"""Frees what workers held that died with their service, so that nobody waits for their leases.

A SQLite database belongs to one machine, and the name of a worker there tells the process that
started it (`MACHINE:PROCESS:NUMBER`). Workers end with that process; a lease that one held may
still run for minutes. A process number that was given out again counts as alive: then the lease
runs out by itself, as it does anyway.
"""

import os

from sqlalchemy import Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.tasks import release_worker


def free_orphans(engine: Engine) -> int:
    """Free the tasks of workers whose parent on this machine is dead; return how many."""
    orphans = [name for name in _busy_workers(engine) if _is_orphan(name)]
    return sum(release_worker(engine, name) for name in orphans)


def _busy_workers(engine: Engine) -> list[str]:
    task = tables.task
    query = select(task.c.worker).where(task.c.state == "running").distinct()
    with reading(engine) as connection:
        return [name for name in connection.execute(query).scalars() if name is not None]


def _is_orphan(name: str) -> bool:
    machine, _, rest = name.rpartition(":")[0].rpartition(":")
    if machine != os.uname().nodename or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
