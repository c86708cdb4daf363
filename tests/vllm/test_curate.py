"""`assay curate --judge URL` on a real vLLM, with its cache, its budget and its audit."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.vllm.conversations import made_samples
from tests.vllm.running import Server

pytestmark = pytest.mark.vllm


def assay(folder: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-m", "assay_cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
        cwd=folder,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    lines = []
    for number, sample in enumerate(made_samples(30, seed=21)):
        messages = [{"role": m.role, "content": m.content} for m in sample.messages]
        lines.append(orjson.dumps({"id": f"row-{number}", "messages": messages}))
    path.write_bytes(b"\n".join(lines))
    return path


def curate(folder: Path, rows: Path, server: Server, *options: object) -> Any:
    return assay(
        folder,
        *("curate", rows, "--out", folder / "out", "--db", f"sqlite:///{folder / 'a.db'}"),
        *("--judge", server.url, "--workers", "2", *options),
    )


def outcome_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.jsonl"))}


def test_model_judged_run_is_whole_and_repeats_for_free(
    tmp_path: Path, rows: Path, server: Server
) -> None:
    first = curate(tmp_path, rows, server)
    assert first.returncode == 0, first.stderr
    manifest = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert sum(manifest["outcomes"].values()) == manifest["input"] == 30
    assert manifest["judge"]["name"] == "tiny"
    lines = outcome_bytes(tmp_path / "out")
    before = server.metric("vllm:generation_tokens_total")
    again = curate(tmp_path, rows, server, "--overwrite")
    assert again.returncode == 0, again.stderr
    assert outcome_bytes(tmp_path / "out") == lines
    probes = server.metric("vllm:generation_tokens_total") - before
    assert probes < 500  # the probes of three processes, and no judgement
    assert (
        assay(tmp_path, "audit", "verify", "--db", f"sqlite:///{tmp_path / 'a.db'}").returncode == 0
    )
    told = assay(tmp_path, "explain", "row-3", "--db", f"sqlite:///{tmp_path / 'a.db'}")
    assert "by tiny" in told.stdout
    assert "mode standard" in told.stdout
    run = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())["run"]["id"]
    same = assay(
        tmp_path,
        *("redecide", run, "--rubric", "default", "--json"),
        *("--db", f"sqlite:///{tmp_path / 'a.db'}"),
    )
    assert orjson.loads(same.stdout)["flips"] == 0


def test_budget_stops_the_run_and_more_budget_finishes_it(
    tmp_path: Path, rows: Path, server: Server
) -> None:
    stopped = curate(tmp_path, rows, server, "--budget", "60k tokens")
    assert stopped.returncode == 3, stopped.stderr
    assert "--resume" in stopped.stderr
    assert not (tmp_path / "out" / "manifest.json").exists()
    done = curate(tmp_path, rows, server, "--budget", "20M tokens", "--resume")
    assert done.returncode == 0, done.stderr
    manifest = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert sum(manifest["outcomes"].values()) == 30
    assert manifest["outcomes"]["error"] == 0
