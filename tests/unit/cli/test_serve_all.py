import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assay_cli import serve_all
from assay_cli.serve_settings import Ports, service_environments

PORTS = Ports(judge=1, filter=2, rewards=3)
STANDS = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit({code})); "
STANDS += "open({path!r}, 'w').close(); time.sleep(60)"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "ASSAY_API_KEYS",
        "ASSAY_FILTER_JUDGE_URL",
        "ASSAY_RL_REWARDS_JUDGE_URL",
        "ASSAY_JUDGE_BACKEND_API_KEY",
    ):
        monkeypatch.delenv(name, raising=False)


def test_services_ask_the_judge_beside_them() -> None:
    found = service_environments(PORTS)
    assert found["filter"]["ASSAY_FILTER_JUDGE_URL"] == "http://127.0.0.1:1"
    assert found["rl-rewards"]["ASSAY_RL_REWARDS_JUDGE_URL"] == "http://127.0.0.1:1"
    assert "ASSAY_API_KEYS" not in found["judge"]


def test_inner_key_is_the_judges_and_is_given_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASSAY_API_KEYS", "users-key-of-32-characters-or-more")
    monkeypatch.setenv("ASSAY_JUDGE_BACKEND_API_KEY", "of the model server")
    found = service_environments(PORTS)
    users, inner = found["judge"]["ASSAY_API_KEYS"].split(",")
    assert users == "users-key-of-32-characters-or-more"
    assert len(inner) >= 32
    assert found["judge"]["ASSAY_JUDGE_BACKEND_API_KEY"] == "of the model server"
    assert found["filter"]["ASSAY_JUDGE_BACKEND_API_KEY"] == inner
    assert found["rl-rewards"]["ASSAY_RL_REWARDS_JUDGE_API_KEY"] == inner
    assert found["filter"]["ASSAY_API_KEYS"] == users


def test_judge_that_the_user_named_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_API_KEYS", "users-key-of-32-characters-or-more")
    monkeypatch.setenv("ASSAY_FILTER_JUDGE_URL", "http://judge.example")
    monkeypatch.setenv("ASSAY_JUDGE_BACKEND_API_KEY", "of that judge")
    found = service_environments(PORTS)["filter"]
    assert found["ASSAY_FILTER_JUDGE_URL"] == "http://judge.example"
    assert found["ASSAY_JUDGE_BACKEND_API_KEY"] == "of that judge"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[dict[str, str]], int]:
    """Run small programs in place of the services."""

    def start(programs: dict[str, str]) -> int:
        real = subprocess.Popen

        def open_program(command: list[str], **settings: object) -> object:
            return real([sys.executable, "-S", "-c", command[3]], **settings)  # type: ignore[call-overload]

        monkeypatch.setattr(subprocess, "Popen", open_program)
        commands = {name: [program] for name, program in programs.items()}
        return serve_all.run_services(commands, {name: {} for name in programs})

    return start


def send_when_there(number: int, *paths: Path) -> None:
    """Send a signal to this process once the programs stand."""

    def wait() -> None:
        while not all(path.exists() for path in paths):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signal_ends_all_services(
    run: Callable[[dict[str, str]], int], tmp_path: Path, number: int, code: int
) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    send_when_there(number, *paths)
    assert run({path.name: STANDS.format(code=0, path=str(path)) for path in paths}) == code


def test_service_that_ends_by_itself_ends_the_others_and_is_named(
    run: Callable[[dict[str, str]], int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a"
    until = f"while not os.path.exists({str(path)!r}): time.sleep(0.01)"
    waits = f"import os, sys, time\n{until}\nsys.exit(7)"
    assert run({"judge": STANDS.format(code=0, path=str(path)), "filter": waits}) == 1
    assert "filter ended with 7" in capfd.readouterr().err


def test_service_that_does_not_end_well_is_told(
    run: Callable[[dict[str, str]], int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a"
    send_when_there(signal.SIGTERM, path)
    assert run({"judge": STANDS.format(code=3, path=str(path))}) == 1
    assert "{'judge': 3}" in capfd.readouterr().err
