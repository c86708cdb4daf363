"""Fixtures of the tests on a real vLLM; they skip where its environment is not made.

`make test-vllm` makes it and sets ASSAY_VLLM_PYTHON. The tiny models are made once a session, or
kept in ASSAY_VLLM_MODELS.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.vllm.conversations import write_conversations
from tests.vllm.running import Server

TRAINER = Path(__file__).parent / "train_tiny_granite.py"


@pytest.fixture(scope="session")
def vllm_python() -> str:
    python = os.environ.get("ASSAY_VLLM_PYTHON")
    if not python or not Path(python).exists():
        pytest.skip("no vLLM environment: run `make test-vllm`, which makes one")
    return python


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("ASSAY_VLLM_MODELS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("models")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def trained(vllm_python: str, models: Path) -> Path:
    """A tiny Granite that answers in form."""
    return _make(vllm_python, models, "trained", 150)


@pytest.fixture(scope="session")
def untrained(vllm_python: str, models: Path) -> Path:
    """A random Granite, which knows nothing of digits."""
    return _make(vllm_python, models, "untrained", 0)


@pytest.fixture(scope="session")
def server(
    vllm_python: str, trained: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server on the trained model, shared by the tests that do it no harm."""
    running = Server.start(vllm_python, trained, tmp_path_factory.mktemp("vllm") / "server.log")
    yield running
    running.stop()


def _make(python: str, models: Path, name: str, steps: int) -> Path:
    folder = models / name
    if (folder / "config.json").exists():
        return folder
    conversations = models / "conversations.jsonl"
    if not conversations.exists():
        write_conversations(conversations)
    subprocess.run(
        [python, str(TRAINER), str(conversations), str(folder), "--steps", str(steps)], check=True
    )
    return folder
