"""The same input and settings give the same bytes, however the work is cut, spread or fed."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.integration.commands import run_command
from tests.integration.conftest import Job, write_pipeline
from tests.integration.curated import (
    assert_same_results,
    manifest_of,
    outcome_bytes,
    samples_of,
)


@pytest.mark.parametrize("hash_seed", ["1", pytest.param("4294967295", marks=pytest.mark.slow)])
def test_real_command_under_any_hash_seed_changes_no_byte(
    hash_seed: str, job: Job, undisturbed: Job
) -> None:
    command = job.arguments("--workers", 1)
    done = run_command(command, cwd=job.folder, env={"PYTHONHASHSEED": hash_seed})
    assert done.code == 0, done.err
    assert_same_results(job.out, undisturbed.out)


@pytest.mark.parametrize("rows_per_chunk", [7, 1000])
def test_size_of_chunks_changes_no_outcome(
    rows_per_chunk: int, job: Job, undisturbed: Job, tmp_path: Path
) -> None:
    chunked = replace(job, pipeline=write_pipeline(tmp_path / "chunks.yaml", rows_per_chunk))
    done = chunked.curate()
    assert done.code == 0, done.err
    assert outcome_bytes(chunked.out) == outcome_bytes(undisturbed.out)
    ours, theirs = manifest_of(chunked.out), manifest_of(undisturbed.out)
    for key in ("outcomes", "reasons", "formats", "inputs", "files", "rules_sha256"):
        assert ours[key] == theirs[key]
    assert ours["chain_head"] != theirs["chain_head"]


def test_number_of_workers_changes_no_byte_and_a_second_run_has_the_same_chain_head(
    job: Job, undisturbed: Job
) -> None:
    first = job.curate("--workers", 1)
    again = job.curate("--workers", 3, "--out", job.folder / "again")
    assert (first.code, again.code) == (0, 0), first.err + again.err
    assert_same_results(job.out, undisturbed.out)
    assert_same_results(job.folder / "again", undisturbed.out)
    with sqlite3.connect(job.folder / "audit.db") as connection:
        chained = connection.execute("SELECT head FROM run_chain ORDER BY seq").fetchall()
    assert chained == [(manifest_of(undisturbed.out)["chain_head"],)] * 2


def test_another_seed_or_rubric_has_another_chain_head(job: Job, undisturbed: Job) -> None:
    done = job.curate("--seed", 5)
    assert done.code == 0, done.err
    assert manifest_of(job.out)["chain_head"] != manifest_of(undisturbed.out)["chain_head"]
    assert outcome_bytes(job.out) == outcome_bytes(undisturbed.out)


@pytest.mark.parametrize("name", ["a.jsonl", "b.jsonl.gz", "c.jsonl.zst"])
def test_standard_input_gives_the_samples_of_the_file(
    name: str, mixed: Path, make_job: Callable[..., Job]
) -> None:
    path = mixed / name
    from_file, from_stdin = make_job("file", (path,)), make_job("stdin", ("-",))
    assert from_file.curate("--workers", 1).code == 0
    done = from_stdin.curate("--workers", 1, stdin=path)
    assert done.code == 0, done.err
    assert list(_unnamed(from_stdin, "-")) == list(_unnamed(from_file, str(path)))
    one, other = manifest_of(from_stdin.out), manifest_of(from_file.out)
    assert one["inputs"][0]["sha256"] == other["inputs"][0]["sha256"]
    assert one["outcomes"] == other["outcomes"]


def test_killed_run_from_standard_input_resumes_without_it(
    mixed: Path, make_job: Callable[..., Job]
) -> None:
    whole, killed = make_job("whole", ("-",)), make_job("killed", ("-",))
    assert whole.curate(stdin=mixed / "a.jsonl").code == 0
    died = killed.curate(
        stdin=mixed / "a.jsonl", fault={"kind": "claimed", "number": 2, "victim": "group"}
    )
    assert died.code < 0
    assert killed.curate("--resume").code == 0
    assert_same_results(killed.out, whole.out)


def test_parquet_holds_the_samples_of_the_json_lines(job: Job, undisturbed: Job) -> None:
    import pyarrow.parquet as pq

    done = job.curate("--format", "parquet")
    assert done.code == 0, done.err
    for outcome, number in manifest_of(undisturbed.out)["outcomes"].items():
        lines = [line for name, line in samples_of(undisturbed.out) if name == outcome]
        rows = pq.read_table(job.out / f"{outcome}.parquet").to_pylist()
        assert len(rows) == number == len(lines)
        assert _ids(row["assay"] for row in rows) == _ids(line["assay"] for line in lines)


def _ids(blocks: Iterable[Any]) -> list[tuple[str, str]]:
    parsed = [orjson.loads(block) if isinstance(block, str) else block for block in blocks]
    return [(block["sample_id"], block["row"]) for block in parsed]


def _unnamed(job: Job, name: str) -> Iterable[dict[str, Any]]:
    """Yield the lines without what the input is called."""
    for outcome, line in samples_of(job.out):
        text = orjson.dumps(line).replace(orjson.dumps(f"{name}:")[:-1], b'"INPUT:')
        yield {"outcome": outcome, **orjson.loads(text)}
