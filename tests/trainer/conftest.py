"""Fixtures of the tests with real trainers; they skip where their environment is not made.

`make test-trainer` makes it and sets ASSAY_TRAINER_PYTHON.
"""

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from tests.fakes.running_service import RunningService

from assay.web.logs import open_log
from assay_rl_rewards.service.app import make_app
from assay_rl_rewards.service.settings import RewardServiceSettings


@pytest.fixture(scope="session")
def trainer_python() -> str:
    python = os.environ.get("ASSAY_TRAINER_PYTHON")
    if not python or not Path(python).exists():
        pytest.skip("no trainer environment: run `make test-trainer`, which makes one")
    return python


@pytest.fixture(scope="module")
def reward_service() -> Iterator[str]:
    """The address of a reward service without models."""
    output = StringIO()
    app = make_app(RewardServiceSettings(workers=1), log=open_log(output))
    with RunningService(app, output=output) as running:
        yield running.url
