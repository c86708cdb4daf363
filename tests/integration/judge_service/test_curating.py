"""`assay curate --judge URL` against the real service: little room, and a judge without modes."""

from collections.abc import Iterator
from io import StringIO

import httpx
import pytest
from tests.fakes.running_service import RunningService
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of, outcome_bytes

from assay.web.logs import open_log
from assay_judge.service.app import make_app
from assay_judge.service.settings import JudgeServiceSettings

MAX_BATCH = 16


@pytest.fixture(scope="module")
def crowded() -> Iterator[RunningService]:
    """The evidence judge with room for one batch at a time."""
    settings = JudgeServiceSettings(max_in_flight=1, max_queued=MAX_BATCH - 1, max_batch=MAX_BATCH)
    with RunningService(make_app(settings, log=open_log(StringIO()))) as service:
        yield service


def test_run_of_many_requests_at_a_time_ends_without_an_error(
    job: Job, undisturbed: Job, crowded: RunningService
) -> None:
    done = job.curate("--judge", crowded.url, "--concurrency", 256)
    assert done.code == 0, done.err
    assert 'status="429"' in httpx.get(f"{crowded.url}/metrics").text  # there was no room, indeed
    assert manifest_of(job.out)["outcomes"] == manifest_of(undisturbed.out)["outcomes"]
    assert outcome_bytes(job.out)["error"] == b""


def test_mode_that_the_service_does_not_have_is_refused_before_the_run(
    small_job: Job, crowded: RunningService
) -> None:
    refused = small_job.curate("--judge", crowded.url, "--judge-mode", "standard")
    assert refused.code == 2
    assert "expected a mode of the judge service" in refused.err
    assert "none, for it asks no model" in refused.err
    assert not small_job.out.exists() or not any(small_job.out.iterdir())
    done = small_job.curate("--judge", crowded.url)
    assert done.code == 0, done.err
