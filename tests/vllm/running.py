"""Starts and stops a real vLLM server, as a user would, from an environment of its own."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

READY_SECONDS = 600.0  # two busy cores take four minutes
STOP_SECONDS = 30.0
GENERATING = ("--max-model-len", "8192", "--enable-prompt-tokens-details")


@dataclass(slots=True)
class Server:
    """A server that can be started again; `log` is where its output goes."""

    command: list[str]
    url: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @classmethod
    def start(
        cls, python: str, model: Path, log: Path, *, options: Sequence[str] = GENERATING
    ) -> "Server":
        """Start a server on a free port and wait until it answers.

        Raises:
            RuntimeError: it ended, or did not get ready; the end of its log is in the message.
        """
        port = _free_port()
        command = [
            python,
            "-m",
            "vllm.entrypoints.openai.api_server",
            *("--model", str(model), "--served-model-name", "tiny"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--dtype", "float32", "--enforce-eager"),
            *options,
        ]
        server = cls(command, f"http://127.0.0.1:{port}", log, _launch(command, log))
        server.wait_until_ready()
        return server

    def restart(self) -> None:
        """Start the same server again at the same address."""
        self.stop()
        self.process = _launch(self.command, self.log)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the server answers."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        self.stop()
        tail = self.log.read_text(errors="replace")[-4000:]
        raise RuntimeError(f"vLLM did not get ready at {self.url}:\n{tail}")

    def engine_processes(self) -> list[int]:
        """Return the pids of the engine's own processes (children of the API process)."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,ppid=,args=", "-A"], capture_output=True, text=True, check=True
        ).stdout
        children = []
        for line in listed.splitlines():
            pid, parent, command = line.split(None, 2)
            if int(parent) == self.process.pid and "resource_tracker" not in command:
                children.append(int(pid))
        return children

    def metric(self, name: str) -> float:
        """Return the sum of a Prometheus counter over its labels."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=30) as answer:
            body = answer.read().decode()
        values = [
            float(line.rsplit(" ", 1)[1])
            for line in body.splitlines()
            if line.split("{")[0].split(" ")[0] == name
        ]
        assert values, f"no metric {name}"
        return sum(values)

    def stop(self) -> None:
        """End the server and all of its processes."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _launch(command: list[str], log: Path) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    with log.open("ab") as stream:
        return subprocess.Popen(
            command,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
