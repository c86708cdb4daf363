"""`assay judge` against a stand-in for vLLM: the whole way from the options to the lines."""

import io
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from tests.fakes.vllm import FakeVllm
from tests.fakes.vllm_model import Features
from tests.integration.judge_command.scripted_command import run_command

from assay_cli import judges

ANSWER = "The Danube flows through Vienna. It is 2850 km long and ends in the Black Sea."
Run = Callable[..., Mapping[str, Any]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on eight rows, and returns its sums and its exit code as `code`."""

    async def no_service(*_: object) -> None:
        """The stand-in is a model server, no judge service."""

    rows = [
        {
            "prompt": f"Which river flows through Vienna, and how long is it? ({n})",
            "completion": ANSWER,
        }
        for n in range(8)
    ]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr(judges, "_ask_service", no_service)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))

    def run_here(*arguments: object) -> Mapping[str, Any]:
        words = ["assay", "judge", source, "--json", *arguments]
        monkeypatch.setattr(sys, "argv", list(map(str, words)))
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        code: object = 0
        try:
            run_command()
        except SystemExit as exc:
            code = exc.code
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return {**cast(Mapping[str, Any], json.loads(out or "{}")), "code": code, "err": err}

    return run_here


def test_a_model_judges_and_the_second_time_the_cache_does(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with FakeVllm() as server:
        first = run("--judge", server.url, "--out", out)
        second = run("--judge", server.url, "--out", out)
    assert first["code"] == second["code"] == 0
    assert first["judgements"] == second["cache_hits"] == 8
    assert first["calls"] >= 16 and second["calls"] == 0
    assert first["prompt_tokens"] > 0 and first["cost_micro_usd"] is None
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert all(line["verdict"]["overall"] is not None for line in lines)
    assert all(line["judgements"][0]["mode"] == "standard" for line in lines)


def test_a_budget_stops_and_a_higher_one_goes_on(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with FakeVllm() as server:
        arguments = ("--judge", server.url, "--out", out, "--concurrency", 1)
        first = run(*arguments, "--budget", "120k")
        second = run(*arguments, "--budget", "100M")
    assert first["code"] == 3
    assert 0 < first["errors"]["budget"] < 8
    assert first["prompt_tokens"] + first["completion_tokens"] <= 120_000
    assert second["code"] == 0
    assert second["cache_hits"] == 8 - first["errors"]["budget"]


def test_a_budget_in_money_needs_a_price_for_the_model(run: Run, tmp_path: Path) -> None:
    with FakeVllm() as server:
        ended = run("--judge", server.url, "--out", tmp_path / "o.jsonl", "--budget", "5 usd")
    assert ended["code"] == 2
    assert "expected a price for model" in ended["err"]


def test_a_dry_run_counts_with_the_servers_tokenizer_and_asks_for_no_judgement(run: Run) -> None:
    with FakeVllm() as server:
        ended = run("--judge", server.url, "--dry-run")
        num_chats = len(server.chats())
    assert (ended["code"], ended["samples"], ended["prompts_counted"]) == (0, 8, 8)
    assert ended["modes"]["standard"]["least"]["calls"] == 8 * 8
    assert num_chats < 8  # the probe's


def test_a_model_that_does_not_answer_in_form_is_refused_at_the_start(
    run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    with FakeVllm(features=Features(label_mass=0.01)) as server:
        done = run("--judge", server.url, "--out", out)
    assert done["code"] == 1
    assert "digits 1 to 5" in done["err"]
    assert not out.exists()
