"""Runs with the semantic tier, on SQLite and on PostgreSQL: the bytes of `assay curate`."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.contract.conftest import curate_inputs
from tests.fakes.embeddings import FakeEmbeddings, embeddings_server
from tests.fakes.queued_runs import Inputs, Server, work_to_the_end
from tests.fakes.queued_tasks import row_of, run_of
from tests.integration.curated import manifest_of, samples_of

from assay.audit.story import find_samples, tell
from assay.audit.tasks import claim_next
from assay_filter.runs.control import resume_run, run_summary
from assay_filter.runs.stages import Stage
from assay_filter.semantic.settings import SemanticSettings

THRESHOLD = 0.9


@pytest.fixture(scope="module")
def embeddings() -> Iterator[FakeEmbeddings]:
    """One server for all runs: its address is one of their conditions."""
    with embeddings_server() as server:
        yield server


@pytest.fixture(autouse=True)
def sound(embeddings: FakeEmbeddings) -> Iterator[None]:
    """Each test leaves the server as it found it."""
    usual = embeddings.misbehave
    yield
    embeddings.misbehave = usual
    embeddings.requests.clear()


@pytest.fixture(scope="module")
def curated(embeddings: FakeEmbeddings, tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """What the command makes of the input with that server."""
    options = ("--semantic", "--semantic-threshold", str(THRESHOLD))
    named = ("--embedding-url", f"{embeddings.url}/v1", "--embedding-model", "words")
    return curate_inputs(tmp_path_factory.mktemp("semantic"), *options, *named)


@pytest.fixture
def semantic(engine: Engine, curated: Inputs, tmp_path: Path) -> Server:
    return Server(engine, curated, tmp_path / "out")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def tier(embeddings: FakeEmbeddings) -> SemanticSettings:
    given = {"url": embeddings.url, "model": "words", "threshold": THRESHOLD, "num_retries": 0}
    return SemanticSettings.model_validate(given)


def test_what_reads_alike_is_flagged_and_kept(
    semantic: Server, embeddings: FakeEmbeddings, inputs: Inputs
) -> None:
    run_id = semantic.submit(semantic=tier(embeddings))
    workers = [semantic.worker("one"), semantic.worker("two")]
    while any([worker.work_next() for worker in workers]):  # noqa: C419  each has its turn
        pass
    semantic.assert_whole(run_id)
    told = manifest_of(semantic.out)["semantic"]
    assert told["num_flagged"] > 0 and told["is_exact"] and told["num_not_compared"] == 0
    assert (told["model"], told["endpoint_sha256"]) == ("words", sha256(embeddings.url))
    written = [path for path in semantic.out.rglob("*") if path.suffix in (".json", ".html")]
    assert written and not any(embeddings.url in path.read_text() for path in written)
    assert manifest_of(semantic.out)["outcomes"] == manifest_of(inputs.expected)["outcomes"]
    flagged = [line for _, line in samples_of(semantic.out) if "similar_to" in line["assay"]]
    assert len(flagged) == told["num_flagged"]
    assert {line["assay"]["outcome"] for line in flagged} <= {"accepted", "borderline"}
    found = flagged[0]["assay"]
    assert found["similar_to"]["cosine"] >= THRESHOLD
    story = tell(semantic.engine, *find_samples(semantic.engine, found["sample_id"])[0])
    (event,) = [event for event in story.events if event["rule"] == "dedup.semantic"]
    assert found["similar_to"]["sample_id"] in event["reason"]
    assert (event["action"], float(event["value"])) == ("note", found["similar_to"]["cosine"])
    assert "Semantic tier" in (semantic.out / "report.html").read_text()


@pytest.mark.parametrize("stage", [Stage.EMBED, Stage.COMPARE, Stage.DECIDE])
def test_worker_that_comes_too_late_changes_nothing(
    semantic: Server, embeddings: FakeEmbeddings, stage: Stage
) -> None:
    run_id = semantic.submit(semantic=tier(embeddings))
    quick = semantic.worker("quick")
    while (claimed := claim_next(semantic.engine, "slow", lease_seconds=0.01)) is not None:
        if claimed.stage == stage:
            break
        quick.carry_out(claimed)
    assert claimed is not None
    time.sleep(0.05)  # its lease is over
    work_to_the_end(quick)
    semantic.assert_whole(run_id)
    semantic.worker("slow").carry_out(claimed)
    semantic.assert_whole(run_id)
    assert row_of(semantic.engine, run_id, stage, claimed.ordinal).fence == claimed.fence + 1


def test_server_that_is_gone_stops_the_run_and_a_resume_goes_on(
    semantic: Server, embeddings: FakeEmbeddings
) -> None:
    embeddings.misbehave = lambda number, body: (503, b"") if number > 1 else None
    run_id, worker = semantic.submit(semantic=tier(embeddings)), semantic.worker()
    work_to_the_end(worker)
    summary = run_summary(semantic.engine, run_id)
    assert (summary.state, summary.stage) == ("interrupted", "embed")
    assert summary.error_kind == "EmbeddingOutageError"
    assert summary.error is not None and "503" in summary.error
    assert embeddings.url not in summary.error
    embeddings.misbehave = lambda number, body: None
    resume_run(semantic.engine, run_id)
    work_to_the_end(worker)
    semantic.assert_whole(run_id)


def test_patience_waits_for_a_server_that_comes_back(
    semantic: Server, embeddings: FakeEmbeddings
) -> None:
    embeddings.misbehave = lambda number, body: (503, b"") if number == 1 else None
    run_id = semantic.submit(semantic=tier(embeddings), patience_seconds=600)
    work_to_the_end(semantic.worker())
    assert run_of(semantic.engine, run_id).state == "running"  # the task waits for some seconds
    with semantic.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE task SET not_before = NULL")
    work_to_the_end(semantic.worker())
    semantic.assert_whole(run_id)


def test_server_that_knows_no_such_model_stops_the_run_with_the_reason(
    semantic: Server, embeddings: FakeEmbeddings
) -> None:
    embeddings.misbehave = lambda number, body: (404, b"")
    run_id = semantic.submit(semantic=tier(embeddings), patience_seconds=600)
    work_to_the_end(semantic.worker())
    summary = run_summary(semantic.engine, run_id)
    assert (summary.state, summary.error_kind) == ("failed", "EmbeddingError")
    assert summary.error is not None and "status 404" in summary.error


def test_text_that_is_refused_is_told_and_kept(
    semantic: Server, embeddings: FakeEmbeddings, inputs: Inputs
) -> None:
    refused = "the ferryman"
    embeddings.misbehave = lambda number, body: (
        (400, b"") if any(refused in text for text in body["input"]) else None
    )
    run_id = semantic.submit(semantic=tier(embeddings))
    work_to_the_end(semantic.worker())
    assert run_summary(semantic.engine, run_id).state == "done"
    told = manifest_of(semantic.out)["semantic"]
    assert told["num_not_compared"] > 0 and told["num_compared"] > 0
    assert manifest_of(semantic.out)["outcomes"] == manifest_of(inputs.expected)["outcomes"]
    kept = [line for name, line in samples_of(semantic.out) if name in ("accepted", "borderline")]
    wanted = [line for line in kept if refused in str(line["messages"])]
    assert len(wanted) == told["num_not_compared"]
    story = tell(
        semantic.engine, *find_samples(semantic.engine, wanted[0]["assay"]["sample_id"])[0]
    )
    (event,) = [event for event in story.events if event["rule"] == "dedup.semantic"]
    assert event["reason"].startswith("not compared: ") and "status 400" in event["reason"]
    assert "model 'words'" in event["reason"] and embeddings.url not in event["reason"]
