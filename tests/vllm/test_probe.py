"""What the probe finds out about a real vLLM, and whom it refuses."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from tests.vllm.judging import judge_all, question, with_backend
from tests.vllm.running import Server

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.contract import Capabilities, GenerationKind, ReadingKind
from assay_judge.backend.server import ServerBackend

pytestmark = pytest.mark.vllm


async def capabilities_of(backend: ServerBackend) -> Capabilities:
    return backend.capabilities


def test_probe_finds_the_best_of_everything(server: Server) -> None:
    found = with_backend(server.url, capabilities_of)
    assert found.generation is GenerationKind.GRAMMAR
    assert found.reading is ReadingKind.TOKEN_IDS
    assert found.has_batch
    assert found.has_tokenize
    assert found.has_continue
    assert found.reports_cached_tokens
    assert found.max_model_len == 8192
    assert found.model == "tiny"
    assert found.server.startswith("vllm")
    assert found.fingerprint
    assert len(set(found.labels.values())) == 7


def test_model_that_answers_in_form_is_healthy(server: Server) -> None:
    found = with_backend(server.url, capabilities_of)
    assert found.is_healthy, found.problems
    assert found.probed_mass is not None
    assert found.probed_mass > 900


def test_random_model_is_refused_everywhere(
    vllm_python: str, untrained: Path, tmp_path: Path
) -> None:
    running = Server.start(vllm_python, untrained, tmp_path / "server.log")
    try:
        found = with_backend(running.url, capabilities_of)
        assert not found.is_healthy
        assert found.probed_mass is not None
        assert found.probed_mass < 100
        assert any("digits 1 to 5" in problem for problem in found.problems)
        (answer,) = judge_all(running.url, [question("Name a colour.", "Blue is one.")])
        assert isinstance(answer, JudgeBackendError)
        assert answer.code in ("low_label_mass", "malformed")
        _refuses_to_curate(running.url, tmp_path)
    finally:
        running.stop()


def _refuses_to_curate(url: str, folder: Path) -> None:
    rows = folder / "rows.jsonl"
    rows.write_bytes(orjson.dumps({"prompt": "Name a colour.", "completion": "Blue is one."}))
    done = subprocess.run(
        [sys.executable, "-m", "assay_cli", "curate", str(rows), "--out", str(folder / "out")]
        + ["--judge", url, "--db", f"sqlite:///{folder / 'a.db'}", "--workers", "1"],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(folder)},
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "digits 1 to 5" in done.stderr
    assert not (folder / "out" / "manifest.json").exists()
