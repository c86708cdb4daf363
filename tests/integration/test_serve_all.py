"""`assay serve all` as real processes: they serve together, and end together."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.deployment.ports import free_port

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
START_SECONDS = 90.0


@pytest.fixture
def ports() -> tuple[int, int, int]:
    return free_port(), free_port(), free_port()


@pytest.fixture
def stack(ports: tuple[int, int, int], tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    judge, curation, rewards = map(str, ports)
    command = [
        sys.executable,
        "-m",
        "assay_cli",
        "serve",
        "all",
        "--store",
        str(tmp_path / "store"),
    ]
    command += ["--judge-port", judge, "--filter-port", curation, "--rewards-port", rewards]
    plain = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=plain, stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(60)


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until_ready(ports: tuple[int, int, int]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not all(map(is_ready, ports)):
        assert time.monotonic() < deadline, "expected three services that are ready"
        time.sleep(0.1)


def children_of(pid: int) -> dict[str, int]:
    """The services by the word behind `serve`."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        found[words[words.index("serve") + 1]] = int(child)
    return found


def test_services_serve_together_and_one_that_dies_ends_all(
    stack: "subprocess.Popen[bytes]", ports: tuple[int, int, int], tmp_path: Path
) -> None:
    wait_until_ready(ports)
    rollout = {"domain": "math", "prompt": "2 + 2?", "response": "\\boxed{4}", "reference": "4"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{ports[2]}/v1/rewards",
        json.dumps({"rollouts": [rollout]}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["rewards"][0]["reward"] == 1.0
    services = children_of(stack.pid)
    assert set(services) == {"judge", "filter", "rl-rewards"}
    os.kill(services["judge"], signal.SIGKILL)
    assert stack.wait(60) == 1
    assert not any(map(is_ready, ports))
    assert "found that judge ended with -9" in (tmp_path / "log").read_text()
