"""Runs the tables of open-instruct's verifier tests through ours.

    python -m benchmarks.rewards_conformance.open_instruct_cases --checkout PATH

The parametrised tables are read by their syntax tree; nothing of the checkout is imported. Numbers
(GSM8K) go to the math verifier, matched texts (puzzles, F1) to knowledge calibration. An answer has
to stand in one place here: each prediction is graded as it stands (`as_is`), and a second time
(`placed`) with its answer put in a box: what answer tags hold, else all that is not thinking.
"""

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rewards_conformance.followed import evaluate

from assay.domain.errors import InvalidTaskError
from assay.domain.sample import JsonValue
from assay_rl_rewards.domains.knowledge_calibration import KnowledgeCalibration
from assay_rl_rewards.domains.math import Math
from assay_rl_rewards.final_text import read_final_text
from assay_rl_rewards.verifier import Task

TESTS = Path("open_instruct/test_ground_truth_utils.py")
NUMBERS = "TestGSM8KVerifier"
CLASSES = {
    "no answer where the task asks for one": "unplaced",
    "none of the accepted answers": "other_words",
    "not a number in the form that the task takes": "notation",
    "not equal to the reference": "unequal",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a table: its class of tests, and the score that the table expects."""

    tests: str
    name: str
    prediction: str
    label: JsonValue
    expected: float


def read_cases(path: Path) -> Iterator[Case]:
    """Read the tables of `parameterized.expand` that hold prediction, label and score."""
    for tests in ast.parse(path.read_text(encoding="utf-8")).body:
        for node in tests.body if isinstance(tests, ast.ClassDef) else []:
            for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else []:
                if isinstance(decorator, ast.Call) and isinstance(tests, ast.ClassDef):
                    for row in evaluate(decorator.args[0], {}):
                        yield Case(tests.name, *row)


def placed(prediction: str) -> str:
    """The prediction with its answer in a box, outside which nothing is left."""
    text = read_final_text(prediction).text
    if text.startswith("<answer>"):
        text = text.removeprefix("<answer>").removesuffix("</answer>")
    if "\\boxed{" in text:
        return text
    return f"\\boxed{{{text.rpartition(': ')[2].removeprefix('Therefore the answer is ')}}}"


def judge(case: Case, *, is_placed: bool) -> str:
    """Grade one case: `agreed` or the class of disagreement."""
    text = placed(case.prediction) if is_placed else read_final_text(case.prediction).text
    try:
        if case.tests == NUMBERS:
            math = Math()
            grade = math.grade(math.read_task(Task("math", (), case.label)), text)
        else:
            known = KnowledgeCalibration()
            task = Task("knowledge_calibration", (), case.label, {"abstain_reward": 0.0})
            grade = known.grade(known.read_task(task), text)
    except InvalidTaskError:
        return "gold"
    if abs(grade.score - case.expected) < 1e-5:
        return "agreed"
    if 0 < case.expected < 1:
        return "partial"
    return "paid" if grade.score else CLASSES.get(grade.reason, "other")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkout", type=Path, help="a checkout of open-instruct")
    checkout = parser.parse_args().checkout
    if checkout is None or not (checkout / TESTS).is_file():
        print(f"skipped: give --checkout PATH, a checkout of open-instruct with {TESTS}")
        sys.exit(0)
    cases = list(read_cases(checkout / TESTS))
    counts: Counter[tuple[str, str, str]] = Counter()
    for case in cases:
        for reading in ("as_is", "placed"):
            kind = judge(case, is_placed=reading == "placed")
            counts[reading, case.tests, kind] += 1
            if kind != "agreed":
                shown = f"{case.prediction!r} | {case.label!r} table={case.expected:.2f}"
                print(f"{reading} {kind:12} {case.name} {shown}")
    for (reading, tests, kind), count in sorted(counts.items()):
        print(f"{reading:7} {tests:28} {kind:12} {count}")


if __name__ == "__main__":
    main()
