"""What a command refuses, it refuses with exit code 2, one line, and nothing touched."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.integration.commands import Finished, ForkServer
from tests.integration.conftest import Job, write_pipeline
from tests.integration.curated import assert_same_results, manifest_of, outcome_bytes

pytestmark = pytest.mark.faults


def assert_refused(done: Finished, said: str) -> None:
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    assert said in done.err
    assert len(done.err.strip().splitlines()) < 12


class Kept(NamedTuple):
    """What a job left, once for all tests: each has it back where its database says that it is."""

    job: Job
    copy: Path

    def put_back(self) -> Job:
        shutil.rmtree(self.job.folder)
        shutil.copytree(self.copy, self.job.folder)
        return self.job


def keep(job: Job) -> Kept:
    copy = job.folder.with_name(f"{job.folder.name}-kept")
    shutil.copytree(job.folder, copy)
    return Kept(job, copy)


Leave = Callable[..., Kept]


@pytest.fixture(scope="module")
def leave(
    server: ForkServer, mixed: Path, pipeline: Path, tmp_path_factory: pytest.TempPathFactory
) -> Leave:
    """Runs a job that dies at the claim of a task of the given number, and keeps what it leaves."""

    def leave_at(number: int) -> Kept:
        job = Job(server, tmp_path_factory.mktemp("died"), (mixed,), pipeline)
        fault = {"kind": "claimed", "number": number, "victim": "group"}
        died = job.curate("--workers", 1, fault=fault)
        assert died.code < 0, died.err
        return keep(job)

    return leave_at


@pytest.fixture(scope="module")
def killed_once(leave: Leave) -> Kept:
    return leave(16)


@pytest.fixture(scope="module")
def nearly_ended_once(leave: Leave) -> Kept:
    return leave(26)


@pytest.fixture(scope="module")
def finished_once(
    server: ForkServer, few: Path, pipeline: Path, tmp_path_factory: pytest.TempPathFactory
) -> Kept:
    job = Job(server, tmp_path_factory.mktemp("finished"), (few,), pipeline)
    done = job.curate()
    assert done.code == 0, done.err
    return keep(job)


@pytest.fixture
def killed(killed_once: Kept) -> Job:
    """A run that died between two chunks of the judge's stage."""
    return killed_once.put_back()


@pytest.fixture
def nearly_ended(nearly_ended_once: Kept) -> Job:
    """A run that died between two chunks of the last stage of many."""
    return nearly_ended_once.put_back()


@pytest.fixture
def finished(finished_once: Kept) -> Job:
    return finished_once.put_back()


def test_unfinished_run_is_not_overwritten_unasked(killed: Job, undisturbed: Job) -> None:
    assert_refused(killed.curate(), "--resume")
    assert killed.curate("--resume").code == 0
    assert_same_results(killed.out, undisturbed.out)


def test_unfinished_run_can_be_replaced(killed: Job, undisturbed: Job) -> None:
    assert killed.curate("--overwrite").code == 0
    assert_same_results(killed.out, undisturbed.out)
    assert killed.verify().code == 0


@pytest.mark.parametrize(
    "more", [("--seed", 3), ("--judge", "off"), ("--config", "other.yaml")], ids=lambda m: m[0]
)
def test_resume_with_other_settings_is_refused(
    more: tuple[object, ...], killed: Job, undisturbed: Job
) -> None:
    write_pipeline(killed.folder / "other.yaml", 41)
    assert_refused(killed.curate("--resume", *more), "expected the settings that run")
    assert killed.curate("--resume").code == 0
    assert_same_results(killed.out, undisturbed.out)


def test_resume_with_another_database_is_refused(killed: Job) -> None:
    refused = killed.curate("--resume", "--db", f"sqlite:///{killed.folder / 'other.db'}")
    assert_refused(refused, "expected the audit database")
    assert killed.curate("--resume").code == 0


def test_resume_with_changed_inputs_is_refused(mixed: Path, make_job: Callable[..., Job]) -> None:
    job = make_job()
    inputs = job.folder / "inputs"
    inputs.mkdir()
    for path in mixed.iterdir():
        (inputs / path.name).write_bytes(path.read_bytes())
    job = replace(job, inputs=(inputs,))
    assert job.curate(fault={"kind": "claimed", "number": 16, "victim": "group"}).code < 0
    before = (inputs / "d.jsonl").stat()
    (inputs / "d.jsonl").write_bytes((inputs / "d.jsonl").read_bytes().replace(b"lot 1", b"lot 9"))
    assert_refused(job.curate("--resume"), "d.jsonl")
    (inputs / "e.jsonl").write_bytes(b"{}\n")
    os.utime(inputs / "d.jsonl", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert_refused(job.curate("--resume"), "e.jsonl")
    (inputs / "e.jsonl").unlink()
    (inputs / "d.jsonl").unlink()
    assert_refused(job.curate("--resume"), "d.jsonl")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rules-000003-1.jsonl.zst", "flipped"),
        pytest.param("rules-000003-1.npy", "flipped", marks=pytest.mark.slow),
        pytest.param("gather-000000-1.npy", "flipped", marks=pytest.mark.slow),
        pytest.param("gather-000000-1.json", "gone", marks=pytest.mark.slow),
        pytest.param("judge-000001-1.jsonl.zst", "gone", marks=pytest.mark.slow),
        pytest.param("judge-000001-1.npy", "cut", marks=pytest.mark.slow),
        ("judge-000001-1.features", "flipped"),
        ("run.json", "flipped"),
        pytest.param("run.json", "cut", marks=pytest.mark.slow),
    ],
)
def test_damaged_work_file_is_refused_or_made_again(
    name: str, kind: str, killed: Job, undisturbed: Job
) -> None:
    assert_damage_is_refused_or_mended(name, kind, killed, undisturbed)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("link-000008-1.links.zst", "flipped"),
        pytest.param("link-000008-1.copies.zst", "gone", marks=pytest.mark.slow),
        ("decide-000000-1.lines", "flipped"),
    ],
)
def test_damaged_file_of_the_last_stages_is_refused_or_made_again(
    name: str, kind: str, nearly_ended: Job, undisturbed: Job
) -> None:
    assert_damage_is_refused_or_mended(name, kind, nearly_ended, undisturbed)


