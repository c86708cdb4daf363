"""A sample that ends its worker ends in quarantine, and the run goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.poison_at_three import run, run_without_fault, try_one, try_without_fault

from assay.audit.rows import ChunkRecord
from assay.domain.errors import RunStateError
from assay_filter.curation.rules_stage import RulesTask
from assay_filter.runs.worker import MAX_ATTEMPTS
from assay_filter.scaling.job import Job
from assay_filter.scaling.surviving import survive


@pytest.fixture
def job(tmp_path: Path) -> Job:
    found = Job(str(tmp_path), "", "", "", None, "off", "0")
    found.work_dir.mkdir()
    return found


def _survive(
    job: Job, work: Callable[[RulesTask], ChunkRecord], try_it: Callable[[Any, int], None]
) -> str:
    nowhere = Path("nowhere")
    task = RulesTask("{}", 7, 0, 0, "file", (), nowhere, nowhere)
    return survive(job, "rules", task, work, try_one=try_it, positions=range(5)).summary


def test_sample_that_fails_the_chunk_is_found_at_once(job: Job) -> None:
    assert _survive(job, run, try_one) == "[3]"


def test_chunk_whose_process_died_twice_is_searched(job: Job) -> None:
    _mark(job, MAX_ATTEMPTS - 1)
    assert _survive(job, run_without_fault, try_one) == "[3]"


def test_chunk_whose_process_died_of_something_else_keeps_its_samples(job: Job) -> None:
    _mark(job, MAX_ATTEMPTS - 1)
    assert _survive(job, run_without_fault, try_without_fault) == "[]"


def test_first_attempts_search_nothing(job: Job) -> None:
    _mark(job, MAX_ATTEMPTS - 2)
    assert _survive(job, run_without_fault, try_one) == "[]"


def test_chunk_that_succeeds_may_be_repeated_without_end(job: Job) -> None:
    for _ in range(MAX_ATTEMPTS + 3):
        assert _survive(job, run_without_fault, try_one) == "[]"


def test_process_that_dies_again_and_again_stops_the_run(job: Job) -> None:
    _mark(job, MAX_ATTEMPTS + 1)
    with pytest.raises(RunStateError, match="died 4 times on chunk 7 of stage 'rules'"):
        _survive(job, run_without_fault, try_without_fault)


def _mark(job: Job, num_attempts: int) -> None:
    job.place(7, "tried-rules-000007").write_bytes(b"." * num_attempts)
