"""Runs the test tables of a Math-Verify checkout through the math verifier.

    python -m benchmarks.rewards_conformance.math_verify_cases --checkout PATH

Each row (gold, prediction, expected) is read from the source by its syntax tree; nothing of the
checkout is imported. Predictions that are one expression are put in a box; prose is left out and
counted, since an answer has to be boxed here. Every disagreement is printed with a one-word class:
the reason of our verdict, or `paid` where we pay what the table does not. Exit code 0 in any case:
a disagreement is to be explained, not to be forbidden.
"""

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.domains.math import Math
from assay_rl_rewards.verifier import Task

FENCES = (("$$", "$$"), ("$", "$"), ("\\[", "\\]"), ("\\(", "\\)"))
MAX_SHOWN_CHARS = 90
CLASSES = {
    "an equation or inequality where a value is wanted": "relation",
    "holds an operation that is left to be done": "unsolved",
    "a fraction or root that is left to be simplified": "unsolved",
    "not a number in the form that the task takes": "notation",
    "not in the form that the task takes": "structure",
    "more than one answer": "several",
    "not equal to the reference": "unequal",
    "cannot be read as mathematics": "unreadable",
    "no answer where the task asks for one": "unplaced",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a table; `place` is file and test function."""

    place: str
    gold: str
    prediction: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case: whether we agree, and its class."""

    case: Case
    agrees: bool
    kind: str


def read_cases(checkout: Path) -> Iterator[Case]:
    """Read the parametrised tables of all test files that hold gold, prediction and verdict."""
    for path in sorted((checkout / "tests").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    yield from _rows(decorator, f"{path.name}:{node.name}")


def _rows(decorator: ast.expr, place: str) -> Iterator[Case]:
    if not isinstance(decorator, ast.Call) or len(decorator.args) < 2:
        return
    try:
        names = [name.strip() for name in ast.literal_eval(decorator.args[0]).split(",")]
        rows = ast.literal_eval(decorator.args[1])
    except (ValueError, AttributeError):
        return  # names of the checkout in the table
    verdict = next((name for name in ("expected", "result") if name in names), None)
    if verdict is None or not {"gold", "pred"} <= set(names):
        return
    for row in rows:
        values = dict(zip(names, row, strict=True))
        if values.get("strict", True):
            yield Case(place, values["gold"], values["pred"], bool(values[verdict]))


def judge(case: Case, verifier: Math) -> Outcome:
    """Grade one case and compare the verdict with the table's."""
    gold, answer = _expression(case.gold), _expression(case.prediction)
    if gold is None or (answer is None and "\\boxed{" not in case.prediction):
        return Outcome(case, True, "prose")
    response = case.prediction if "\\boxed{" in case.prediction else f"\\boxed{{{answer}}}"
    try:
        task = verifier.read_task(Task("math", (), gold))
        grade = verifier.grade(task, response)
    except InvalidTaskError:
        return Outcome(case, False, "gold")
    except TimeoutError:
        return Outcome(case, not case.is_right, "timeout")
    if bool(grade.score) == case.is_right:
        return Outcome(case, True, "agreed")
    return Outcome(case, False, "paid" if grade.score else CLASSES.get(grade.reason, "other"))


def _expression(text: str) -> str | None:
    """What one fenced or boxed expression holds, or a bare one without blanks; None for prose."""
    text = text.strip()
    for opening, closing in FENCES:
        inner = text[len(opening) : -len(closing)]
        if text.startswith(opening) and text.endswith(closing) and "$" not in inner:
            text = inner.strip()
            break
    else:
        if any(character.isspace() for character in text) and not text.startswith("\\boxed{"):
            return None
    if text.startswith("\\boxed{") and text.endswith("}") and text.count("\\boxed") == 1:
        text = text[len("\\boxed{") : -1].strip()
    return text or None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkout", type=Path, help="a checkout of Math-Verify")
    checkout = parser.parse_args().checkout
    if checkout is None or not (checkout / "tests").is_dir():
        print("skipped: give --checkout PATH, a checkout of Math-Verify with its tests")
        sys.exit(0)
    verifier = Math()
    outcomes = [judge(case, verifier) for case in read_cases(checkout)]
    counts = Counter(outcome.kind for outcome in outcomes)
    num_graded = len(outcomes) - counts["prose"]
    num_agreed = counts["agreed"] + sum(o.agrees and o.kind == "timeout" for o in outcomes)
    for outcome in outcomes:
        if not outcome.agrees:
            case = outcome.case
            shown = f"{case.gold[:MAX_SHOWN_CHARS]!r} | {case.prediction[-MAX_SHOWN_CHARS:]!r}"
            print(f"{outcome.kind:10} {case.place} {shown} table={int(case.is_right)}")
    print(f"cases {len(outcomes)}, prose left out {counts['prose']}, graded {num_graded}")
    print(f"agreed {num_agreed} ({num_agreed / max(num_graded, 1):.1%})")
    print("disagreements:", dict(counts - Counter(agreed=counts["agreed"], prose=counts["prose"])))


if __name__ == "__main__":
    main()
