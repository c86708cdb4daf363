"""docker-compose.yml, carried out: every service started as the file says, and used from outside.

What it shows and what it does not is in docs/guides/deployment.md.
"""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from tests.fakes.vllm import FakeVllm
from tests.integration.deployment.compose_file import (
    EXAMPLE,
    ROOT,
    read_composition,
    read_variables,
)
from tests.integration.deployment.stack import Stack
from tests.integration.deployment.substitution import LOOPBACK, can_contain, identity

pytestmark = pytest.mark.faults

GUIDE = ROOT / "docs" / "guides" / "deployment.md"
SAMPLES = ROOT / "examples" / "conversations.jsonl"
NUM_SAMPLES = 82
RUN_SECONDS = 300.0
CACHE_SECONDS = 30 * 24 * 3600
SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "ASSAY_API_KEYS", "INTERNAL_API_KEY")
SAMPLE = {
    "messages": [
        {"role": "user", "content": "What is 12 * 12?"},
        {"role": "assistant", "content": "12 * 12 = 144."},
    ]
}


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """The .env that the guide's commands make of .env.example."""
    shutil.copy(EXAMPLE, tmp_path)
    subprocess.run(["/bin/sh", "-ec", commands_before_compose()], cwd=tmp_path, check=True)
    found = read_variables(tmp_path / ".env")
    assert len({found[name] for name in SECRETS}) == len(SECRETS)
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an unprivileged user may enter, as pytest's are not."""
    with tempfile.TemporaryDirectory(prefix="assay-stack-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_the_stack_starts_in_order_curates_a_file_scores_a_sample_and_leaves(
    variables: dict[str, str], folder: Path
) -> None:
    with Stack(read_composition(variables), folder) as stack:
        assert list(stack.healthy_after) == [s.name for s in stack.services]
        check_processes(stack, variables)
        check_keys(stack)
        curate_a_file(stack, variables)
        assert score_a_sample(stack, variables)["judgement"]["judge"] == "evidence"
        reward_rollouts(stack, variables)
        check_logs(stack, variables)
        check_kernels(folder)
        check_leaving(stack)


def test_the_judge_asks_any_server_that_the_env_file_names(
    variables: dict[str, str], folder: Path
) -> None:
    with FakeVllm() as model:
        given = {**variables, "ASSAY_JUDGE_BACKEND_URL": model.url}
        with Stack(read_composition(given), folder, "redis", "judge") as stack:
            scored = score_a_sample(stack, variables)
            assert scored["judgement"]["judge"] == "tiny"
            assert not any("authorization" in seen.headers for seen in model.requests)
            cache = redis.Redis(
                port=stack.table.port_of("redis"), db=1, password=variables["REDIS_PASSWORD"]
            )
            kept = list(cache.scan_iter())
            assert kept and all(0 < cache.ttl(key) <= CACHE_SECONDS for key in kept)
            cache.close()


def check_processes(stack: Stack, variables: Mapping[str, str]) -> None:
    """No secret shows in `ps`, and nobody works as root, or with rights."""
    for pids in stack.pids().values():
        for pid in pids:
            words = Path(f"/proc/{pid}/cmdline").read_text()
            assert not any(variables[name] in words for name in SECRETS)
            status = Path(f"/proc/{pid}/status").read_text()
            assert re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE)[1] == str(identity()[0])  # type: ignore[index]
            if can_contain():
                assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
                assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)


def check_keys(stack: Stack) -> None:
    """Whoever has no key is let in nowhere but to the health checks."""
    for service, path in (
        ("filter", "/v1/runs"),
        ("judge", "/v1/rubrics"),
        ("rl-rewards", "/v1/domains"),
    ):
        assert ask(stack, service, "GET", path).status_code == 401
        assert ask(stack, service, "GET", path, key="x" * 48).status_code == 401
        assert ask(stack, service, "GET", "/readyz").status_code == 200


