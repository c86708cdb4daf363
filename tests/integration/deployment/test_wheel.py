"""The package as the image installs it: a wheel, away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.integration.deployment.compose_file import ROOT

pytestmark = pytest.mark.faults

PACKAGES = {
    "core/assay": "assay",
    "services/judge/assay_judge": "assay_judge",
    "services/filter/assay_filter": "assay_filter",
    "services/rl_rewards/assay_rl_rewards": "assay_rl_rewards",
    "cli/assay_cli": "assay_cli",
    "configs": "assay/_configs",
}
READ_EVERYTHING = """
from pathlib import Path
import assay, assay_cli, assay_filter, assay_judge
from assay.configs import configs_folder, load_config
from assay.rubrics import load_rubric, shipped_rubrics
from assay_filter.pipeline import Pipeline, build_rules
site = Path(assay.__file__).parents[1]
assert all(Path(m.__file__).is_relative_to(site) for m in (assay_cli, assay_filter, assay_judge))
assert configs_folder() == site / "assay" / "_configs"
pipelines = sorted(p.stem for p in (configs_folder() / "pipelines").glob("*.yaml"))
for name in pipelines:
    build_rules(load_config(Pipeline, "pipelines", name))
for name in shipped_rubrics():
    load_rubric(name)
print(site, len(pipelines), len(shipped_rubrics()))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of the wheel."""
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="pip install hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = wheel.WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_all_files_of_the_packages(site: Path) -> None:
    for source, target in PACKAGES.items():
        there = files_in(ROOT / source)
        assert there <= files_in(site / target)
        assert len(there) > 1


def test_the_packages_find_their_files_away_from_the_checkout(site: Path, tmp_path: Path) -> None:
    told = run(site, tmp_path, "-c", READ_EVERYTHING).split()
    assert told[0] == str(site)
    assert int(told[1]) > 0 and int(told[2]) > 0


def test_the_database_is_made_away_from_the_checkout(site: Path, tmp_path: Path) -> None:
    run(site, tmp_path, "-m", "assay_cli", "db", "upgrade", "--db", "sqlite:///audit.db")
    assert (tmp_path / "audit.db").is_file()
    shown = run(site, tmp_path, "-m", "assay_cli", "serve", "filter", "--help")
    assert "--store" in shown


def run(site: Path, folder: Path, *arguments: str) -> str:
    """Run Python on the packages in `site`, in a folder of its own; return what it told."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(site), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_in(folder: Path) -> set[str]:
    """Return the files below a folder, by their paths in it."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
