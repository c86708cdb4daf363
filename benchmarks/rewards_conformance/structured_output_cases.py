"""Runs the structured-output tests of a NeMo Gym checkout through our verifier.

    python -m benchmarks.rewards_conformance.structured_output_cases --checkout PATH

The tests are followed by their syntax tree; nothing of the checkout is imported. That server makes
every field of a schema required and no other allowed before it validates; the same is done to the
schema of the task here. CSV and XML hold texts here, so that a number in their schema is written as
the pattern of its text. Tool calls that are output items of their own, with no text, are left out.
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rewards_conformance.followed import Claim, Record, read_claims

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.domains.structured_output import StructuredOutput
from assay_rl_rewards.verifier import Task

TESTS = Path("resources_servers/structured_outputs/tests/test_app.py")
WRITTEN = {
    "integer": "-?[0-9]+",
    "number": "-?[0-9]+([.][0-9]+)?",
    "boolean": "true|false",
    "null": "",
    "string": "(?s:.*)",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One asserted reward: `agreed`, `tool_call` (left out) or the class of disagreement."""

    place: str
    format: str
    kind: str
    text: str
    reason: str = ""


def closed(schema: Any) -> Any:
    """The schema with all its fields required and no other allowed, at every level."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if isinstance(made.get("properties"), dict):
        made["required"] = list(made["properties"])
        made["additionalProperties"] = False
    return made


def written(schema: Any) -> Any:
    """The schema with every scalar as the text that it is written as."""
    if isinstance(schema, list):
        return [written(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    types = schema.get("type", "object")
    names = types if isinstance(types, list) else [types]
    if set(names) <= WRITTEN.keys() and names != ["string"]:
        forms = "|".join(WRITTEN[name] for name in names)
        return {"type": "string", "pattern": f"^({forms})$"}
    return {key: written(value) for key, value in schema.items()}


def judge(claim: Claim, verifier: StructuredOutput) -> Outcome | None:
    """Grade what one assertion is about; None where it asserts no reward."""
    request = _request(claim.left)
    if request is None:
        return None
    if "schema_type" not in request.fields:
        return Outcome(claim.place, "tool_call", "tool_call", "")
    items, schema_type = request.fields["response"].fields["output"], request.fields["schema_type"]
    format = schema_type.name.removeprefix(".").lower()
    text = items[0].args[0]
    schema = closed(json.loads(request.fields["schema_str"]))
    params = {
        "format": format,
        "schema": written(schema) if format in ("csv", "xml") else schema,
        "allow_format_only": True,
    }
    try:
        grade = verifier.grade(
            verifier.read_task(Task("structured_output", (), None, params)), text
        )
    except InvalidTaskError as exc:
        return Outcome(claim.place, format, "task", text, str(exc))
    if grade.score == claim.right:
        return Outcome(claim.place, format, "agreed", text)
    kind = "paid" if grade.score else "typed" if grade.parts["parse"] else "unreadable"
    return Outcome(claim.place, format, kind, text, grade.reason)


def _request(left: Any) -> Record | None:
    """The request that `(await server.verify(request)).reward` is about."""
    if not isinstance(left, Record) or left.name != ".reward":
        return None
    verify = left.args[0]
    return verify.args[0] if isinstance(verify, Record) and verify.name.endswith("verify") else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkout", type=Path, help="a checkout of NeMo Gym")
    checkout = parser.parse_args().checkout
    if checkout is None or not (checkout / TESTS).is_file():
        print(f"skipped: give --checkout PATH, a checkout of NeMo Gym with {TESTS}")
        sys.exit(0)
    verifier = StructuredOutput()
    judged = [judge(claim, verifier) for claim in read_claims(checkout / TESTS)]
    outcomes = [outcome for outcome in judged if outcome is not None]
    for outcome in outcomes:
        if outcome.kind not in ("agreed", "tool_call"):
            print(f"{outcome.kind:10} {outcome.place} {outcome.text[:90]!r}: {outcome.reason}")
    counts = Counter((outcome.format, outcome.kind) for outcome in outcomes)
    for (format, kind), count in sorted(counts.items()):
        print(f"{format:10} {kind:10} {count}")


if __name__ == "__main__":
    main()