def assert_damage_is_refused_or_mended(name: str, kind: str, killed: Job, undisturbed: Job) -> None:
    path = killed.out / ".assay-work" / name
    data = bytearray(path.read_bytes())
    if kind == "flipped":
        data[len(data) // 2] ^= 0x10
        path.write_bytes(data)
    elif kind == "cut":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.unlink()
    done = killed.curate("--resume")
    if done.code == 0:
        assert_same_results(killed.out, undisturbed.out)
    else:
        assert_refused(done, "--overwrite")
        assert killed.curate("--overwrite").code == 0
        assert_same_results(killed.out, undisturbed.out)


def test_finished_folder_is_not_overwritten_unasked(finished: Job) -> None:
    before = outcome_bytes(finished.out)
    assert_refused(finished.curate(), "--overwrite")
    assert outcome_bytes(finished.out) == before
    assert not (finished.out / ".assay-work").exists()


def test_resume_of_a_finished_run_says_so_and_changes_nothing(finished: Job) -> None:
    before = manifest_of(finished.out)
    done = finished.curate("--resume")
    assert done.code == 0
    assert "nothing to resume" in done.err
    assert manifest_of(finished.out) == before
    assert not (finished.out / ".assay-work").exists()


def test_overwrite_leaves_no_file_of_the_former_run(finished: Job) -> None:
    first = manifest_of(finished.out)["run"]["id"]
    done = finished.curate("--overwrite", "--format", "parquet")
    assert done.code == 0, done.err
    assert manifest_of(finished.out)["run"]["id"] != first
    assert not list(finished.out.glob("*.jsonl"))
    assert len(list(finished.out.glob("*.parquet"))) == 5


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--judge", "gpt"), "--judge evidence, off"),
        (("--config", "nowhere.yaml"), "expected a pipelines file"),
        (("--rubric", "nowhere"), "expected a rubrics file"),
        (("--config", "unknown_rule.yaml"), "rep.nonsense"),
        (("--config", "unknown_setting.yaml"), "max_share_9"),
        (("--config", "wrong_type.yaml"), "rows_per_chunk"),
        (("--config", "no.yaml"), "expected YAML"),
        (("--config", "list.yaml"), "whole file"),
        (("--config", "binary.yaml"), "expected to read"),
        (("--workers", "0"), "--workers"),
        (("--format", "csv"), "--format"),
        (("--no-such-option",), "--no-such-option"),
    ],
)
def test_wrong_options_are_refused_before_results_are_touched(
    more: tuple[str, ...], said: str, finished: Job
) -> None:
    for name, text in {
        "unknown_rule.yaml": "id: x\nversion: 1\nrules: {rep.nonsense: {}}\n",
        "unknown_setting.yaml": "id: x\nversion: 1\nrules: {rep.ngram: {max_share_9: 1}}\n",
        "wrong_type.yaml": "id: x\nversion: 1\nrows_per_chunk: many\nrules: {}\n",
        "no.yaml": "id: [x\n",
        "list.yaml": "- id\n",
    }.items():
        (finished.folder / name).write_text(text)
    (finished.folder / "binary.yaml").write_bytes(b"\xff\x00\xfe")
    before = outcome_bytes(finished.out)
    assert_refused(finished.curate("--overwrite", *more), said)
    assert outcome_bytes(finished.out) == before


def test_database_of_a_newer_version_is_refused(finished: Job) -> None:
    with sqlite3.connect(finished.folder / "audit.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for arguments in (
        finished.arguments("--out", finished.folder / "two"),
        ["audit", "verify", "--db", finished.database],
        ["explain", "row-1", "--db", finished.database],
        ["db", "upgrade", "--db", finished.database],
    ):
        done = finished.server.run(arguments, cwd=finished.folder)
        assert done.code == 1
        assert "9999" in done.err
        assert "Traceback" not in done.err


def test_run_whose_mark_was_written_but_never_recorded_starts_anew(
    small_job: Job,
) -> None:
    """The crash between the mark and the audit's first row."""
    died = small_job.curate(fault={"kind": "after_replace", "number": 1, "who": "parent"})
    assert died.code < 0
    mark = json.loads((small_job.out / ".assay-work" / "run.json").read_bytes())
    assert small_job.curate("--resume").code == 0
    assert manifest_of(small_job.out)["run"]["id"] != mark["run_id"]
