"""A bare import stays light: no heavy package is loaded, proved in a fresh interpreter."""

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

HEAVY = ("torch", "transformers", "trl", "vllm", "celery", "ray", "fastapi")
SLOW_TO_IMPORT = ("numba", "sqlglot", "pyarrow", "lingua")


# In this order, so that one interpreter tells of all: each has loaded what those before it have.
PACKAGES = (
    "assay",
    "assay_filter",
    "assay_filter.dedup",
    "assay_cli",
    "assay_cli.main",
    "assay_rl_rewards",
    "assay_rl_rewards.reward_model.local",
    "assay_rl_rewards.reward_model.scorer",
    "assay_rl_rewards.reward_model.tokens",
    "assay_rl_rewards.reward_model.vllm",
    "assay_rl_rewards.judging.judge",
    "assay_judge",
)
_IMPORTS = f"""
import importlib, json, sys
loaded = {{}}
for package in {PACKAGES!r}:
    importlib.import_module(package)
    loaded[package] = sorted({{name.split(".")[0] for name in sys.modules}})
json.dump(loaded, sys.stdout)
"""


def _told_by(code: str) -> Any:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@cache
def _loaded() -> dict[str, list[str]]:
    """What is loaded after each package and those before it."""
    found: dict[str, list[str]] = _told_by(_IMPORTS)
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_loads_a_heavy_one(package: str) -> None:
    assert not set(HEAVY).intersection(_loaded()[package])


@pytest.mark.parametrize("package", ["assay", "assay_filter", "assay_filter.dedup"])
def test_bare_import_loads_no_slow_package(package: str) -> None:
    assert not set(SLOW_TO_IMPORT).intersection(_loaded()[package])


def test_command_line_starts_without_what_only_a_run_needs() -> None:
    assert not set(SLOW_TO_IMPORT).intersection(_loaded()["assay_cli.main"])


def test_reward_model_loads_its_tokenizer_when_it_is_opened() -> None:
    loaded = _loaded()["assay_rl_rewards.reward_model.vllm"]
    assert not {*HEAVY, "tokenizers", "safetensors"}.intersection(loaded)


EXTRA = (
    "aiohttp",
    "fastapi",
    "uvicorn",
    "prometheus_client",
    "structlog",
    "redis",
    "scipy",
    "yarl",
)


COMMANDS = {
    "help": ["--help"],
    "curate": ["curate", "--help"],
    "judge": ["judge", "--help"],
    "calibrate": ["calibrate", "--help"],
    "url": ["doctor", "--judge", "http://127.0.0.1:9"],
}
# Without the extra in one interpreter; what one command loads could not be loaded by another.
_WITHOUT_EXTRA = f"""
import io, json, sys
from contextlib import redirect_stdout
sys.modules.update(dict.fromkeys({EXTRA!r}))
from assay_cli.main import run
told = {{}}
for name, command in {COMMANDS!r}.items():
    sys.argv = ["assay", *command]
    out, code = io.StringIO(), None
    try:
        with redirect_stdout(out):
            run()
    except SystemExit as exc:
        code = exc.code
    told[name] = [code or 0, out.getvalue()]
json.dump(told, sys.stdout)
"""


@cache
def _without_extra() -> dict[str, tuple[int, str]]:
    """The exit code and the output of each command."""
    found: dict[str, tuple[int, str]] = _told_by(_WITHOUT_EXTRA)
    return found


@pytest.mark.parametrize("command", ["help", "curate", "judge", "calibrate"])
def test_base_commands_work_without_the_judge_extra(command: str) -> None:
    code, told = _without_extra()[command]
    assert code == 0, told
    assert "Usage" in told


def test_url_judge_without_its_extra_names_the_extra() -> None:
    code, told = _without_extra()["url"]
    assert code == 1
    assert "assay[judge]" in told
