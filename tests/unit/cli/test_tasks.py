"""`assay tasks make`: lines for trainers, the same for the same seed, and exit codes that tell."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from assay.domain.reward import RewardDomain
from assay_cli import main
from assay_rl_rewards.tasks.making import catalogue

CARD = """\
name: Alder
maker: Southwood
languages: [en]
licence: MIT
context_length: 4096
"""


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["assay", "tasks", "make", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        out, err = capfdbinary.readouterr()
        return Ended(int(ended.value.code or 0), out.decode(), err.decode())

    return call


def test_the_same_seed_gives_the_same_bytes_on_both_ways_out(run: Run, tmp_path: Path) -> None:
    shown = run("in_context_learning", "--n", 20, "--seed", 4)
    path = tmp_path / "tasks.jsonl"
    written = run("in_context_learning", "--n", 20, "--seed", 4, "--out", path, "--json")
    assert (shown.code, written.code) == (0, 0)
    assert path.read_text(encoding="utf-8") == shown.out
    assert json.loads(written.out)["tasks"] == 20
    assert "20 tasks" in shown.err
    other = run("in_context_learning", "--n", 20, "--seed", 5)
    assert not {row["id"] for row in other.rows} & {row["id"] for row in shown.rows}


def test_a_card_speaks_of_its_model(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(CARD, encoding="utf-8")
    ended = run("identity", "--n", 4, "--card", path)
    assert ended.code == 0
    assert all("Alder" in row["reference"] for row in ended.rows)
    assert all("Southwood" in row["reference"] for row in ended.rows)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("science",), "expected a domain that tasks are made for"),
        (("math", "--card", "CARD"), "expected a model card only for"),
        (("identity", "--card", "LIST"), "expected a model card with names and values"),
        (("identity", "--card", "MISSING"), "expected a model card in YAML or JSON"),
        (("identity", "--card", "BROKEN"), "expected a model card in YAML or JSON"),
    ],
)
def test_bad_options_end_with_2_and_one_line(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    texts = {"CARD": CARD, "LIST": "- a\n", "BROKEN": "{"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    known = {*texts, "MISSING"}
    ended = run(*(str(tmp_path / a) if a in known else a for a in arguments), "--n", 1)
    assert ended.code == 2
    assert told in ended.err
    assert ended.err.count("\n") == 1
    assert not ended.out


def test_a_domain_that_has_no_more_ends_with_1_and_keeps_what_it_made(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [next(catalogue.MAKERS[RewardDomain.IN_CONTEXT_LEARNING](1))]
    makers = {**catalogue.MAKERS, RewardDomain.IN_CONTEXT_LEARNING: lambda _: iter(few)}
    monkeypatch.setattr(catalogue, "MAKERS", makers)
    ended = run("in_context_learning", "--n", 3)
    assert ended.code == 1
    assert [row["id"] for row in ended.rows] == [few[0]["id"]]
    assert "found no more than 1" in ended.err
