"""`assay reward replay` and `assay reward alarms` on rewards that were kept."""

import json
from pathlib import Path

import pytest
from tests.fakes.reward_command import Run, engine_here, make_run
from tests.unit.rl_rewards.keeping.kept_rewards import make_kept

from assay_cli import reward_records as command
from assay_rl_rewards.keeping.store import RewardStore


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.setattr(command, "local_engine", engine_here)
    return make_run(monkeypatch, capfdbinary, "reward", "replay")


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return make_run(monkeypatch, capfdbinary, "reward", "alarms")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    store = RewardStore(tmp_path / "kept")
    store.add(
        [
            make_kept(1.0, response="144", id="same"),
            make_kept(1.0, response="146", id="other"),
            make_kept(None, response="144", id="gained"),
        ]
    )
    store.write()
    return tmp_path / "kept"


def test_what_changed_is_told_by_domain_and_rollout(
    replay: Run, kept: Path, tmp_path: Path
) -> None:
    before = {file: file.read_bytes() for file in kept.iterdir()}
    out = tmp_path / "changes.jsonl"
    ended = replay(kept, "--out", out, "--json")
    assert ended.code == 0
    math = ended.lines[0]["math"]
    assert (math["rollouts"], math["changed"], math["gained"], math["lost"]) == (3, 1, 1, 0)
    assert (math["mean_before"], math["mean_after"]) == (1.0, 0.5)
    changes = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(each["id"], each["after"]["reward"]) for each in changes] == [
        ("other", 0.0),
        ("gained", 1.0),
    ]
    assert "146" not in str(changes[0]["before"])
    assert {file: file.read_bytes() for file in kept.iterdir()} == before


def test_sums_are_shown_as_a_table(replay: Run, kept: Path) -> None:
    (row,) = [line.split() for line in replay(kept).out.splitlines() if line.startswith("math")]
    assert row == ["math", "3", "1", "0", "1", "1.0000", "0.5000"]


def test_rewards_that_are_null_now_fail_the_replay(replay: Run, tmp_path: Path) -> None:
    store = RewardStore(tmp_path / "kept")
    store.add([make_kept(1.0, domain="gone")])
    store.write()
    assert replay(tmp_path / "kept").code == 3


def test_what_is_no_kept_reward_is_bad_input(replay: Run, alarms: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for run in (replay, alarms):
        assert run(tmp_path / "empty").code == 2


def test_changes_never_go_over_what_is_read(replay: Run, kept: Path) -> None:
    (file,) = kept.iterdir()
    before = file.read_bytes()
    assert replay(file, "--out", file).code == 2
    assert file.read_bytes() == before


def test_an_alarm_is_told_and_fails(alarms: Run, tmp_path: Path) -> None:
    store = RewardStore(tmp_path / "kept")
    store.add([make_kept(None if at % 2 else 1.0) for at in range(64)])
    store.write()
    ended = alarms(tmp_path / "kept")
    assert ended.code == 1
    assert "50.0% of the rollouts have no reward" in ended.out
    (alarm,) = alarms(tmp_path / "kept", "--json").lines
    assert (alarm["kind"], alarm["domain"], alarm["found"]) == ("nulls", "math", 0.5)


def test_sound_rewards_raise_none(alarms: Run, tmp_path: Path) -> None:
    store = RewardStore(tmp_path / "kept")
    store.add([make_kept(float(at % 2), response="144 " * (1 + at % 3)) for at in range(60)])
    store.write()
    ended = alarms(tmp_path / "kept", "--rows-per-window", 30)
    assert (ended.code, ended.out.strip()) == (0, "no alarm")
