import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from assay.domain.errors import AssayError, ConfigError, InputError
from assay.domain.judgement import Usage
from assay_cli.judge import judge
from assay_cli.judge_display import JudgeProgress, describe_cost, print_summary
from assay_judge.cost.ledger import Ledger
from assay_judge.cost.prices import load_prices
from assay_judge.scoring.file_scorer import Tally

GOOD = '{"messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":"So it is."}]}'
NOWHERE = "http://127.0.0.1:9/v1"  # the discard port: nothing answers


def _judge(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(judge)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text(f"{GOOD}\n")
    return path


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (("--judge", "somebody"), ConfigError, "evidence, off, or a URL"),
        (("--judge", "off"), ConfigError, "name evidence or a URL"),
        (("--budget", "5 usd"), ConfigError, "leave it out"),
        (("--dry-run",), ConfigError, "costs nothing"),
        (("--rubric", "no-such"), ConfigError, "no-such"),
        (("--prices", "no-such"), ConfigError, "no-such"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    source: Path, more: tuple[str, ...], error: type[AssayError], message: str
) -> None:
    out = source.parent / "out.jsonl"
    result = _judge(source, "--out", out, *more)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
    assert not out.exists()


def test_the_input_is_never_overwritten(source: Path) -> None:
    result = _judge(source, "--out", source.parent / "." / "in.jsonl")
    assert isinstance(result.exception, InputError)
    assert source.read_text() == f"{GOOD}\n"


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    assert isinstance(_judge(tmp_path / "none.jsonl").exception, InputError)


def test_a_folder_with_several_files_is_refused(source: Path) -> None:
    (source.parent / "more.jsonl").write_text(f"{GOOD}\n")
    result = _judge(source.parent)
    assert isinstance(result.exception, InputError)
    assert "expected one file" in str(result.exception)


def test_a_dry_run_says_what_each_mode_would_take(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("version: mine\nmodels: [{match: m, prompt: 1, completion: 2}]\n")
    arguments = (source, "--dry-run", "--judge", NOWHERE, "--judge-model", "m", "--prices", prices)
    result = _judge(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    body = json.loads(result.stdout)
    assert (body["samples"], body["turns"], body["prompts_counted"]) == (1, 1, 0)
    assert list(body["modes"]) == ["fast", "standard", "thorough", "cascade"]
    fast = body["modes"]["fast"]["most"]
    assert fast["calls"] == 1
    assert fast["cost_micro_usd"] == fast["prompt_tokens"] + 2 * fast["completion_tokens"]
    assert "the server does not count tokens" in result.stderr
    shown = _judge(*arguments).stdout
    assert "cascade" in shown and "assumed: no server was asked" in shown


def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    shown = {}
    for is_terminal in (True, False):
        with (tmp_path / "err").open("w") as stream:
            console = Console(file=stream, force_terminal=is_terminal, width=200)
            progress = JudgeProgress(console, 1000)
            with progress.shown():
                progress.show(Tally(num_rows=7), Ledger(), 500)
        shown[is_terminal] = (tmp_path / "err").read_text()
    assert "7 samples" in shown[True] and "left" in shown[True]
    assert shown[False] == ""


def test_the_cost_says_what_is_known() -> None:
    priced, unpriced = Ledger(load_prices()), Ledger(load_prices())
    assert describe_cost(priced.snapshot()) == "no tokens"
    unpriced.record(
        Usage(num_prompt_tokens=1500, num_cached_tokens=1000, num_completion_tokens=20), model="m"
    )
    assert describe_cost(unpriced.snapshot()) == (
        "1,500 prompt (1,000 cached) + 20 tokens, no price known"
    )


def test_the_sums_name_decisions_and_errors(tmp_path: Path) -> None:
    tally = Tally(num_rows=3)
    tally.errors.update(timeout=2, budget=1)
    with (tmp_path / "out").open("w") as stream:
        print_summary(Console(file=stream, width=200), "m", tally, Ledger().snapshot())
    text = (tmp_path / "out").read_text()
    assert "3 rows judged by m: none decided" in text
    assert "errors: 3 (timeout 2  budget 1)" in text
