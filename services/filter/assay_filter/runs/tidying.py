"""Removes what a worker left that died at the very end: the work folders of runs that are done."""

from sqlalchemy import Engine, select

from assay.audit import tables
from assay.audit.engine import reading
from assay.audit.tasks import SERVER
from assay_filter.curation.workspace import Workspace

LAST_RUNS = 100  # looked at, newest first


def tidy(engine: Engine) -> None:
    """Remove the work folders of the server's last runs that are done; a second call does nothing.

    A worker removes its run's folder after the commit that ends it, so a death in between leaves
    files that nobody needs and nobody looks for.
    """
    run = tables.run
    done = (
        select(run.c.out_dir)
        .where(run.c.home == SERVER, run.c.state == "done")
        .order_by(run.c.created_at.desc())
        .limit(LAST_RUNS)
    )
    with reading(engine) as connection:
        folders = connection.execute(done).scalars().all()
    for folder in folders:
        workspace = Workspace.of_run(folder)
        if workspace.work_dir.exists():
            workspace.remove_work()
