"""The shims in the trainers they are for: TRL's GRPOTrainer and SkyRL's registry, as installed."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.trainer

FOLDER = Path(__file__).parent
DEADLINE_SECONDS = 240


def run(python: str, script: str, *arguments: object) -> Any:
    """Return the JSON of a script's last line."""
    finished = subprocess.run(
        [python, str(FOLDER / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    return json.loads(finished.stdout.strip().splitlines()[-1])


def test_trl_trains_on_rewards_and_leaves_nulls_out(
    trainer_python: str, reward_service: str, tmp_path: Path
) -> None:
    logged = run(trainer_python, "train_with_trl.py", reward_service, tmp_path)
    steps = [entry for entry in logged if "rewards/assay/mean" in entry]
    assert len(steps) == 2
    for step in steps:
        # half of each batch is general chat, which no model rewards here: left out of the mean
        assert step["rewards/assay/mean"] == 0.0
        assert step["assay/null_share"] == 0.5
        assert not math.isnan(step["rewards/count_characters/mean"])
        assert math.isfinite(step["loss"])


def test_skyrl_steps_have_the_services_rewards_and_no_invented_zero(
    trainer_python: str, reward_service: str
) -> None:
    right, wrong, unmeasured = run(trainer_python, "step_in_skyrl.py", reward_service)
    assert (right["reward"], right["done"], right["metadata"]["status"]) == (1.0, True, "ok")
    assert (wrong["reward"], wrong["metrics"]["reward"]) == (0.0, 0.0)
    assert right["prompt"] == [{"role": "user", "content": "What is 12 * 12?"}]
    assert "it is not 0" in unmeasured["error"]
