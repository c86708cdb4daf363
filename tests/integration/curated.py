"""What a finished run left in its folder, and when two runs left the same."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

OUTCOMES = ("accepted", "borderline", "rejected", "duplicate", "error")


def outcome_bytes(out: Path) -> dict[str, bytes]:
    """Return the outcome files by name."""
    return {name: (out / f"{name}.jsonl").read_bytes() for name in OUTCOMES}


def manifest_of(out: Path) -> dict[str, Any]:
    """Return the manifest."""
    body: dict[str, Any] = orjson.loads((out / "manifest.json").read_bytes())
    return body


def samples_of(out: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield outcome and line of every sample."""
    for name, data in outcome_bytes(out).items():
        for line in data.splitlines():
            yield name, orjson.loads(line)


def assert_same_results(found: Path, expected: Path) -> None:
    """Compare two finished folders: files byte by byte, manifests but for the run's own facts."""
    one, other = outcome_bytes(found), outcome_bytes(expected)
    for name in OUTCOMES:
        assert one[name] == other[name], f"{name}.jsonl differs"
    ours, theirs = manifest_of(found), manifest_of(expected)
    assert ours.pop("run")["id"] and theirs.pop("run")["id"]
    assert ours == theirs
    assert sorted(path.name for path in found.iterdir()) == sorted(
        path.name for path in expected.iterdir()
    )
