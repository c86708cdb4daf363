"""A bare import stays light: no heavy package is loaded, proved in a fresh interpreter."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "trl", "vllm", "celery", "ray", "fastapi")
SLOW_TO_IMPORT = ("numba", "sqlglot", "pyarrow", "lingua")


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint('\\n'.join(m.split('.')[0] for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "package",
    [
        "assay",
        "assay_judge",
        "assay_filter",
        "assay_rl_rewards",
        "assay_rl_rewards.judging.judge",
        "assay_rl_rewards.reward_model.local",
        "assay_rl_rewards.reward_model.scorer",
        "assay_rl_rewards.reward_model.vllm",
        "assay_cli",
        "assay_cli.main",
    ],
)
def test_no_package_loads_a_heavy_one(package: str) -> None:
    assert not _loaded_by(f"import {package}").intersection(HEAVY)


@pytest.mark.parametrize("package", ["assay", "assay_filter", "assay_filter.dedup"])
def test_bare_import_loads_no_slow_package(package: str) -> None:
    assert not _loaded_by(f"import {package}").intersection(SLOW_TO_IMPORT)


def test_reward_model_loads_its_tokenizer_when_it_is_opened() -> None:
    modules = ("local", "scorer", "tokens", "vllm")
    imports = "\n".join(f"import assay_rl_rewards.reward_model.{name}" for name in modules)
    assert not _loaded_by(imports).intersection((*HEAVY, "tokenizers", "safetensors"))


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


@pytest.mark.parametrize(
    "command", [["--help"], ["curate", "--help"], ["judge", "--help"], ["calibrate", "--help"]]
)
def test_base_commands_work_without_the_judge_extra(command: list[str]) -> None:
    code = (
        f"import sys\nsys.modules.update(dict.fromkeys({EXTRA!r}))\n"
        f"sys.argv = ['assay', *{command!r}]\nfrom assay_cli.main import run\nrun()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_url_judge_without_its_extra_names_the_extra() -> None:
    code = (
        f"import sys\nsys.modules.update(dict.fromkeys({EXTRA!r}))\n"
        "sys.argv = ['assay', 'doctor', '--judge', 'http://127.0.0.1:9']\n"
        "from assay_cli.main import run\nrun()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "assay[judge]" in done.stdout


def test_command_line_starts_without_what_only_a_run_needs() -> None:
    assert not _loaded_by("import assay_cli.main").intersection(SLOW_TO_IMPORT)
