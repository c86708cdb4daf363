"""Runs the reward tests of a TRL checkout through final text, the math verifier and the shaping.

    python -m benchmarks.rewards_conformance.trl_cases --checkout PATH

The tests are followed by their syntax tree; nothing of the checkout is imported. Accuracy goes to
the math verifier, with and without reasoning, and the soft punishment of length to ours. Rewards
that have no counterpart here (format of thinking, cosine, repeated n-grams) are counted alone.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rewards_conformance.followed import Claim, Record, read_claims
from benchmarks.rewards_conformance.math_verify_cases import CLASSES

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.domains.math import Math
from assay_rl_rewards.final_text import read_final_text
from assay_rl_rewards.routes.route import OverlongShaping
from assay_rl_rewards.routes.shaping import overlong_penalty
from assay_rl_rewards.verifier import Task

TESTS = Path("tests/test_rewards.py")
ACCURACY = ("accuracy_reward", "reasoning_accuracy_reward")
LENGTH = "get_soft_overlong_punishment"
OTHERS = (
    LENGTH,
    "think_format_reward",
    "get_cosine_scaled_reward",
    "get_repetition_penalty_reward",
)
TOLERANCE = 5e-5


@dataclass(frozen=True, slots=True)
class Case:
    """One reward that a test asserts; `expected` is None where the gold cannot be read."""

    place: str
    reward: str
    text: str
    gold: str
    num_tokens: int
    shaping: OverlongShaping | None
    expected: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case: `agreed`, `no_counterpart` or the class of disagreement."""

    case: Case
    kind: str


def list_cases(claim: Claim) -> Iterator[Case]:
    """The single rewards that one assertion is about."""
    left, right = claim.left, claim.right
    if isinstance(left, Record) and left.name == "round":  # round(abs(reward - wanted), 4) == 0
        left, right = left.args[0].args[0].args
    index: int | None = None
    if isinstance(left, Record) and left.name == "[]":
        left, index = left.args
    if not isinstance(left, Record) or not (left.name in ACCURACY or left.name in OTHERS):
        return
    expected = right if isinstance(right, list) else [right]
    if index is not None:
        yield _case(claim.place, left, index, expected[0])
        return
    for position, each in enumerate(expected):
        yield _case(claim.place, left, position, each)


def _case(place: str, call: Record, index: int, expected: Any) -> Case:
    """The reward at `index` of a call, with what it is given there."""
    numbers = call.fields.get("completion_ids", call.args[0] if call.args else [])
    num_tokens = len(numbers[index]) if call.name == LENGTH else 0
    shaping = None
    if call.name == LENGTH:
        limits = call.fields["made_with"]
        shaping = OverlongShaping(
            type="overlong",
            name="overlong",
            max_tokens=limits["max_completion_len"],
            cache_tokens=limits["soft_punish_cache"],
        )
    text = gold = ""
    if call.name in ACCURACY and "reasoning_delimiters" not in call.fields:
        text, gold = call.args[0][index][0]["content"], call.args[1][index]
    return Case(place, call.name, text, gold, num_tokens, shaping, expected)


def judge(case: Case, verifier: Math) -> Outcome:
    """Give the case's reward by our rules and compare."""
    if case.shaping is not None and case.expected is not None:
        penalty = overlong_penalty(case.shaping, case.num_tokens)
        is_same = abs(penalty - case.expected) < TOLERANCE
        return Outcome(case, "agreed" if is_same else "length")
    if not case.gold:
        return Outcome(case, "no_counterpart")
    gold = (
        case.gold.removeprefix("\\boxed{").removesuffix("}") if "boxed" in case.gold else case.gold
    )
    try:
        task = verifier.read_task(Task("math", (), gold))
        grade = verifier.grade(task, read_final_text(case.text).text)
    except InvalidTaskError:
        return Outcome(case, "agreed" if case.expected is None else "gold")
    if case.expected is None:
        return Outcome(case, "paid" if grade.score else "gold_as_text")
    if grade.score == case.expected:
        return Outcome(case, "agreed")
    return Outcome(case, "paid" if grade.score else CLASSES.get(grade.reason, "other"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkout", type=Path, help="a checkout of TRL")
    checkout = parser.parse_args().checkout
    if checkout is None or not (checkout / TESTS).is_file():
        print(f"skipped: give --checkout PATH, a checkout of TRL with {TESTS}")
        sys.exit(0)
    verifier = Math()
    claims = read_claims(checkout / TESTS)
    outcomes = [judge(case, verifier) for claim in claims for case in list_cases(claim)]
    for outcome in outcomes:
        if outcome.kind not in ("agreed", "no_counterpart"):
            case = outcome.case
            print(f"{outcome.kind:12} {case.place} {case.gold!r} | {case.text!r} {case.expected}")
    by_reward = Counter((o.case.reward, o.kind) for o in outcomes)
    for (reward, kind), count in sorted(by_reward.items()):
        print(f"{reward:32} {kind:15} {count}")


if __name__ == "__main__":
    main()
