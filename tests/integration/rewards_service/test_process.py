"""The real processes: `assay serve rl-rewards` with its workers, and `assay reward score`."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from assay.client.rewards import BlockingRewardsClient
from assay.domain.rollout import Rollout
from assay.domain.sample import Message

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[3]
START_SECONDS = 120.0
ROUTES = """
id: process
version: 1
routes:
  math:
    parts: [{type: verifier, name: correctness, verifier: math, weight: 1.0}]
"""
TASK: dict[str, Any] = {"domain": "math", "prompt": "12 * 12?", "reference": "144"}
HOSTILE = ("\\boxed{9^{9^{9^{9}}}}", "\\boxed{" + "(" * 20_000 + "}", "\\frac{1}{" * 3_000)


def until(claim: str, is_true: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"expected that {claim}"
        time.sleep(0.05)


def environment() -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
    return {**clean, "COLUMNS": "200", "TERM": "dumb"}


class ServiceProcess:
    """`assay serve rl-rewards` on a free port; `log` is what it told so far."""

    def __init__(self, folder: Path, *options: str, keep: Path | None = None) -> None:
        routes = folder / "routes.yaml"
        routes.write_text(ROUTES)
        self._log = folder / "log"
        words = ["serve", "rl-rewards", "--port", "0", "--routes", str(routes), *options]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "assay_cli", *words],
                stderr=log,
                stdout=subprocess.DEVNULL,
                env=environment() | ({"ASSAY_RL_REWARDS_KEEP": str(keep)} if keep else {}),
                cwd=ROOT,
            )
        self.port = 0

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "ServiceProcess":
        until("the service starts", self._has_started, START_SECONDS)
        (line,) = [one for one in self.log.splitlines() if "event=service.started" in one]
        self.port = int(line.split("port=")[1].split()[0])
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(30)

    def ask(self, *responses: str) -> httpx.Response:
        rollouts = [TASK | {"response": response} for response in responses]
        body = {"rollouts": rollouts}
        return httpx.post(f"{self.url}/v1/rewards", json=body, timeout=120, trust_env=False)

    def descendants(self) -> set[int]:
        """Its processes, with those that it forked."""
        found, seen = [self._process.pid], set[int]()
        while found:
            pid = found.pop()
            seen.add(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return seen

    def leave(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def _has_started(self) -> bool:
        assert self._process.poll() is None, self.log
        return "event=service.started" in self.log


@pytest.fixture
def folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="assay-rewards-"))


def test_right_wrong_and_hostile_answers_are_told_apart_and_nothing_is_left(folder: Path) -> None:
    with ServiceProcess(folder, "--workers", "2") as service:
        answer = service.ask("\\boxed{144}", "\\boxed{146}", *HOSTILE, "\\boxed{144}")
        assert answer.status_code == 200, answer.text
        rewards = [each["reward"] for each in answer.json()["rewards"]]
        assert rewards == [1.0, 0.0, *[0.0] * len(HOSTILE), 1.0]
        assert "144" not in service.log, "no text of an answer is told"
        processes = service.descendants()
        assert len(processes) >= 3  # itself, and two workers at least
        assert service.leave() == 0, service.log
    until("every process has ended", lambda: not any(map(is_alive, processes)))


def is_alive(pid: int) -> bool:
    try:
        return " Z" not in Path(f"/proc/{pid}/stat").read_text().partition(")")[2][:3]
    except FileNotFoundError:
        return False


def test_sigterm_finishes_what_is_held_and_exits_0(folder: Path) -> None:
    texts = [f"after {at} steps it is \\boxed{{\\frac{{{at}}}{{7}}}}" for at in range(4000)]
    with ServiceProcess(folder, "--workers", "1") as service, ThreadPoolExecutor(1) as threads:
        assert service.ask("\\boxed{144}").status_code == 200
        held = threads.submit(service.ask, *texts)
        metrics = f"{service.url}/metrics"
        until(
            "the request is held",
            lambda: "rollouts_held 4000.0" in httpx.get(metrics, trust_env=False).text,
        )
        assert service.leave() == 0, service.log
        answer = held.result()
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["rewards"]) == len(texts)


def test_the_sdk_gets_what_the_command_writes(folder: Path) -> None:
    answers = ["\\boxed{144}", "144", "\\boxed{12^2}", *HOSTILE]
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps(TASK | {"response": text}) + "\n" for text in answers))
    with ServiceProcess(folder, "--workers", "1") as service:
        prompt = (Message("user", "12 * 12?"),)
        rollouts = [Rollout("math", prompt, text, reference="144") for text in answers]
        with BlockingRewardsClient(service.url) as client:
            asked = client.score(rollouts).rewards
        told = score(path, "--url", service.url)
    alone = score(path, "--routes", str(folder / "routes.yaml"), "--workers", "1")
    for lines in (told, alone):
        found = [(each["reward"], each["status"], each["version"]) for each in lines]
        assert found == [(each.reward, each.status.value, each.version) for each in asked]


def test_what_is_kept_is_replayed_and_watched(folder: Path) -> None:
    kept = folder / "kept"
    with ServiceProcess(folder, "--workers", "1", keep=kept) as service:
        assert service.ask("\\boxed{144}", "\\boxed{146}", HOSTILE[0]).status_code == 200
        assert not list(kept.glob("*.parquet")), "it is not due yet"
        assert service.leave() == 0, service.log
    routes = ("--routes", str(folder / "routes.yaml"), "--workers", "1")
    replayed = json.loads(reward("replay", str(kept), *routes, "--json").stdout)
    found = {name: replayed["math"][name] for name in ("rollouts", "compared", "changed", "lost")}
    assert found == {"rollouts": 3, "compared": 3, "changed": 0, "lost": 0}
    assert reward("alarms", str(kept)).stdout.strip() == "no alarm"


def test_tasks_are_checked_where_they_harm_nobody(folder: Path) -> None:
    (folder / "routes.yaml").write_text(ROUTES)
    hostile = [TASK | {"reference": HOSTILE[0]}]
    path, fit = folder / "tasks.jsonl", folder / "fit.jsonl"
    rows = [TASK, *hostile, TASK | {"reference": None}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ("--routes", str(folder / "routes.yaml"), "--workers", "1", "--out", str(fit))
    done = reward("validate", str(path), *options, "--json", codes=(1, 3))
    assert json.loads(done.stdout)["fit"] == 1
    assert [json.loads(line) for line in fit.read_text().splitlines()] == [TASK]


def score(path: Path, *options: str) -> list[Any]:
    """Run `assay reward score`; return its lines."""
    done = reward("score", str(path), *options)
    return [json.loads(line) for line in done.stdout.splitlines()]


def reward(*words: str, codes: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
    """Run a command under `assay reward`, which ends with one of the codes."""
    done = subprocess.run(
        [sys.executable, "-m", "assay_cli", "reward", *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        cwd=ROOT,
    )
    assert done.returncode in codes, done.stderr
    return done
