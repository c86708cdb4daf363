"""`assay reward score`: one line for each line, sums, and exit codes that tell what was missing."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.in_process_pool import CROWDS
from tests.fakes.reward_command import Run, engine_here, make_run

from assay_cli import reward as command

SOUND: dict[str, Any] = {"domain": "math", "prompt": "2 + 2?", "response": "4", "reference": "4"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.setattr(command, "local_engine", engine_here)
    return make_run(monkeypatch, capfdbinary, "reward", "score")


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in rows))
    return path


def test_each_line_has_its_reward_in_its_place(run: Run, tmp_path: Path) -> None:
    rows = [SOUND | {"id": str(at), "response": str(at)} for at in range(10)]
    ended = run(write(tmp_path / "in.jsonl", *rows), "--batch", 3)
    assert ended.code == 0
    assert [each["id"] for each in ended.lines] == [str(at) for at in range(10)]
    assert [each["reward"] for each in ended.lines] == [float(at == 4) for at in range(10)]
    assert "math" in ended.err


def test_standard_input_is_read_and_sums_are_told_as_json(run: Run) -> None:
    ended = run("-", "--json", stdin=json.dumps(SOUND) + "\n")
    assert [each["reward"] for each in ended.lines] == [1.0]
    sums = json.loads(ended.err)
    assert sums["domains"] == {"math": {"rollouts": 1, "scored": 1, "mean": 1.0}}


def test_lines_go_to_a_file_and_sums_to_standard_output(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    ended = run(write(tmp_path / "in.jsonl", SOUND), "--out", out, "--json")
    assert json.loads(ended.out)["rollouts"] == 1
    assert json.loads(out.read_text())["reward"] == 1.0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "expected one JSON object"),
        ({"domain": "math"}, "missing required field"),
        (SOUND | {"reference": None}, "expected a reference text"),
        (SOUND | {"response": CROWDS}, "no room"),
    ],
)
def test_a_line_without_a_reward_says_why_and_the_exit_code_tells(
    run: Run, tmp_path: Path, row: Any, reason: str
) -> None:
    ended = run(write(tmp_path / "in.jsonl", SOUND, row, SOUND))
    assert ended.code == 3
    assert [each["reward"] for each in ended.lines] == [1.0, None, 1.0]
    assert reason in ended.lines[1]["reason"]
    assert "1 rewards are null" in ended.err


def test_nothing_but_bad_lines_is_bad_input(run: Run, tmp_path: Path) -> None:
    assert run(write(tmp_path / "in.jsonl", "{", "[]")).code == 2
    assert run(write(tmp_path / "empty.jsonl")).code == 2


def test_a_file_that_is_not_there_is_bad_input(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere.jsonl").code == 2


def test_the_output_is_another_file_than_the_input(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", SOUND)
    assert run(path, "--out", path).code == 2
    assert json.loads(path.read_text()) == SOUND


def test_a_service_has_routes_and_workers_of_its_own(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", SOUND)
    ended = run(path, "--url", "http://127.0.0.1:9", "--workers", 2)
    assert ended.code == 2
    assert "--url alone" in ended.err