def curate_a_file(stack: Stack, variables: Mapping[str, str]) -> None:
    key = variables["ASSAY_API_KEYS"]
    files = {"file": ("conversations.jsonl", SAMPLES.read_bytes())}
    uploaded = ask(stack, "filter", "POST", "/v1/files", key=key, files=files)
    assert uploaded.status_code == 200, uploaded.text
    body = {"input": uploaded.json()["id"]}
    made = ask(stack, "filter", "POST", "/v1/runs", key=key, json=body)
    assert made.status_code == 202, made.text
    run = wait_for_run(stack, made.json()["id"], key)
    assert run["status"] == "completed", (run, stack.log("filter-worker"))
    assert sum(run["outcomes"].values()) == NUM_SAMPLES
    assert run["outcomes"]["error"] == 0
    assert run["judge"] == "evidence"
    for outcome, number in run["outcomes"].items():
        results = ask(stack, "filter", "GET", f"/v1/runs/{run['id']}/results/{outcome}", key=key)
        assert results.status_code == 200
        assert len(results.content.splitlines()) == number


def wait_for_run(stack: Stack, run_id: str, key: str) -> dict[str, Any]:
    deadline = time.monotonic() + RUN_SECONDS
    while True:
        run: dict[str, Any] = ask(stack, "filter", "GET", f"/v1/runs/{run_id}", key=key).json()
        if run["status"] not in ("queued", "running"):
            return run
        assert time.monotonic() < deadline, (run, stack.log("filter-worker"))
        time.sleep(0.5)


def score_a_sample(stack: Stack, variables: Mapping[str, str]) -> dict[str, Any]:
    key = variables["ASSAY_API_KEYS"]
    scored = ask(stack, "judge", "POST", "/v1/score", key=key, json={"sample": SAMPLE})
    assert scored.status_code == 200, scored.text
    body: dict[str, Any] = scored.json()
    return body


def reward_rollouts(stack: Stack, variables: Mapping[str, str]) -> None:
    """The right answer is told from the wrong one, in the order asked."""
    task = {"domain": "math", "prompt": "What is 12 * 12?", "reference": "144", "group": "g"}
    rollouts = [task | {"response": f"\\boxed{{{answer}}}"} for answer in (144, 146)]
    key = variables["ASSAY_API_KEYS"]
    body = {"rollouts": rollouts}
    answer = ask(stack, "rl-rewards", "POST", "/v1/rewards", key=key, json=body)
    assert answer.status_code == 200, answer.text
    assert [each["reward"] for each in answer.json()["rewards"]] == [1.0, 0.0]


def check_logs(stack: Stack, variables: Mapping[str, str]) -> None:
    """Our services tell events and nothing else, and no secret."""
    for service in stack.services:
        log = stack.log(service.name)
        assert not any(variables[name] in log for name in SECRETS)
        if service.name in ("judge", "filter", "filter-worker", "rl-rewards"):
            assert log
            for line in log.splitlines():
                assert line.startswith("timestamp="), log
            assert "SecurityWarning" not in log


def check_kernels(folder: Path) -> None:
    """The worker keeps what it compiled where the next one finds it."""
    assert list((folder / "volumes" / "cache" / "numba").rglob("*.nbc"))


def check_leaving(stack: Stack) -> None:
    """SIGTERM ends every service within its grace, and with code 0."""
    for name in reversed(list(stack.pids())):
        left = stack.leave(name)
        assert left.code == 0, (name, stack.log(name))
        assert left.seconds < stack.composition.services[name].grace_seconds


def ask(
    stack: Stack, service: str, method: str, path: str, *, key: str = "", **options: Any
) -> httpx.Response:
    """Send a request to a published port."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    url = f"http://{LOOPBACK}:{stack.table.port_of(service)}{path}"
    return httpx.request(method, url, headers=headers, timeout=60, trust_env=False, **options)


def commands_before_compose() -> str:
    """Return the guide's first commands, up to the one that needs an engine."""
    block = GUIDE.read_text().partition("```sh\n")[2].partition("```")[0]
    before, found, _ = block.partition("docker compose")
    assert found and "openssl" in before
    return before
