import gzip
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from tests.integration.judge_command.scripted_command import open_scripted, run_command

from assay_cli import judge as command

ROOT = Path(__file__).parents[3]
REAL_OPEN = command._open
COMMAND = [sys.executable, "-m", "tests.integration.judge_command.scripted_command", "judge"]
DEADLINE_SECONDS = 60


Run = Callable[..., "Ended"]


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def sums(self) -> Mapping[str, Any]:
        """The sums of --json, on standard output with --out."""
        body: Mapping[str, Any] = json.loads(self.out)
        return body


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process, with the scripted judge unless told otherwise."""

    def run_here(*arguments: object, is_scripted: bool = True, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "argv", ["assay", "judge", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(_raw(stdin))))
        monkeypatch.setattr(command, "_open", open_scripted if is_scripted else REAL_OPEN)
        with pytest.raises(SystemExit) as ended:
            run_command()
        out, err = capfd.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else int(code is not None), out, err)

    return run_here


def _raw(text: str) -> io.RawIOBase:
    return cast(io.RawIOBase, io.BytesIO(text.encode()))


def _start(
    arguments: Sequence[object], *, seconds: float, stdin: int = subprocess.DEVNULL
) -> "subprocess.Popen[str]":
    """Start a command as a process of its own."""
    env = {**os.environ, "COLUMNS": "200", "TERM": "dumb", "PYTHONPATH": str(ROOT)}
    env["SCRIPTED_SECONDS"] = str(seconds)
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env=env,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(process: "subprocess.Popen[str]") -> Ended:
    try:
        out, err = process.communicate(timeout=DEADLINE_SECONDS)
    finally:
        process.kill()
    return Ended(process.returncode, out, err)


def _row(number: int, response: str = "Because.") -> str:
    messages = [
        {"role": "user", "content": f"Why {number}?"},
        {"role": "assistant", "content": response},
    ]
    return json.dumps({"id": f"row-{number}", "messages": messages})


def _write(path: Path, rows: Iterable[str]) -> Path:
    path.write_text("".join(f"{row}\n" for row in rows))
    return path


def _read(path: Path) -> list[dict[str, Any]]:
    text = path.read_text()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def _without_usage(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for line in lines:
        for judgement in line.get("judgements", ()):
            del judgement["usage"]
    return lines


def _cache_is_sound(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def test_each_row_gets_one_line_in_order_whatever_it_holds(run: Run, tmp_path: Path) -> None:
    rows = [
        _row(0),
        "no json",
        _row(2, "FAIL"),
        json.dumps({"messages": [{"role": "user", "content": "Hello?"}]}),
        json.dumps({"id": "x", "messages": [{"role": "robot", "content": "Hello?"}]}),
        "",
        _row(6),
        '{"messages": [',
    ]
    source, out = _write(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    ended = run(source, "--out", out, "--json", "--cache", "off")
    lines = _read(out)
    assert ended.code == 3
    assert [line["row"] for line in lines] == [f"{source}:{n}" for n in (1, 2, 3, 4, 5, 7, 8)]
    assert [line["id"] for line in lines] == ["row-0", None, "row-2", None, "x", "row-6", None]
    assert [line.get("error", {}).get("code") for line in lines] == [
        None,
        "input.invalid_json",
        "timeout",
        "input.no_response",
        "schema.messages",
        None,
        "input.invalid_json",
    ]
    assert all(len(line["sample_id"]) == 64 for line in lines)
    assert lines[0]["verdict"] == {
        "decision": "accept",
        "overall": 5.0,
        "weight_covered": 0.7,
        "reasons": [],
        "basis": "scored",
    }
    assert lines[0]["judgements"][0]["judge"] == "scripted"
    assert ended.sums["errors"] == {
        "input.invalid_json": 2,
        "input.no_response": 1,
        "schema.messages": 1,
        "timeout": 1,
    }
    assert (ended.sums["rows"], ended.sums["judgements"], ended.sums["calls"]) == (7, 2, 2)


def test_lines_may_go_to_standard_output_and_sums_to_standard_error(run: Run) -> None:
    ended = run("-", "--cache", "off", stdin="".join(f"{_row(n)}\n" for n in range(5)))
    assert ended.code == 0
    assert [json.loads(line)["row"] for line in ended.out.splitlines()] == [
        f"-:{n}" for n in range(1, 6)
    ]
    assert "5 rows judged by scripted: accept 5" in ended.err
    assert "500 prompt + 50 tokens, no price known" in ended.err


def test_a_second_run_costs_nothing_and_says_the_same(run: Run, tmp_path: Path) -> None:
    source = _write(tmp_path / "in.jsonl", map(_row, range(300)))
    cache = f"sqlite:///{tmp_path / 'cache.db'}"
    outs = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    first, second = (run(source, "--out", o, "--cache", cache, "--json") for o in outs)
    assert (first.sums["calls"], first.sums["cache_hits"]) == (300, 0)
    assert (second.sums["calls"], second.sums["cache_hits"]) == (0, 300)
    assert second.sums["prompt_tokens"] == 0
    assert _without_usage(_read(outs[0])) == _without_usage(_read(outs[1]))


def test_two_commands_at_once_share_one_cache_file(tmp_path: Path) -> None:
    source = _write(tmp_path / "in.jsonl", map(_row, range(400)))
    cache = f"sqlite:///{tmp_path / 'cache.db'}"
    outs = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    processes = [
        _start([source, "--out", out, "--cache", cache, "--json"], seconds=0.005) for out in outs
    ]
    ends = [_end(process) for process in processes]
    assert [end.code for end in ends] == [0, 0]
    assert _without_usage(_read(outs[0])) == _without_usage(_read(outs[1]))
    assert _cache_is_sound(tmp_path / "cache.db")


def test_a_kill_leaves_no_torn_line_and_a_sound_cache(run: Run, tmp_path: Path) -> None:
    source = _write(tmp_path / "in.jsonl", map(_row, range(2000)))
    out, cache = tmp_path / "out.jsonl", tmp_path / "cache.db"
    arguments = [source, "--out", out, "--cache", f"sqlite:///{cache}", "--json"]
    arguments += ["--concurrency", 8]
    out.write_text("of a former run\n")
    process = _start(arguments, seconds=0.01)
    _wait_for_rows(cache, 100)
    process.send_signal(signal.SIGKILL)
    _end(process)
    assert out.read_text() == "of a former run\n"
    num_kept = _num_entries(cache)
    ended = run(*arguments)
    assert ended.code == 0
    assert ended.sums["cache_hits"] == num_kept
    assert ended.sums["calls"] == 2000 - num_kept
    assert [line["id"] for line in _read(out)] == [f"row-{n}" for n in range(2000)]
    assert _cache_is_sound(cache)
    assert {path.name for path in tmp_path.glob("*out*")} == {"out.jsonl"}  # no part is left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_whole_lines_and_the_next_run_goes_on(
    run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    source = _write(tmp_path / "in.jsonl", map(_row, range(2000)))
    out, cache = tmp_path / "out.jsonl", tmp_path / "cache.db"
    arguments = [source, "--out", out, "--cache", f"sqlite:///{cache}", "--json"]
    arguments += ["--concurrency", 8]
    process = _start(arguments, seconds=0.01)
    _wait_for_rows(cache, 100)
    process.send_signal(number)
    ended = _end(process)
    assert ended.code == 130
    assert "Go on with the same command" in ended.err
    assert ended.sums["interrupted"] is True
    lines = _read(out)
    assert [line["id"] for line in lines] == [f"row-{n}" for n in range(len(lines))]
    assert 50 < len(lines) < 2000
    num_kept = _num_entries(cache)
    assert num_kept >= len(lines)
    again = run(*arguments)
    assert (again.code, again.sums["calls"]) == (0, 2000 - num_kept)
    assert len(_read(out)) == 2000


def test_an_interrupt_while_standard_input_is_silent_ends_at_once(tmp_path: Path) -> None:
    process = _start(["-", "--cache", "off"], seconds=0.0, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(_row(0) + "\n")
    process.stdin.flush()
    _wait_until_it_reads(process)
    process.send_signal(signal.SIGINT)
    process.wait(DEADLINE_SECONDS)
    ended = _end(process)
    assert ended.code == 130
    assert "Fatal" not in ended.err and "Traceback" not in ended.err


def test_a_spent_budget_is_an_error_of_the_rows_that_it_does_not_reach(
    run: Run, tmp_path: Path
) -> None:
    source = _write(tmp_path / "in.jsonl", map(_row, range(200)))
    out, cache = tmp_path / "out.jsonl", f"sqlite:///{tmp_path / 'cache.db'}"
    arguments = [source, "--out", out, "--cache", cache, "--json"]
    first = run(*arguments, "--budget", "5500 tokens")
    assert first.code == 3
    assert first.sums["errors"] == {"budget": 150}
    assert first.sums["prompt_tokens"] + first.sums["completion_tokens"] == 5500
    messages = {line["error"]["message"] for line in _read(out) if "error" in line}
    assert any("raise the budget and run again" in message for message in messages)
    second = run(*arguments, "--budget", "1M")
    assert second.code == 0
    assert (second.sums["calls"], second.sums["cache_hits"]) == (150, 50)


def test_money_is_counted_with_the_users_prices(run: Run, tmp_path: Path) -> None:
    source = _write(tmp_path / "in.jsonl", map(_row, range(10)))
    prices = tmp_path / "prices.yaml"
    prices.write_text("version: mine-1\nmodels: [{match: scr*, prompt: 2, completion: 10}]\n")
    out = tmp_path / "out.jsonl"
    ended = run(source, "--out", out, "--json", "--cache", "off", "--prices", prices)
    assert (ended.sums["cost_micro_usd"], ended.sums["prices"]) == (3000, "mine-1")


def test_nothing_but_bad_lines_is_bad_input(run: Run, tmp_path: Path) -> None:
    source = _write(tmp_path / "in.jsonl", ["a", "b"])
    ended = run(source, "--out", tmp_path / "out.jsonl", "--cache", "off")
    assert ended.code == 2
    assert len(_read(tmp_path / "out.jsonl")) == 2


def test_a_file_that_expands_too_far_is_bad_input(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for _ in range(5):
            stream.write(bytes(16 << 20))
    out = tmp_path / "out.jsonl"
    ended = run(path, "--out", out)
    assert ended.code == 2
    assert "expand at most 200 times" in ended.err and "ASSAY_MAX_EXPANSION" in ended.err
    assert not out.exists()


def test_a_full_disk_leaves_the_former_file(run: Run, tmp_path: Path) -> None:
    source = _write(tmp_path / "in.jsonl", map(_row, range(10)))
    folder = tmp_path / "file"
    folder.write_text("no folder")
    ended = run(source, "--out", folder / "out.jsonl", "--cache", "off")
    assert ended.code == 1
    assert "expected to write" in ended.err and "Traceback" not in ended.err


def test_the_evidence_judge_judges_without_a_model(run: Run, tmp_path: Path) -> None:
    rows = [_row(0, "12 * 12 = 146"), _row(1, "It is so because the sun shines on the sea.")]
    source, out = _write(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    ended = run(source, "--out", out, "--json", is_scripted=False)
    assert ended.code == 0
    assert [line["verdict"]["decision"] for line in _read(out)] == ["reject", "accept"]
    assert ended.sums["cost_micro_usd"] == 0
    assert _read(out)[1]["verdict"]["basis"] == "no_defect_found"


def _num_entries(cache: Path) -> int:
    if not cache.exists():
        return 0
    connection = sqlite3.connect(f"file:{cache}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM judgement").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not made yet
    finally:
        connection.close()


def _wait_for_rows(cache: Path, number: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while _num_entries(cache) < number:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _wait_until_it_reads(process: "subprocess.Popen[str]") -> None:
    """Wait until the main thread sleeps in reading its standard input."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    waiting = Path(f"/proc/{process.pid}/wchan")
    while "pipe" not in waiting.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
