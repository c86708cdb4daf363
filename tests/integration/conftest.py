"""Whole runs over a small input of many kinds, in processes of their own."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.audit_databases import sqlite_audit
from tests.integration.commands import Finished, ForkServer, warm_server
from tests.integration.fault_points import count_calls
from tests.integration.mixed_rows import write_inputs

ROWS_PER_CHUNK = 40


@dataclass(frozen=True, slots=True)
class Job:
    """One `assay curate` command: its folders, its database, and what its options are."""

    server: ForkServer
    folder: Path
    inputs: Sequence[object]
    pipeline: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'audit.db'}"

    def arguments(self, *more: object) -> list[object]:
        """Return the command; options in `more` come last and win."""
        return [
            *("curate", *self.inputs, "--out", self.out, "--db", self.database),
            *("--config", self.pipeline, "--workers", 2, *more),
        ]

    def curate(self, *more: object, **settings: Any) -> Finished:
        """Run the command to its end."""
        return self.server.run(self.arguments(*more), cwd=self.folder, **settings)

    def verify(self) -> Finished:
        """Run `assay audit verify` on the job's database, against its manifest where it has one."""
        manifest = self.out / "manifest.json"
        against = ("--manifest", manifest) if manifest.exists() else ()
        return self.server.run(
            ["audit", "verify", "--db", self.database, *against], cwd=self.folder
        )


@pytest.fixture(scope="session")
def server() -> ForkServer:
    return warm_server()


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with about 300 rows of many kinds in several files."""
    folder = tmp_path_factory.mktemp("mixed") / "inputs"
    write_inputs(folder)
    return folder


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file with the first rows of the mixed input."""
    folder = tmp_path_factory.mktemp("few")
    lines = write_inputs(folder / "inputs", num_rows=20)[0].read_bytes().splitlines(keepends=True)
    path = folder / "few.jsonl"
    path.write_bytes(b"".join(lines[:12]))
    return path


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default pipeline with small chunks, so that a small input has many."""
    return write_pipeline(tmp_path_factory.mktemp("pipeline") / "small.yaml", ROWS_PER_CHUNK)


def write_pipeline(path: Path, rows_per_chunk: int) -> Path:
    path.write_text(f"id: small\nversion: 1\nrows_per_chunk: {rows_per_chunk}\nrules: {{}}\n")
    return path


@pytest.fixture
def make_job(server: ForkServer, mixed: Path, pipeline: Path, tmp_path: Path) -> Callable[..., Job]:
    """Make jobs in folders of their own, whose database is there: a copy takes no migrations."""

    def make(name: str = "job", inputs: Sequence[object] = (mixed,)) -> Job:
        folder = tmp_path / name
        folder.mkdir()
        sqlite_audit(folder / "audit.db").dispose()
        return Job(server, folder, inputs, pipeline)

    return make


@pytest.fixture
def small_job(make_job: Callable[..., Job], few: Path) -> Job:
    """A job over a handful of rows."""
    return make_job("small", (few,))


@pytest.fixture
def job(make_job: Callable[..., Job]) -> Job:
    return make_job()


@pytest.fixture
def without_database(job: Job) -> None:
    """The job's command makes its database itself, under whatever befalls it."""
    (job.folder / "audit.db").unlink()


@pytest.fixture(scope="session")
def undisturbed(
    server: ForkServer, mixed: Path, pipeline: Path, tmp_path_factory: pytest.TempPathFactory
) -> Job:
    """A finished run that nothing disturbed; its file `counts` holds the calls of its workers."""
    folder = tmp_path_factory.mktemp("undisturbed")
    job = Job(server, folder, (mixed,), pipeline)
    done = job.curate(fault={})
    assert done.code == 0, done.err
    assert done.calls is not None
    (folder / "counts").write_text(json.dumps(count_calls(done.calls)))
    return job
