"""`assay submit`, `runs`, `watch`, `fetch` and the SDK against the real service over a socket."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from tests.fakes.curated_runs import LOOPING, some_rows
from tests.fakes.filter_service import Service, open_service
from tests.fakes.relay import Relay
from tests.fakes.running_service import RunningService
from tests.integration.filter_samples.sampled_app import mount_samples

from assay.audit.engine import open_engine
from assay.audit.schema import upgrade
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
COMMAND = """
import sys
from assay_cli import main, remote
known = {command.name for command in main.app.registered_commands}
if "submit" not in known:
    main.app.command("submit")(remote.submit)
    main.app.command("watch")(remote.watch)
    main.app.command("fetch")(remote.fetch)
    main.app.add_typer(remote.runs_app, name="runs")
main.run()
"""


@dataclass(frozen=True, slots=True)
class Home:
    """A service on a socket, and a folder to work in."""

    service: Service
    url: str
    folder: Path

    def assay(self, *arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of `assay` to its end."""
        return subprocess.run(
            self._words(*arguments),
            env=self._environment(**environment),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start a command of `assay`."""
        return subprocess.Popen(
            self._words(*arguments),
            env=self._environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def client(self) -> BlockingFilterClient:
        return BlockingFilterClient(self.url, api_key=KEY)

    def _words(self, *arguments: object) -> list[str]:
        return [sys.executable, "-c", COMMAND, *map(str, arguments)]

    def _environment(self, **more: str) -> dict[str, str]:
        own = {"ASSAY_FILTER_URL": self.url, "ASSAY_API_KEY": KEY, "COLUMNS": "200"}
        return {**os.environ, **own, **more}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    engine = open_engine(f"sqlite:///{tmp_path / 'audit.db'}")
    upgrade(engine)
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
    assert done.returncode == 0, done.stderr
    run_id = done.stdout.strip()
    assert "completed: accepted" in done.stderr
    fetched = home.assay("fetch", run_id, "--out", "out")
    assert fetched.returncode == 0, fetched.stderr
    out = home.folder / "out"
    assert {path.name for path in out.iterdir()} == FILES
    manifest = orjson.loads((out / "manifest.json").read_bytes())
    assert manifest["run"]["id"] == run_id
    assert manifest["input"] == 30
    assert {name: digest(out / name) for name in manifest["files"]} == {
        name: file["sha256"] for name, file in manifest["files"].items()
    }
    again = home.assay("fetch", run_id, "--out", "out")
    assert again.stderr.count("is there") == 5
    listed = home.assay("runs")
    assert run_id in listed.stdout
    shown = home.assay("runs", "show", run_id, "--json")
    assert orjson.loads(shown.stdout)["status"] == "completed"


def test_fetch_mends_what_is_damaged_and_refuses_another_run(
    home: Home, worker: threading.Event
) -> None:
    worker.set()
    first, second = (
        home.assay("submit", "data.jsonl", "--seed", seed, "--wait").stdout.strip()
        for seed in (1, 2)
    )
    assert home.assay("fetch", first, "--out", "out").returncode == 0
    path = home.folder / "out" / "accepted.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b"{}\n")
    assert home.assay("fetch", first, "--out", "out").returncode == 0
    assert path.read_bytes() == whole
    other = home.assay("fetch", second, "--out", "out")
    assert other.returncode == 2
    assert "choose another --out" in other.stderr


def test_interrupted_watch_leaves_the_run_going(home: Home, worker: threading.Event) -> None:
    run_id = home.assay("submit", "data.jsonl").stdout.strip()
    watching = home.start("watch", run_id)
    assert watching.stderr is not None
    assert f"run {run_id}" in watching.stderr.readline()
    time.sleep(0.5)
    watching.send_signal(signal.SIGINT)
    _, told = watching.communicate(timeout=30)
    assert watching.returncode == 130
    assert "the run goes on" in told
    worker.set()
    again = home.assay("watch", run_id)
    assert again.returncode == 0, again.stderr
    assert "judge: done" in again.stderr


def test_watch_survives_a_broken_network(home: Home, worker: threading.Event) -> None:
    run_id = home.assay("submit", "data.jsonl").stdout.strip()
    with Relay(home.url) as relay:
        watching = home.start("watch", run_id, "--url", relay.url)
        assert watching.stderr is not None
        watching.stderr.readline()
        time.sleep(0.5)
        relay.cut()
        home.service.work(max_tasks=3)
        time.sleep(0.5)
        relay.restore()
        worker.set()
        _, told = watching.communicate(timeout=60)
    assert watching.returncode == 0, told
    assert "completed" in told


def test_exit_codes_say_what_is_wrong(home: Home, worker: threading.Event) -> None:
    assert home.assay("watch", "absent").returncode == 2
    assert home.assay("submit", "absent.jsonl").returncode == 2
    wrong = home.assay("submit", "data.jsonl", "--pipeline", "no-such")
    assert wrong.returncode == 2
    assert "no-such" in wrong.stderr
    no_key = home.assay("runs", ASSAY_API_KEY="")
    assert no_key.returncode == 2
    assert "401" in no_key.stderr
    away = home.assay("runs", "--url", "http://127.0.0.1:1")
    assert away.returncode == 1
    assert "check the URL" in away.stderr
    run_id = home.assay("submit", "data.jsonl").stdout.strip()
    assert home.assay("fetch", run_id, "--out", "out").returncode == 2
    cancelled = home.assay("runs", "cancel", run_id)
    assert "cancelled" in cancelled.stdout
    assert home.assay("watch", run_id).returncode == 130
    assert home.assay("runs", "cancel", run_id).returncode == 2
    assert home.assay("runs", "resume", run_id).returncode == 0
    worker.set()
    assert home.assay("watch", run_id).returncode == 0
    assert home.assay("runs", "list", "--status", "completed", "--json").stdout.count("\n") == 1


def test_own_pipeline_goes_with_the_request(home: Home, worker: threading.Event) -> None:
    (home.folder / "mine.yaml").write_text("id: mine\nversion: 1\nrows_per_chunk: 5\nrules: {}\n")
    worker.set()
    done = home.assay("submit", "data.jsonl", "--pipeline", "mine.yaml", "--wait")
    assert done.returncode == 0, done.stderr
    with home.client() as client:
        assert client.run(done.stdout.strip()).progress["rules"].total == 6


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
