"""How long the REST service takes to answer while workers are busy on its machine, and while not.

One client asks for one thing after the other, in rounds with a pause, over one connection: it
measures what a person or a script feels, not what the service could bear. Busy: a large run is at
work. Idle: no large run. Every tenth round makes a small run, which the workers carry out in both.
"""

import math
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from benchmarks.filtering.homes import END_SECONDS, OVER, CommandError, ServerHome
from benchmarks.filtering.rows import write_rows
from benchmarks.filtering.servers import free_port, running_servers
from benchmarks.judging.meters import Watch
from benchmarks.judging.tables import print_table

from assay_filter.runs.watching import read_standing

START_SECONDS = 60.0
TIMEOUT_SECONDS = 60.0
MILLISECONDS = 1000
BUSY, IDLE = "busy", "idle"
SHARES = (0.5, 0.9, 0.99)
SAMPLE = {
    "messages": [
        {"role": "user", "content": "What is 12 * 12?"},
        {"role": "assistant", "content": "12 * 12 = 144, for 12 * 10 = 120 and 12 * 2 = 24."},
    ]
}


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    source: Path
    folder: Path
    num_rows: int = 60_000
    num_workers: int = 2
    most_rounds: int = 400
    pause_seconds: float = 0.05


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of request; it is asked every so many rounds."""

    name: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    every: int = 1


def run(options: Options) -> dict[str, object]:
    """Measure, print, and return what was printed."""
    watch = Watch()
    rows = write_rows(options.source, options.num_rows, options.folder)
    found: dict[str, dict[str, list[float]]] = {}
    with (
        running_servers() as servers,
        ServerHome(servers, options.num_workers) as home,
        _service(home, servers.folder / "store") as client,
    ):
        _settle(client, home)
        run_id = _start(client, rows)
        _wait_for_samples(client, run_id)
        questions = _questions(run_id)
        found[BUSY] = _ask(client, questions, options, goes_on=lambda: not _is_over(home, run_id))
        home.wait(run_id)
        _wait_for_all(client)
        found[IDLE] = _ask(client, questions, options, goes_on=lambda: True)
    return _report(options, found, watch)


@contextmanager
def _service(home: ServerHome, store: Path) -> Iterator[httpx.Client]:
    """Run `assay serve filter` and give a client of it."""
    port = free_port()
    command = [sys.executable, "-m", "assay_cli", "serve", "filter", "--store", str(store)]
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        env=home.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS) as client:
            _wait_until_ready(client, process)
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            if client.get("/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass  # it does not listen yet
        if process.poll() is not None or time.monotonic() > until:
            raise CommandError("expected `assay serve filter` to be ready, found it is not")
        time.sleep(0.1)


def _settle(client: httpx.Client, home: ServerHome) -> None:
    """Carry out a small run, so that every process has loaded what it needs."""
    response = client.post("/v1/runs", json={"input": [SAMPLE], "judge": "evidence"})
    home.wait(str(_body(response)["id"]))


def _start(client: httpx.Client, rows: Path) -> str:
    uploaded = client.post(f"/v1/files?filename={rows.name}", content=rows.read_bytes())
    body = {"input": _body(uploaded)["id"], "judge": "evidence"}
    return str(_body(client.post("/v1/runs", json=body))["id"])


def _wait_for_samples(client: httpx.Client, run_id: str) -> None:
    """Wait until a run's first samples can be listed."""
    while not _body(client.get("/v1/samples", params={"run": run_id, "limit": 1}))["data"]:
        time.sleep(0.2)


def _wait_for_all(client: httpx.Client) -> None:
    for state in ("queued", "running"):
        while _body(client.get("/v1/runs", params={"state": state, "limit": 1}))["data"]:
            time.sleep(0.5)


def _is_over(home: ServerHome, run_id: str) -> bool:
    return read_standing(home.engine, run_id).name in OVER


def _questions(run_id: str) -> Sequence[Question]:
    return (
        Question("GET /v1/runs/{id}", "GET", f"/v1/runs/{run_id}"),
        Question("GET /v1/runs", "GET", "/v1/runs?limit=50"),
        Question("GET /v1/samples?run=", "GET", f"/v1/samples?run={run_id}&limit=50"),
        Question(
            "GET /v1/samples?run=&rule=&type=",
            "GET",
            f"/v1/samples?run={run_id}&rule=norm.whitespace&type=single_turn&limit=50",
        ),
        Question(
            "POST /v1/runs (one sample)", "POST", "/v1/runs",
            {"input": [SAMPLE], "judge": "evidence"}, every=10,
        ),
    )  # fmt: skip


def _ask(
    client: httpx.Client,
    questions: Sequence[Question],
    options: Options,
    *,
    goes_on: Callable[[], bool],
) -> dict[str, list[float]]:
    """Ask everything in turn; return the milliseconds of each answer, by question."""
    took: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(options.most_rounds):
        if not goes_on():
            break
        for question in questions:
            if number % question.every:
                continue
            begun = time.perf_counter()
            response = client.request(question.method, question.path, json=question.body)
            took[question.name].append(MILLISECONDS * (time.perf_counter() - begun))
            _body(response)
            time.sleep(options.pause_seconds)
    return took


def _body(response: httpx.Response) -> Any:
    if not response.is_success:
        told = response.text[:300]
        raise CommandError(f"expected an answer, found {response.status_code}: {told}")
    return response.json()


def _report(
    options: Options, found: Mapping[str, Mapping[str, Sequence[float]]], watch: Watch
) -> dict[str, object]:
    conditions = watch.conditions()
    print(
        f"(c) latencies in ms, busy with {options.num_rows:,} rows on {options.num_workers} workers"
        f" and idle; {conditions}"
    )
    head = [f"{state} p{round(100 * share)}" for state in found for share in SHARES]
    print_table(
        ("", *head, *(f"{state} most" for state in found), *(f"{state} asked" for state in found)),
        [
            (
                name,
                *(f"{_rank(took[name], share):.0f}" for took in found.values() for share in SHARES),
                *(f"{max(took[name]):.0f}" for took in found.values()),
                *(str(len(took[name])) for took in found.values()),
            )
            for name in found[IDLE]
            if found[BUSY].get(name)
        ],
    )
    return {
        "conditions": asdict(conditions),
        "options": {"rows": options.num_rows, "workers": options.num_workers},
        "milliseconds": {state: dict(took) for state, took in found.items()},
    }


def _rank(values: Sequence[float], share: float) -> float:
    """Return the least value that at least `share` of all do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
