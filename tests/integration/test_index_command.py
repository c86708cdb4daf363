"""`assay index`: a finished run is added from its files, shown, and removed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of
from typer.testing import CliRunner

from assay.audit import tables
from assay.audit.engine import open_engine
from assay.audit.index_tables import index_entry
from assay.domain.errors import AuditError, InputError
from assay_cli.index import index_app
from assay_filter.index import managing


@pytest.fixture(scope="module")
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """One finished run; its index is emptied by whoever fills it."""
    server, mixed, pipeline = (
        request.getfixturevalue(name) for name in ("server", "mixed", "pipeline")
    )
    job = Job(server, tmp_path_factory.mktemp("indexed"), (mixed,), pipeline)
    done = job.curate()
    assert done.code == 0, done.err
    return job


def index(*arguments: object) -> str:
    """Run an `assay index` command and return what it says; its errors rise."""
    result = CliRunner().invoke(
        index_app, [str(argument) for argument in arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.output


def test_a_finished_run_is_added_and_removed(finished: Job) -> None:
    manifest = manifest_of(finished.out)
    run_id = manifest["run"]["id"]
    num_kept = manifest["outcomes"]["accepted"] + manifest["outcomes"]["borderline"]
    assert f"added {num_kept} samples" in index("add", run_id, "--db", finished.database)
    engine = open_engine(finished.database)
    entry, sample = index_entry, tables.sample
    with engine.connect() as connection:
        rows = connection.execute(
            select(entry.c.exact_key, sample.c.exact_key, entry.c.language, sample.c.language)
            .join(sample, sample.c.ordinal == entry.c.ordinal)
            .where(entry.c.sample_id == sample.c.sample_id)
        ).all()
    assert len(rows) == num_kept
    for mine, audited, language, audited_language in rows:
        assert audited.startswith(mine.hex())
        assert language == (audited_language or "")
    assert run_id in index("status", "--db", finished.database)
    with pytest.raises(InputError, match="not in the index"):
        index("add", run_id, "--db", finished.database)
    said = index("remove", run_id, "--db", finished.database)
    assert said == f"removed {num_kept} samples, deleted {num_kept} for good\n"
    assert managing.status(engine).num_entries == 0
    engine.dispose()


def test_a_changed_outcome_file_is_refused_and_leaves_nothing(
    finished: Job, tmp_path: Path
) -> None:
    run_id = manifest_of(finished.out)["run"]["id"]
    path = finished.out / "accepted.jsonl"
    whole = path.read_bytes()
    damages: list[Callable[[bytes], bytes]] = [
        lambda body: body + body.splitlines(keepends=True)[0],
        lambda body: b"".join(reversed(body.splitlines(keepends=True))),
        lambda body: body.replace(b"the", b"tha", 1),
    ]
    engine = open_engine(finished.database)
    try:
        for damage in damages:
            path.write_bytes(damage(whole))
            with pytest.raises(AuditError, match=r"accepted\.jsonl"):
                index("add", run_id, "--db", finished.database)
            assert managing.status(engine).num_entries == 0
            with engine.connect() as connection:
                assert connection.execute(select(index_entry.c.id)).first() is None
    finally:
        path.write_bytes(whole)
        engine.dispose()


def test_a_run_that_is_not_there_is_refused(finished: Job) -> None:
    with pytest.raises(InputError, match="nobody"):
        index("add", "nobody", "--db", finished.database)
    with pytest.raises(InputError, match="nobody"):
        index("remove", "nobody", "--db", finished.database)
    with pytest.raises(InputError, match="f00"):
        index("remove", "--sample", "f00", "--db", finished.database)


@pytest.mark.parametrize("arguments", [["remove"], ["remove", "--sample", "x", "--keep-history"]])
def test_an_unclear_removal_is_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(index_app, arguments).exit_code == 2
