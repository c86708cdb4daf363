"""Runs the abstention and SQL tests of a NeMo Gym checkout through our verifiers.

    python -m benchmarks.rewards_conformance.gym_cases --checkout PATH

The tests are followed by their syntax tree; nothing of the checkout is imported. Abstention: what
the server's judge would have been asked is decided here by the accepted answer. SQL: extraction
from texts, and queries that are run on the table which the tests make; rewards that the tests
assert of a mocked execution say nothing about queries and are left out.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.rewards_conformance.followed import Claim, Record, read_claims

from assay_rl_rewards.domains.knowledge_calibration import KnowledgeCalibration
from assay_rl_rewards.domains.text2sql import Text2SqlVerifier
from assay_rl_rewards.final_text import read_final_text
from assay_rl_rewards.sql.comparison import are_equal
from assay_rl_rewards.sql.result import Table
from assay_rl_rewards.sql.statement import find_statement
from assay_rl_rewards.verifier import Task

ABSTENTION = Path("resources_servers/abstention/tests/test_app.py")
SQL = Path("resources_servers/bird_sql/tests/test_app.py")
ABSTAIN_REWARD = 0.5  # of the tests' configuration
NO_SQL = Record("_NO_ANSWER_FILLER")
SCRIPT = "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1), (2), (3);"
OTHER_SCRIPT = "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (4), (5), (6);"


def judge_abstentions(path: Path) -> Iterator[tuple[str, str]]:
    """Place and kind (`agreed` or a class) of every asserted reward."""
    verifier = KnowledgeCalibration()
    for claim in read_claims(path):
        request = _request(claim)
        if request is None:
            continue
        params = {"abstain_reward": ABSTAIN_REWARD}
        answer = request.fields["answer"]
        task = verifier.read_task(Task("knowledge_calibration", (), answer, params))
        text = read_final_text(request.fields["response"].args[0]).text
        grade = verifier.grade(task, text)
        kind = "agreed" if grade.score == claim.right else "unplaced"
        if grade.extracted is not None and kind != "agreed":
            kind = "paid" if grade.score > claim.right else "refused"
        yield claim.place, kind


def _request(claim: Claim) -> Record | None:
    left = claim.left
    if not isinstance(left, Record) or left.name != ".reward":
        return None
    request = left.args[0].args[0]
    return request if "answer" in request.fields else None


def judge_extractions(path: Path) -> Iterator[tuple[str, str]]:
    """Place and kind of every text from which the tests extract a statement or none."""
    for claim in read_claims(path):
        left = claim.left
        if isinstance(left, Record) and left.name == "extract_sql_from_response" and left.args[0]:
            yield claim.place, _extraction_kind(find_statement(left.args[0]), claim.right)


def _extraction_kind(found: str | None, expected: Any) -> str:
    if expected == NO_SQL or not expected:
        return "agreed" if not found or not any(c.isalpha() for c in found) else "more_found"
    if found is None:
        return "not_found"
    return "agreed" if " ".join(found.split()) == expected else "verbatim"


def judge_queries(path: Path) -> Iterator[tuple[str, str]]:
    """Place and kind of every query that the tests run on their table."""
    verifier = Text2SqlVerifier()
    databases = [{"script": SCRIPT}, {"script": OTHER_SCRIPT}]
    gold = "SELECT x FROM t ORDER BY x"
    task = verifier.read_task(Task("text2sql", (), gold, {"databases": databases}))
    for claim in read_claims(path):
        left = claim.left
        if isinstance(left, Record) and left.name == "execute_sqlite":
            grade = verifier.grade(task, f"```sql\n{left.args[1]}\n```")
            runs = grade.parts["executable"] == 1.0
            is_gold = left.args[1] == gold
            agrees = runs == (claim.right is not None) and bool(grade.score) == is_gold
            yield claim.place, "agreed" if agrees else "execution"


def judge_comparisons(path: Path) -> Iterator[tuple[str, str]]:
    """Place and kind of every pair of results that the tests compare, of rows that SQL can give."""
    for claim in read_claims(path):
        left = claim.left
        if not isinstance(left, Record) or left.name != "result_sets_match":
            continue
        tables = [Table(1, tuple(rows)) for rows in left.args if _is_plain(rows)]
        if len(tables) == len(left.args):
            first, second = tables
            same = are_equal([first], [second], is_ordered=False, any_column_order=False)
            yield claim.place, "agreed" if same == claim.right else "duplicates"


def _is_plain(rows: Any) -> bool:
    return isinstance(rows, list) and all(
        isinstance(row, tuple) and all(isinstance(cell, int) for cell in row) for row in rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkout", type=Path, help="a checkout of NeMo Gym")
    checkout = parser.parse_args().checkout
    if checkout is None or not all((checkout / path).is_file() for path in (ABSTENTION, SQL)):
        print(f"skipped: give --checkout PATH, a checkout of NeMo Gym with {ABSTENTION} and {SQL}")
        sys.exit(0)
    tables = {
        "abstention": judge_abstentions(checkout / ABSTENTION),
        "extraction": judge_extractions(checkout / SQL),
        "comparison": judge_comparisons(checkout / SQL),
        "queries": judge_queries(checkout / SQL),
    }
    for name, outcomes in tables.items():
        counts: Counter[str] = Counter()
        for place, kind in outcomes:
            counts[kind] += 1
            if kind != "agreed":
                print(f"{kind:10} {name} {place}")
        print(name, dict(counts))


if __name__ == "__main__":
    main()
