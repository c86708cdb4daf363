"""Compares a run on an engine with `assay curate` on the same input."""

from pathlib import Path

from tests.integration.curated import OUTCOMES, manifest_of, outcome_bytes


def shard_bytes(out: Path) -> dict[str, bytes]:
    """Return each outcome's shards, one after the other."""
    return {
        name: b"".join(path.read_bytes() for path in sorted((out / "shards").glob(f"{name}-*")))
        for name in OUTCOMES
    }


def assert_same_as_local(found: Path, local: Path) -> None:
    """Compare bytes of all outcomes, and all of the manifest but what is the run's own."""
    ours, theirs = shard_bytes(found), outcome_bytes(local)
    for name in OUTCOMES:
        assert ours[name] == theirs[name], f"{name} differs"
    scaled, expected = manifest_of(found), manifest_of(local)
    assert scaled["run"]["id"] != expected.pop("run")["id"]
    for key, value in expected.items():
        assert scaled[key] == value, key
