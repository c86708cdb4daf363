"""Answers in the evidence form, right by default, to be made wrong one change at a time."""

import json
from typing import Any

from assay.domain.judgement import DIMENSIONS, Usage
from assay.rubrics import load_rubric
from assay_judge.backend.contract import Generation, Token

RUBRIC = load_rubric("default")


def body(*, with_scores: bool = False, **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "lang": "en",
        "claims": [{"q": "the sky is green", "s": "contradicted", "src": "D2"}],
        "defects": [{"k": "hallucination", "q": "sky is green", "why": "D2 says blue"}],
        "notes": dict.fromkeys(DIMENSIONS, "fine"),
    }
    if with_scores:
        answer["scores"] = {name: 1 + i % 5 for i, name in enumerate(DIMENSIONS)}
    return {**answer, **changes}


def compact(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def generation(
    text: str, finish_reason: str = "stop", tokens: tuple[Token, ...] = ()
) -> Generation:
    return Generation(text, finish_reason, tokens, Usage())
