"""Runs `assay reward` in this process, on verifiers that are told what to do, without workers."""

import io
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

import pytest
from tests.fakes.in_process_pool import VERIFIERS, InProcessPool

from assay_cli import main
from assay_cli.reward_opening import Opened, in_loop
from assay_rl_rewards.engine import RewardEngine
from assay_rl_rewards.routes.route import Route
from assay_rl_rewards.routes.versions import version_route

PART = {"type": "verifier", "name": "correctness", "verifier": "math", "weight": 1.0}
ROUTES = {"math": version_route("math", Route.model_validate({"parts": [PART]}), VERIFIERS)}


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ended]


def make_run(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], *words: str
) -> Run:
    """Return what runs `assay WORDS ARGUMENTS`."""

    def run_here(*arguments: object, stdin: str = "") -> Ended:
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(sys, "argv", ["assay", *words, *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main.run()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, out.decode(), err.decode())

    return run_here


@contextmanager
def engine_here(_routes: str | None, _workers: int | None) -> Iterator[Opened[RewardEngine]]:
    """An engine without worker processes."""
    with in_loop(_engine) as opened:
        yield opened


@asynccontextmanager
async def _engine() -> AsyncIterator[RewardEngine]:
    yield RewardEngine(ROUTES, InProcessPool(VERIFIERS))
