"""Starts and stops a real vLLM server, as a user would, from an environment of its own."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

READY_SECONDS = 240.0
STOP_SECONDS = 30.0


@dataclass(slots=True)
class Server:
    """A running server; `log` is where its output goes."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

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


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def start(
    python: str, model: Path, log: Path, *options: str, port: int | None = None, name: str = "tiny"
) -> Server:
    """Start a server and wait until it answers.

    Raises:
        RuntimeError: it ended, or did not get ready; the end of its log is in the message.
    """
    port = port or free_port()
    command = [
        python,
        "-m",
        "vllm.entrypoints.openai.api_server",
        *("--model", str(model), "--served-model-name", name),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--dtype", "float32", "--max-model-len", "8192", "--enforce-eager"),
        "--enable-prompt-tokens-details",
        *options,
    ]
    environment = {
        **os.environ,
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=2):
                return server
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    server.stop()
    tail = log.read_text(errors="replace")[-4000:]
    raise RuntimeError(f"vLLM did not get ready on port {port}:\n{tail}")
