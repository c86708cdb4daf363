"""How the schemas of `structured_output` agree with the official JSON-Schema-Test-Suite.

Usage: python -m benchmarks.rewards_conformance.json_schema SUITE
SUITE is a checkout of json-schema-org/JSON-Schema-Test-Suite. Required tests of drafts 4, 6, 7,
2019-09 and 2020-12; a test of an older draft gets that draft's `$schema` where it has none. Schemas
that need a document from elsewhere are refused by design and counted apart.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.answers.json_schema import compile_schema

DRAFTS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}


class Verdict(NamedTuple):
    """One test: what became of it (`agreed`, `refused`, `differs`) and its name."""

    outcome: str
    name: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the agreement per draft; returns 0, also where the suite is absent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", type=Path, nargs="?")
    suite = parser.parse_args(arguments).suite
    if suite is None or not (suite / "tests").is_dir():
        print(f"skipped: expected a checkout of the test suite, found {suite}", file=sys.stderr)
        return 0
    print(
        "| draft | tests | agreed | refused (refers elsewhere) | differs |\n|---|---|---|---|---|"
    )
    differing: list[str] = []
    for draft in DRAFTS:
        verdicts = list(_verdicts(suite / "tests" / draft, draft))
        counts = Counter(verdict.outcome for verdict in verdicts)
        cells = [len(verdicts), counts["agreed"], counts["refused"], counts["differs"]]
        print(f"| {draft} | {' | '.join(map(str, cells))} |")
        differing += [f"{draft}/{one.name}" for one in verdicts if one.outcome == "differs"]
    for name in differing:
        print(f"differs: {name}")
    return 0


def _verdicts(folder: Path, draft: str) -> Iterator[Verdict]:
    for path in sorted(folder.glob("*.json")):
        for group in json.loads(path.read_text(encoding="utf-8")):
            yield from _group_verdicts(path.stem, group, draft)


def _group_verdicts(stem: str, group: dict[str, Any], draft: str) -> Iterator[Verdict]:
    schema = group["schema"]
    if isinstance(schema, dict):
        schema = {"$schema": DRAFTS[draft], **schema}
    name = f"{stem}: {group['description']}"
    try:
        validator = compile_schema(schema)
    except InvalidTaskError as exc:
        is_elsewhere = "retrieving it failed" in str(exc) or "meta-schema" in str(exc)
        outcome = "refused" if is_elsewhere else "differs"
        yield from (Verdict(outcome, f"{name}: {exc}") for _ in group["tests"])
        return
    for test in group["tests"]:
        is_agreed = validator.is_valid(test["data"]) == test["valid"]
        yield Verdict("agreed" if is_agreed else "differs", f"{name}: {test['description']}")


if __name__ == "__main__":
    raise SystemExit(main())
