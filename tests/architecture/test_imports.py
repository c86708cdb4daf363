"""A bare import stays light: no heavy package is loaded, proved in a fresh interpreter."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "trl", "vllm", "celery", "fastapi")
SLOW_TO_IMPORT = ("numba", "sqlglot", "pyarrow", "lingua")


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint('\\n'.join(m.split('.')[0] for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "package", ["assay", "assay_judge", "assay_filter", "assay_cli", "assay_cli.main"]
)
def test_no_package_loads_a_heavy_one(package: str) -> None:
    assert not _loaded_by(f"import {package}").intersection(HEAVY)


@pytest.mark.parametrize("package", ["assay", "assay_filter", "assay_filter.dedup"])
def test_bare_import_loads_no_slow_package(package: str) -> None:
    assert not _loaded_by(f"import {package}").intersection(SLOW_TO_IMPORT)
