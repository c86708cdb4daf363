"""`assay reward score`: one line for each line, sums, and exit codes that tell what was missing."""

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.fakes.in_process_pool import CROWDS, VERIFIERS, InProcessPool

from assay.client.blocking import LoopThread
from assay.domain.reward import Reward
from assay_cli import main
from assay_cli import reward as command
from assay_rl_rewards.engine import RewardEngine
from assay_rl_rewards.routes.route import Route
from assay_rl_rewards.routes.versions import version_route

PART = {"type": "verifier", "name": "correctness", "verifier": "math", "weight": 1.0}
ROUTES = {"math": version_route("math", Route.model_validate({"parts": [PART]}), VERIFIERS)}
SOUND: dict[str, Any] = {"domain": "math", "prompt": "2 + 2?", "response": "4", "reference": "4"}


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rewards(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ended]


@contextmanager
def rewarding_here(_routes: str | None, _workers: int | None) -> Iterator[command.ScoreBatch]:
    """An engine without worker processes."""
    loop = LoopThread("reward-test")
    engine = RewardEngine(ROUTES, InProcessPool(VERIFIERS))

    def score(rollouts: Sequence[Any]) -> Sequence[Reward]:
        return loop.wait(engine.score(rollouts)).rewards

    try:
        yield score
    finally:
        loop.close(_nothing())


async def _nothing() -> None:
    """Nothing is left to close."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def run_here(*arguments: object, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "argv", ["assay", "reward", "score", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        monkeypatch.setattr(command, "_local", rewarding_here)
        with pytest.raises(SystemExit) as ended:
            main.run()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, out.decode(), err.decode())

    return run_here


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in rows))
    return path


def test_each_line_has_its_reward_in_its_place(run: Run, tmp_path: Path) -> None:
    rows = [SOUND | {"id": str(at), "response": str(at)} for at in range(10)]
    ended = run(write(tmp_path / "in.jsonl", *rows), "--batch", 3)
    assert ended.code == 0
    assert [each["id"] for each in ended.rewards] == [str(at) for at in range(10)]
    assert [each["reward"] for each in ended.rewards] == [float(at == 4) for at in range(10)]
    assert "math" in ended.err


def test_standard_input_is_read_and_sums_are_told_as_json(run: Run) -> None:
    ended = run("-", "--json", stdin=json.dumps(SOUND) + "\n")
    assert [each["reward"] for each in ended.rewards] == [1.0]
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
    assert [each["reward"] for each in ended.rewards] == [1.0, None, 1.0]
    assert reason in ended.rewards[1]["reason"]
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
