"""A real vLLM server on the CPU with the tiny trained model of the tests, and its counters.

It runs in an environment of its own, which `ASSAY_VLLM_PYTHON` names; the model is kept in the
folder `ASSAY_VLLM_MODELS`, or trained for this run (some minutes). The development mode is on for
one route: it empties the prefix cache, so that every arm begins cold.
"""

import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.vllm import running
from tests.vllm.conversations import write_conversations
from tests.vllm.running import Server

TRAINER = Path(running.__file__).with_name("train_tiny_granite.py")
TRAINING_STEPS = "200"
SKIPPED = (
    "skipped, for it needs a vLLM of its own: make a virtual environment with vLLM for CPU (see"
    " `make test-vllm`) and set ASSAY_VLLM_PYTHON to its python"
)


class Counters(NamedTuple):
    """Tokens that the server counted since it started, in the order of `_METRICS`."""

    prompt: float
    cached: float
    generated: float
    cache_queries: float
    cache_hits: float

    def since(self, before: "Counters") -> "Counters":
        return Counters(*(now - then for now, then in zip(self, before, strict=True)))


_METRICS = (
    "vllm:prompt_tokens_total",
    "vllm:prompt_tokens_cached_total",
    "vllm:generation_tokens_total",
    "vllm:prefix_cache_queries_total",
    "vllm:prefix_cache_hits_total",
)


def vllm_python() -> str | None:
    """The python of vLLM's environment, or None where there is none."""
    python = os.environ.get("ASSAY_VLLM_PYTHON")
    return python if python and Path(python).exists() else None


@contextmanager
def vllm_server(python: str) -> Iterator[Server]:
    """Start a server, and stop it when the block is left.

    Raises:
        RuntimeError: it does not get ready.
    """
    os.environ["VLLM_SERVER_DEV_MODE"] = "1"
    with tempfile.TemporaryDirectory(prefix="assay-bench-vllm-") as scratch:
        model = _trained(python, Path(os.environ.get("ASSAY_VLLM_MODELS") or scratch))
        server = Server.start(python, model, Path(scratch) / "server.log")
        try:
            yield server
        finally:
            server.stop()


def empty_cache(server: Server) -> None:
    """Forget all prefixes; nothing may be in flight."""
    request = urllib.request.Request(f"{server.url}/reset_prefix_cache", method="POST")
    with urllib.request.urlopen(request, timeout=30):
        pass


def read_counters(server: Server) -> Counters:
    """Return the server's counters, summed over their labels."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    found: dict[str, float] = {}
    for line in lines:
        name = line.partition("{")[0].partition(" ")[0]
        if name in _METRICS:
            found[name] = found.get(name, 0.0) + float(line.rpartition(" ")[2])
    return Counters(*(found[name] for name in _METRICS))


def _trained(python: str, folder: Path) -> Path:
    model = folder / "trained"
    if not (model / "config.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        conversations = folder / "conversations.jsonl"
        if not conversations.exists():
            write_conversations(conversations)
        command = [python, str(TRAINER), str(conversations), str(model), "--steps", TRAINING_STEPS]
        subprocess.run(command, check=True)
    return model
