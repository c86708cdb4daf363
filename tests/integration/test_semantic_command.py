"""`assay curate --semantic` in processes that are killed, and with other settings."""

import os
import signal
from collections.abc import Callable

import pytest
from tests.fakes.embeddings import FakeEmbeddings, embeddings_server
from tests.integration.conftest import Job
from tests.integration.curated import assert_same_results, manifest_of

pytestmark = pytest.mark.faults

MODEL = ("--semantic", "--embedding-model", "words", "--semantic-threshold", "0.9")


def named(server: FakeEmbeddings) -> tuple[str, ...]:
    return (*MODEL, "--embedding-url", server.url)


def test_run_that_is_killed_while_it_embeds_gives_the_same_bytes(
    make_job: Callable[..., Job],
) -> None:
    undisturbed, job = make_job("undisturbed"), make_job("killed")
    with embeddings_server() as server:
        assert undisturbed.curate(*named(server)).code == 0
        asked = len(server.requests)
        groups: list[int] = []

        def kill(number: int, body: dict[str, object]) -> None:
            if number == asked + 4:
                os.killpg(groups[0], signal.SIGKILL)

        server.misbehave = kill
        running = job.server.start(job.arguments(*named(server)), cwd=job.folder)
        groups.append(running.pid)
        assert job.server.wait(running).code == -signal.SIGKILL
        server.misbehave = lambda number, body: None
        other = job.curate(*named(server), "--embedding-model", "other", "--resume")
        assert other.code == 2 and "embedding server" in other.err
        done = job.curate(*named(server), "--resume")
        assert done.code == 0, done.err
        assert_same_results(job.out, undisturbed.out)
        assert job.verify().code == 0
    assert manifest_of(job.out)["semantic"]["num_flagged"] > 0


def test_server_that_does_not_embed_is_told_before_the_run(small_job: Job) -> None:
    with embeddings_server(lambda number, body: (401, b"")) as server:
        refused = small_job.curate(*named(server))
    assert refused.code == 1 and "status 401" in refused.err
    assert not small_job.out.exists() or not any(small_job.out.iterdir())
    alone = small_job.curate("--embedding-url", "http://127.0.0.1:9")
    assert alone.code == 2 and "expected --semantic" in alone.err
    missing = small_job.curate("--semantic")
    assert missing.code == 2 and "ASSAY_EMBEDDING_URL" in missing.err
