"""`assay submit`, `runs`, `watch`, `fetch` and the SDK against the real service over a socket."""

import hashlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from tests.fakes.audit_databases import sqlite_audit
from tests.fakes.curated_runs import LOOPING, some_rows
from tests.fakes.filter_service import Service, open_service
from tests.fakes.relay import Relay
from tests.fakes.running_service import RunningService
from tests.integration.commands import Finished, Running, wait_until, warm_server
from tests.integration.filter_samples.sampled_app import mount_samples

from assay.audit.verification import verify_runs
from assay.client.blocking_filter import BlockingFilterClient
from assay.client.service_errors import ConflictError, NotFoundError, UnauthorizedError

KEY = "0123456789abcdef-remote"
FILES = {
    *(
        f"{outcome}.jsonl"
        for outcome in ("accepted", "borderline", "rejected", "duplicate", "error")
    ),
    "manifest.json",
    "report.html",
}


@dataclass(frozen=True, slots=True)
class Home:
    """A service on a socket, and a folder to work in."""

    service: Service
    url: str
    folder: Path

    def assay(self, *arguments: object, **environment: str) -> Finished:
        """Run a command of `assay` to its end."""
        env = self._environment(**environment)
        return warm_server().run(arguments, cwd=self.folder, env=env, deadline_seconds=120)

    def watch(self, *arguments: object) -> Running:
        """Start `assay watch`; return when it has told which run it watches."""
        watching = warm_server().start(
            ["watch", *arguments], cwd=self.folder, env=self._environment()
        )
        wait_until(lambda: watching.err.exists() and "\n" in watching.err.read_text(), seconds=60)
        return watching

    def client(self) -> BlockingFilterClient:
        return BlockingFilterClient(self.url, api_key=KEY)

    def _environment(self, **more: str) -> dict[str, str]:
        return {"ASSAY_FILTER_URL": self.url, "ASSAY_API_KEY": KEY, **more}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    engine = sqlite_audit(tmp_path / "audit.db")
    service = open_service(engine, tmp_path, keys=KEY)
    mount_samples(service.app, engine, tmp_path / "store")
    folder = tmp_path / "work"
    folder.mkdir()
    rows = some_rows(30)
    (folder / "data.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    with RunningService(service.app) as running:
        yield Home(service, running.url, folder)
    engine.dispose()


@pytest.fixture
def worker(home: Home) -> Iterator[threading.Event]:
    """A worker in a thread; set the event to let it begin."""
    begin, stop = threading.Event(), threading.Event()

    def work() -> None:
        begin.wait()
        while not stop.is_set():
            home.service.work()
            stop.wait(0.02)

    thread = threading.Thread(target=work)
    thread.start()
    yield begin
    stop.set()
    begin.set()
    thread.join(30)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_submit_wait_fetch_brings_what_the_manifest_says(
    home: Home, worker: threading.Event
) -> None:
    worker.set()
    done = home.assay("submit", "data.jsonl", "--judge", "evidence", "--wait")
    assert done.code == 0, done.err
    run_id = done.out.strip()
    assert "completed: accepted" in done.err
    fetched = home.assay("fetch", run_id, "--out", "out")
    assert fetched.code == 0, fetched.err
    out = home.folder / "out"
    assert {path.name for path in out.iterdir()} == FILES
    manifest = orjson.loads((out / "manifest.json").read_bytes())
    assert manifest["run"]["id"] == run_id
    assert manifest["input"] == 30
    assert {name: digest(out / name) for name in manifest["files"]} == {
        name: file["sha256"] for name, file in manifest["files"].items()
    }
    again = home.assay("fetch", run_id, "--out", "out")
    assert again.err.count("is there") == 5
    listed = home.assay("runs")
    assert run_id in listed.out
    shown = home.assay("runs", "show", run_id, "--json")
    assert orjson.loads(shown.out)["status"] == "completed"


def test_fetch_mends_what_is_damaged_and_refuses_another_run(
    home: Home, worker: threading.Event
) -> None:
    worker.set()
    first, second = (
        home.assay("submit", "data.jsonl", "--seed", seed, "--wait").out.strip() for seed in (1, 2)
    )
    assert home.assay("fetch", first, "--out", "out").code == 0
    path = home.folder / "out" / "accepted.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b"{}\n")
    assert home.assay("fetch", first, "--out", "out").code == 0
    assert path.read_bytes() == whole
    other = home.assay("fetch", second, "--out", "out")
    assert other.code == 2
    assert "choose another --out" in other.err


def test_interrupted_watch_leaves_the_run_going(home: Home, worker: threading.Event) -> None:
    run_id = home.assay("submit", "data.jsonl").out.strip()
    watching = home.watch(run_id)
    assert f"run {run_id}" in watching.err.read_text()
    time.sleep(0.5)
    os.kill(watching.pid, signal.SIGINT)
    left = warm_server().wait(watching, deadline_seconds=30)
    assert left.code == 130
    assert "the run goes on" in left.err
    worker.set()
    again = home.assay("watch", run_id)
    assert again.code == 0, again.err
    assert "judge: done" in again.err


def test_watch_survives_a_broken_network(home: Home, worker: threading.Event) -> None:
    run_id = home.assay("submit", "data.jsonl").out.strip()
    with Relay(home.url) as relay:
        watching = home.watch(run_id, "--url", relay.url)
        time.sleep(0.5)
        relay.cut()
        home.service.work(max_tasks=3)
        time.sleep(0.5)
        relay.restore()
        worker.set()
        left = warm_server().wait(watching, deadline_seconds=60)
    assert left.code == 0, left.err
    assert "completed" in left.err


def test_exit_codes_say_what_is_wrong(home: Home, worker: threading.Event) -> None:
    assert home.assay("watch", "absent").code == 2
    assert home.assay("submit", "absent.jsonl").code == 2
    wrong = home.assay("submit", "data.jsonl", "--pipeline", "no-such")
    assert wrong.code == 2
    assert "no-such" in wrong.err
    no_key = home.assay("runs", ASSAY_API_KEY="")
    assert no_key.code == 2
    assert "401" in no_key.err
    away = home.assay("runs", "--url", "http://127.0.0.1:1")
    assert away.code == 1
    assert "check the URL" in away.err
    run_id = home.assay("submit", "data.jsonl").out.strip()
    assert home.assay("fetch", run_id, "--out", "out").code == 2
    cancelled = home.assay("runs", "cancel", run_id)
    assert "cancelled" in cancelled.out
    assert home.assay("watch", run_id).code == 130
    assert home.assay("runs", "cancel", run_id).code == 2
    assert home.assay("runs", "resume", run_id).code == 0
    worker.set()
    assert home.assay("watch", run_id).code == 0
    assert home.assay("runs", "list", "--status", "completed", "--json").out.count("\n") == 1


def test_own_pipeline_goes_with_the_request(home: Home, worker: threading.Event) -> None:
    (home.folder / "mine.yaml").write_text("id: mine\nversion: 1\nrows_per_chunk: 5\nrules: {}\n")
    worker.set()
    done = home.assay("submit", "data.jsonl", "--pipeline", "mine.yaml", "--wait")
    assert done.code == 0, done.err
    with home.client() as client:
        assert client.run(done.out.strip()).progress["rules"].total == 6


def test_what_was_kept_before_and_evaluation_items_are_not_kept(
    home: Home, worker: threading.Event
) -> None:
    worker.set()
    first = home.assay("submit", "data.jsonl", "--index", "--wait").out.strip()
    again = home.assay("submit", "data.jsonl", "--against", first, "--wait").out.strip()
    (home.folder / "eval.jsonl").write_bytes((home.folder / "data.jsonl").read_bytes())
    apart = home.assay("submit", "data.jsonl", "--eval-set", "eval.jsonl", "--wait").out.strip()
    with home.client() as client:
        kept, repeated, clean = (client.run(run).outcomes or {} for run in (first, again, apart))
    assert kept["accepted"] > 0
    assert repeated["accepted"] == 0
    assert repeated["duplicate"] == kept["accepted"] + kept["duplicate"]
    assert clean["accepted"] == 0
    assert clean["rejected"] > kept["rejected"]


def test_semantic_tier_needs_a_service_with_an_embedding_server(home: Home) -> None:
    alone = home.assay("submit", "data.jsonl", "--semantic-threshold", "0.9")
    assert alone.code == 2
    assert "expected --semantic" in alone.err
    done = home.assay("submit", "data.jsonl", "--semantic")
    assert done.code == 2
    assert "ASSAY_EMBEDDING_URL" in done.err


def test_sdk_goes_the_whole_way(home: Home, worker: threading.Event) -> None:
    worker.set()
    with home.client() as client:
        kept = client.upload(home.folder / "data.jsonl")
        assert kept.sha256 == digest(home.folder / "data.jsonl")
        run = client.submit(kept.id, judge="evidence", metadata={"team": "a"})
        assert client.submit(kept.id, judge="evidence", metadata={"team": "a"}).id == run.id
        events = list(client.watch(run.id))
        assert events[-1].kind == "done"
        assert [event.id for event in events] == sorted({e.id for e in events}, key=int)
        assert list(client.watch(run.id, last_event_id=events[-1].id)) == []
        samples = list(client.samples(run=run.id))
        assert [sample["ordinal"] for sample in samples] == list(range(30))
        (looping,) = client.samples(run=run.id, rule="rep.loop")
        story = client.sample(looping["sample_id"], run=run.id)
        assert story["decision"]["outcome"] == "rejected"
        review = client.review(looping["row"], run=run.id, decision="needs_fix", comment="why?")
        assert review.reviewer.startswith("key-")
        stats = client.stats(run=run.id)
        assert stats["reviews"]["by_outcome"] == {"rejected": {"needs_fix": 1}}
        assert next(iter(client.runs())).id == run.id
        with pytest.raises(NotFoundError):
            client.run("absent")
        with pytest.raises(ConflictError):
            client.cancel(run.id)
    with (
        BlockingFilterClient(home.url) as stranger,
        pytest.raises(UnauthorizedError),
    ):
        stranger.run(run.id)


def test_sdk_compares_runs_and_removes_what_was_said(home: Home, worker: threading.Event) -> None:
    worker.set()
    rows = some_rows(12)
    other = [dict(row) for row in rows]
    other[2] = {**other[2], "messages": [other[2]["messages"][0],
                                         {"role": "assistant", "content": LOOPING}]}  # fmt: skip
    with home.client() as client:
        runs = [client.submit(given, judge="evidence").id for given in (rows, other)]
        for run_id in runs:
            assert [*client.watch(run_id)][-1].status == "completed"
        assert list(client.diff(*runs)) == []
        assert client.diff_summary(*runs)["only_after"]
        removed = client.delete_sample("row-5", reason="request 7")
        assert [entry["samples"] for entry in removed["runs"]] == [1, 1]
        found = client.results(runs[0], "accepted", home.folder / "accepted.jsonl")
        assert found.is_verified
        assert b"counting 5 apples" not in found.path.read_bytes()
        assert not any(
            b"counting 5 apples" in path.read_bytes()
            for path in home.service.store.root.rglob("*")
            if path.is_file()
        )
        client.delete_run(runs[1])
        with pytest.raises(NotFoundError, match="410"):
            client.results(runs[1], "accepted", home.folder / "gone.jsonl")
    assert [check.breach for check in verify_runs(home.service.engine)] == [None, None]
