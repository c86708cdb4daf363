"""Runs the parts that were asked for, one after the other."""

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.filtering import costs, growth, inserts, latency, memory
from benchmarks.filtering.rows import DEFAULT_FILE

Result = dict[str, object]


def run_parts(asked: argparse.Namespace, folder: Path) -> dict[str, Result]:
    """Return the results by part."""
    source: Path = asked.data or DEFAULT_FILE
    if not source.is_file():
        sys.exit(f"expected a zstd JSONL file at {source}, found none; name one with --data")
    given: dict[str, Any] = {"source": source, "folder": folder}
    sized = given | _chosen(num_rows=asked.rows, num_rounds=asked.rounds)
    homes = _chosen(homes=asked.homes)
    results: dict[str, Result] = {}
    if "a" in asked.parts:
        results["a"] = costs.run(costs.Options(**sized, **homes))
    if "b" in asked.parts:
        results["b"] = memory.run(memory.Options(**given, **_chosen(num_rows=asked.rows), **homes))
    if "c" in asked.parts:
        results["c"] = latency.run(latency.Options(**given, **_chosen(num_rows=asked.rows)))
    if "d" in asked.parts:
        results["d"] = inserts.run(inserts.Options(**sized))
    if "e" in asked.parts:
        results["e"] = growth.run(growth.Options(**given, sizes=asked.sizes, **homes))
    return results


def _chosen(**options: object) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
