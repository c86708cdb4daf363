"""Disks that are full or cannot be written stop a run with one clear line, and it resumes."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.conftest import Job
from tests.integration.curated import assert_same_results

pytestmark = pytest.mark.faults


def assert_one_clear_line(code: int, err: str) -> None:
    assert code == 1, err
    assert "Traceback" not in err
    last = err.strip().splitlines()[-1]
    assert last.startswith(("assay: ", "audit: ")), err
    assert any(word in last for word in ("expected", "refused")), last


@pytest.mark.usefixtures("without_database")
@pytest.mark.parametrize("max_file_bytes", [2 << 10, 20 << 10, 100 << 10, 250 << 10])
def test_run_resumes_after_a_write_that_failed(
    max_file_bytes: int, job: Job, undisturbed: Job
) -> None:
    stopped = job.curate(max_file_bytes=max_file_bytes)
    assert_one_clear_line(stopped.code, stopped.err)
    done = job.curate("--resume")
    assert done.code == 0, done.err
    assert_same_results(job.out, undisturbed.out)
    assert job.verify().code == 0


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not permitted on this machine")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("size", ["40k", "150k", "250k"])
def test_run_resumes_after_a_full_disk_under_the_results(
    size: str, tiny_disk: Path, job: Job, undisturbed: Job
) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(tiny_disk)], check=True)
    out = tiny_disk / "out"
    stopped = job.curate("--out", out)
    assert_one_clear_line(stopped.code, stopped.err)
    assert "No space left on device" in stopped.err or " written" in stopped.err
    assert str(out) in stopped.err
    subprocess.run(["mount", "-o", "remount,size=64m", str(tiny_disk)], check=True)
    done = job.curate("--out", out, "--resume")
    assert done.code == 0, done.err
    assert_same_results(out, undisturbed.out)
    assert job.verify().code == 0


def test_run_resumes_after_a_full_disk_under_the_database(
    tiny_disk: Path, job: Job, undisturbed: Job
) -> None:
    database = ("--db", f"sqlite:///{tiny_disk / 'audit.db'}")
    subprocess.run(["mount", "-o", "remount,size=512k", str(tiny_disk)], check=True)
    stopped = job.curate(*database)
    assert_one_clear_line(stopped.code, stopped.err)
    assert "full" in stopped.err
    subprocess.run(["mount", "-o", "remount,size=64m", str(tiny_disk)], check=True)
    done = job.curate(*database, "--resume")
    assert done.code == 0, done.err
    assert_same_results(job.out, undisturbed.out)


@pytest.mark.parametrize("parent", ["/dev/null", "a file", "a pipe"])
def test_output_below_something_that_is_no_folder_is_refused(parent: str, small_job: Job) -> None:
    place = Path(parent) if parent.startswith("/") else small_job.folder / "place"
    if parent == "a file":
        place.write_text("mine")
    if parent == "a pipe":
        os.mkfifo(place)
    stopped = small_job.curate("--out", place / "out")
    assert_one_clear_line(stopped.code, stopped.err)
    assert str(place) in stopped.err
    if parent == "a file":
        assert place.read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not stop the superuser")
def test_folder_without_write_permission_is_refused(small_job: Job) -> None:
    small_job.out.mkdir(mode=0o500)
    stopped = small_job.curate()
    assert_one_clear_line(stopped.code, stopped.err)
    assert "Permission denied" in stopped.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////nowhere/audit.db", "folder"),
        ("sqlite://", "database file"),
        ("mysql://host/name", "sqlite:// or postgresql://"),
        ("no url at all", "database URL"),
    ],
)
def test_unusable_database_is_refused_before_anything_is_written(
    url: str, said: str, small_job: Job
) -> None:
    stopped = small_job.curate("--db", url)
    assert_one_clear_line(stopped.code, stopped.err)
    assert said in stopped.err
    assert not small_job.out.exists() or not list(small_job.out.iterdir())


def test_file_that_is_no_database_is_refused(small_job: Job) -> None:
    (small_job.folder / "audit.db").write_bytes(b"this is not a database at all\n" * 100)
    for arguments in (small_job.arguments(), ["audit", "verify", "--db", small_job.database]):
        stopped = small_job.server.run(arguments, cwd=small_job.folder)
        assert_one_clear_line(stopped.code, stopped.err)
        assert "not a database" in stopped.err


def damage(job: Job, *, first_page: int) -> None:
    path = job.folder / "audit.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    for start in range(first_page * 4096, len(data), 4096):
        data[start : start + 512] = b"\xa5" * 512
    path.write_bytes(data)


def test_damaged_database_is_refused(small_job: Job) -> None:
    assert small_job.curate().code == 0
    damage(small_job, first_page=2)
    for arguments in (
        small_job.arguments("--out", small_job.folder / "two"),
        ["audit", "verify", "--db", small_job.database],
        ["explain", "row-1", "--db", small_job.database],
    ):
        stopped = small_job.server.run(arguments, cwd=small_job.folder)
        assert_one_clear_line(stopped.code, stopped.err)


def test_damage_among_the_rows_is_found_by_verify(small_job: Job) -> None:
    assert small_job.curate().code == 0
    damage(small_job, first_page=14)
    checked = small_job.verify()
    assert_one_clear_line(checked.code, checked.err)
