"""What the output says of a row: its judgements and the verdict on them, or the error."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from assay.datasets.json_text import dump_json
from assay.domain.judgement import Judgement
from assay.domain.rubric import Rubric
from assay.domain.verdict import Decision, Verdict, decide, worst
from assay_judge.scoring.rows import Problem, ReadRow


@dataclass(frozen=True, slots=True)
class Policy:
    """What verdicts are made by."""

    rubric: Rubric
    accept_without_score: bool = False


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One line of the output, without its end, and what it says: a decision or an error's code."""

    text: bytes
    decision: Decision | None
    code: str | None


def line_of_error(row: ReadRow, problem: Problem) -> JudgedLine:
    """Return the line of a row that was not judged."""
    error = {"code": problem.code, "message": problem.message}
    return JudgedLine(dump_json({**_place(row), "error": error}), None, problem.code)


def line_of_judgements(row: ReadRow, judgements: Sequence[Judgement], policy: Policy) -> JudgedLine:
    """Return the line of a row whose turns were all judged; the worst turn decides."""
    verdicts = [
        decide(judgement, policy.rubric, accept_without_score=policy.accept_without_score)
        for judgement in judgements
    ]
    verdict = worst(verdicts)
    body: dict[str, Any] = {
        **_place(row),
        "judgements": [orjson.Fragment(judgement.model_dump_json()) for judgement in judgements],
        "verdict": _verdict(verdict),
    }
    if len(verdicts) > 1:
        body["verdict"]["turns"] = [
            {"turn": judgement.turn, "decision": one.decision.value}
            for judgement, one in zip(judgements, verdicts, strict=True)
        ]
    return JudgedLine(orjson.dumps(body), verdict.decision, None)


def _place(row: ReadRow) -> dict[str, Any]:
    return {"row": str(row.row), "id": row.id, "sample_id": row.sample_id}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "decision": verdict.decision.value,
        "overall": None if verdict.overall is None else verdict.overall / 1000,
        "weight_covered": verdict.weight_covered / 1000,
        "reasons": verdict.reasons,
        "basis": verdict.basis,
    }
