"""The README's session, run as a newcomer would: what it shows is what happens."""

import re
import shutil
from pathlib import Path

import pytest
from tests.integration.commands import ForkServer

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"^\$ (assay .+)$")
CHANGING = re.compile(r"run \d{8}-\d{6}-[0-9a-f]{8}")


def session() -> list[tuple[str, list[str]]]:
    """Commands of the first block of the README with the lines shown after each."""
    block = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1]
    steps: list[tuple[str, list[str]]] = []
    for line in block.strip().splitlines():
        found = COMMAND.match(line)
        if found:
            steps.append((found.group(1), []))
        elif line != "...":
            steps[-1][1].append(line.rstrip())
    return steps


def test_session_of_the_readme(server: ForkServer, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    steps = session()
    assert len(steps) == 2
    for command, expected in steps:
        done = server.run(command.split()[1:], cwd=tmp_path, env={"COLUMNS": "300"})
        assert done.code == 0, done.err
        shown = CHANGING.sub("run ID", done.out + done.err).splitlines()
        stripped = [line.rstrip() for line in shown]
        for line in expected:
            assert CHANGING.sub("run ID", line) in stripped


@pytest.mark.parametrize("name", ["curate", "explain", "audit verify", "audit export", "doctor"])
def test_every_command_of_the_readme_has_help(
    name: str, server: ForkServer, tmp_path: Path
) -> None:
    done = server.run([*name.split(), "--help"], cwd=tmp_path)
    assert done.code == 0, done.err
    assert "Usage:" in done.out
    assert name.split()[0] in (ROOT / "README.md").read_text(encoding="utf-8")
