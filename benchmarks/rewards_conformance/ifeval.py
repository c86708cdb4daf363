"""How the checks of `instruction_following` agree with published strict verdicts of IFEval.

Usage: python -m benchmarks.rewards_conformance.ifeval [FOLDER] --tasks input_data.jsonl ...
Data: FOLDER holds `dev/ifeval.*.jsonl.gz` (published answers with their verdicts, without the
parameters of the instructions); the parameters come from the published task files (IFEval's
`input_data.jsonl`, M-IFEval's `{en,es,fr,ja}_input_data.jsonl`), matched by prompt and ids.

Every disagreement is put into a class by what stands in the answer: the published verdict is wrong
by the words of the instruction; or we refuse on purpose what they allow; or it is unexplained. The
column `adjusted` leaves out the first kind alone. The loop guard of the domain is no check of an
instruction: what it refuses beyond the checks is counted apart.
"""

import argparse
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.rewards_conformance.ifeval_classes import CLASSES, WRONG_VERDICTS, classify
from pydantic import ValidationError

from assay_rl_rewards.constraints.constraint import Constraint, Kwargs
from assay_rl_rewards.constraints.substance import is_loop
from assay_rl_rewards.constraints.table import find_constraint

DEFAULT_FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data"
_PATTERN = "ifeval.*.jsonl.gz"


class Case(NamedTuple):
    """An instruction of a published answer, with the published verdict."""

    row: str
    id: str
    kwargs: dict[str, Any]
    answer: str
    is_followed: bool


class Totals(NamedTuple):
    """What was found, by instruction id."""

    cases: Counter[str]
    agreed: Counter[str]
    classes: defaultdict[str, Counter[str]]
    refused: Counter[str]
    loops: Counter[str]
    unexplained: list[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the agreement per instruction; returns 0, also where the data are absent."""
    args = _arguments(arguments)
    files = sorted((args.folder / "dev").glob(_PATTERN))
    if not files or not args.tasks:
        wanted = f"{args.folder}/dev/{_PATTERN} and --tasks with the published task files"
        print(f"skipped: expected {wanted}, found no such data", file=sys.stderr)
        return 0
    _print_totals(_compare(_cases(files, _parameters(args.tasks))))
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT_FOLDER)
    parser.add_argument("--tasks", type=Path, nargs="+", default=[])
    return parser.parse_args(arguments)


def _parameters(paths: Sequence[Path]) -> dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]]:
    found: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                task = json.loads(line)
                key = (task["prompt"].strip(), tuple(task["instruction_id_list"]))
                found[key] = task["kwargs"]
    return found


def _cases(
    files: Sequence[Path], parameters: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]]
) -> Iterator[Case]:
    num_rows = num_matched = 0
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                ids = row["labels"]["instruction_ids"]
                given = parameters.get((row["messages"][0]["content"].strip(), tuple(ids)))
                num_rows += 1
                if given is None:
                    continue
                num_matched += 1
                answer = row["messages"][-1]["content"]
                for id, kwargs, is_followed in zip(
                    ids, given, row["labels"]["followed"], strict=True
                ):
                    yield Case(row["id"], id, kwargs, answer, is_followed)
    print(f"{num_rows} published answers, {num_matched} with parameters\n")


def _compare(cases: Iterator[Case]) -> Totals:
    totals = Totals(Counter(), Counter(), defaultdict(Counter), Counter(), Counter(), [])
    for case in cases:
        bound = _bind(case)
        if bound is None:
            totals.refused[case.id] += 1
            continue
        constraint, kwargs = bound
        is_met = constraint.check(case.answer, kwargs)
        name = case.id.removeprefix("en:")
        totals.cases[name] += 1
        totals.agreed[name] += is_met == case.is_followed
        totals.loops[name] += is_met and is_loop(case.answer)
        if is_met != case.is_followed:
            found = classify(name, case.kwargs, case.answer, is_followed=case.is_followed)
            totals.classes[name][found] += 1
            if found == "unexplained":
                told = f"{case.row} {name} {case.kwargs} published {case.is_followed}"
                totals.unexplained.append(told)
    return totals


def _bind(case: Case) -> tuple[Constraint[Any], Kwargs] | None:
    constraint = find_constraint(case.id)
    if constraint is None:
        return None
    try:
        return constraint, constraint.kwargs.model_validate(case.kwargs)
    except ValidationError:
        return None


def _print_totals(totals: Totals) -> None:
    print("| instruction | cases | agreement | adjusted | disagreements |")
    print("|---|---|---|---|---|")
    for name in sorted(totals.cases, key=lambda id: (id[2:3] == ":", id)):
        print(_line(name, totals.cases[name], totals.agreed[name], totals.classes[name]))
    every: Counter[str] = sum(totals.classes.values(), Counter())
    print(_line("all", totals.cases.total(), totals.agreed.total(), every))
    print(f"\nmet, and refused by the loop guard: {totals.loops.total()}")
    print(f"refused when read, or not supported: {dict(sorted(totals.refused.items()))}\n")
    for name, reason in CLASSES.items():
        print(f"- `{name}` ({every[name]}): {reason}")
    for told in totals.unexplained:
        print(f"unexplained: {told}")


def _line(name: str, num_cases: int, num_agreed: int, classes: Counter[str]) -> str:
    num_wrong = sum(classes[found] for found in WRONG_VERDICTS)
    adjusted = num_agreed / (num_cases - num_wrong) if num_cases > num_wrong else 1.0
    told = ", ".join(f"{found} {count}" for found, count in classes.most_common())
    return f"| {name} | {num_cases} | {num_agreed / num_cases:.3f} | {adjusted:.3f} | {told} |"


if __name__ == "__main__":
    raise SystemExit(main())
