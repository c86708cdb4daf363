"""`assay serve filter` as a user runs it: one process, one folder, nothing else."""

import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.fakes.filter_service import GOOD, WRONG, lines_of
from tests.integration.commands import warm_server

START_SECONDS = 120.0


class FilterProcess:
    """`assay serve filter` with options and ASSAY_* variables; `log` is what it told so far."""

    def __init__(self, *options: object, **environment: str) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
        self._log = Path(tempfile.mkdtemp(prefix="assay-filter-")) / "log"
        self.process = warm_server().open(
            ["serve", "filter", "--port", "0", *options],
            out=Path(os.devnull),
            err=self._log,
            env=clean | environment,
        )
        self.port = 0

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def __enter__(self) -> "FilterProcess":
        until(lambda: "event=service.started" in self.log or self.process.poll() is not None)
        assert self.process.poll() is None, self.log
        line = next(line for line in self.log.splitlines() if "event=service.started" in line)
        self.port = int(line.split("port=")[1].split()[0])
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.end()

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.request(method, url, timeout=30, trust_env=False, **options)  # type: ignore[arg-type]

    def end(self) -> int:
        return self.process.wait(START_SECONDS)


def until(is_true: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_one_command_curates_a_file_and_survives_its_own_death(tmp_path: Path) -> None:
    options = ("--store", tmp_path / "store")
    with FilterProcess(*options) as service:
        content = lines_of([GOOD, WRONG])
        file = service.ask("POST", "/v1/files?filename=a.jsonl", content=content).json()
        run = service.ask("POST", "/v1/runs", json={"input": file["id"]}).json()
        here = f"/v1/runs/{run['id']}"
        until(lambda: service.ask("GET", here).json()["status"] == "running")
        service.process.kill()  # at any moment: the run is on the disk
        service.end()
    with FilterProcess(*options) as service:
        until(lambda: service.ask("GET", here).json()["status"] == "completed")
        assert service.ask("GET", f"{here}/results/accepted").json()["id"] == "good"
        assert "assay_filter_runs" in service.ask("GET", "/metrics").text
        service.process.send_signal(signal.SIGTERM)
        assert service.end() == 0
        assert "event=workers.left" in service.log
        assert "Traceback" not in service.log


def test_without_workers_a_run_waits(tmp_path: Path) -> None:
    with FilterProcess("--store", tmp_path / "store", "--workers", 0) as service:
        run = service.ask("POST", "/v1/runs", json={"input": [GOOD]}).json()
        assert service.ask("GET", "/readyz").status_code == 200
        time.sleep(1)
        assert service.ask("GET", f"/v1/runs/{run['id']}").json()["status"] == "queued"
        service.process.send_signal(signal.SIGINT)
        assert service.end() == 130


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        ((), {}, "store"),
        (("--store", "{folder}", "--host", "0.0.0.0"), {}, "ASSAY_API_KEYS"),
        (("--store", "{folder}"), {"ASSAY_FILTER_MAX_UPLOAD_BYTES": "x"}, "max_upload_bytes"),
        (("--store", "{folder}"), {"ASSAY_FILTER_DEFAULT_PIPELINE": "x"}, "a pipeline of"),
        (("--store", "{folder}", "--broker", "redis://127.0.0.1:9"), {}, "PostgreSQL"),
        (("--store", "{folder}", "--database", "mysql://x"), {}, "sqlite:// or postgresql://"),
        (("--store", "/proc/none"), {}, "--store"),
    ],
)
def test_a_wrong_setting_is_a_line_and_no_service(
    tmp_path: Path, options: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    folder = str(tmp_path / "store")
    service = FilterProcess(*(o.replace("{folder}", folder) for o in options), **environment)
    assert service.end() in (1, 2)
    assert said in service.log
    assert "Traceback" not in service.log
