"""The shape of the code base: rooms, files, words, limits, checked against the tree itself."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "core/assay",
    "services/judge/assay_judge",
    "services/filter/assay_filter",
    "services/rl_rewards/assay_rl_rewards",
    "cli/assay_cli",
)
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
BANNED_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


SOURCES = list(_sources())


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    """The nodes of a source's tree, the module first; each source is parsed once."""
    return tuple(ast.walk(ast.parse(_text(path))))


@pytest.mark.parametrize(
    "room", ["core", "services/judge", "services/filter", "services/rl_rewards", "cli"]
)
def test_room_has_a_readme_and_one_package(room: str) -> None:
    folder = ROOT / room
    packages = [p.parent for p in folder.glob("*/__init__.py")]
    assert (folder / "README.md").is_file()
    assert len(packages) == 1
    assert not list(folder.glob("*.py"))


def test_files_keep_their_limits() -> None:
    assert {str(path): told for path in SOURCES if (told := list(_over_limits(path)))} == {}


def _over_limits(path: Path) -> Iterator[str]:
    tree, *nodes = _nodes(path)
    assert isinstance(tree, ast.Module)
    if _text(path).count("\n") > MAX_FILE_LINES:
        yield "too many lines"
    if path.stem in BANNED_NAMES:
        yield "a name that says nothing"
    if path.name == "__init__.py":
        if tree.body and not isinstance(tree.body[0], ast.Expr | ast.Import | ast.ImportFrom):
            yield "an __init__ with code"
    elif not ast.get_docstring(tree):
        yield "no module docstring that states the idea"
    if "migrations" in path.parts:
        return  # a migration lists whole tables
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES:
                yield f"{node.name} is too long"


def test_environment_is_read_by_settings_alone() -> None:
    others = [path for path in SOURCES if path.name != "settings.py"]
    pattern = re.compile(r"\bos\.environ\b|\bos\.getenv\b")
    assert [str(path) for path in others if pattern.search(_text(path))] == []


def test_sample_text_meets_linear_time_patterns_only() -> None:
    for path in SOURCES:
        imported = {
            alias.name
            for node in _nodes(path)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert "re" not in imported, path
        assert "pickle" not in imported, path
        if path.name != "patterns.py":
            assert "re2" not in imported, path


def test_no_exception_is_swallowed() -> None:
    swallowed = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in _nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]
    assert not swallowed


def test_the_project_speaks_of_itself_alone() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    pattern = re.compile(r"(^|[^\w.])/(work|root|home)/|\.\./shared")
    allowed = ("tests/", "benchmarks/")
    found = []
    for name in listed:
        path = ROOT / name
        if name.startswith(allowed) or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line) and not re.search(r"/home/(user|vllm)\b", line):
                found.append(f"{name}:{number}")
    assert not found
