"""The service's answers and requests as OpenAPI describes them, with examples.

These models document; the hot path neither validates nor serialises by them. A test holds them
against real answers.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.judgement import Judgement, Usage
from assay.domain.rubric import Rubric
from assay.domain.verdict import Decision
from assay.web.openapi import ProblemBody
from assay_judge.backend.contract import Capabilities
from assay_judge.engine.settings import Mode

SAMPLE: dict[str, Any] = {
    "id": "math-1",
    "messages": [
        {"role": "user", "content": "What is 12 * 12?"},
        {"role": "assistant", "content": "12 * 12 = 146"},
    ],
}
RAG_SAMPLE: dict[str, Any] = {
    "id": "rag-1",
    "type": "rag",
    "messages": [
        {"role": "user", "content": "When was the bridge opened?"},
        {"role": "assistant", "content": "It was opened in 1932 [1]."},
    ],
    "documents": [{"doc_id": "1", "title": "Bridge", "text": "The bridge was opened in 1932."}],
}
SCORE_EXAMPLES: dict[str, Any] = {
    "a wrong computation": {"value": {"sample": SAMPLE}},
    "grounded in a document": {
        "value": {"sample": RAG_SAMPLE, "mode": "thorough", "rubric": "default"}
    },
}
BATCH_EXAMPLES: dict[str, Any] = {
    "two samples": {"value": {"samples": [SAMPLE, RAG_SAMPLE], "mode": "fast"}}
}


class ScoreRequest(BaseModel):
    """One sample to grade."""

    model_config = ConfigDict(extra="forbid")

    sample: dict[str, Any] = Field(
        description="a conversation in Assay's canonical form; ShareGPT, Alpaca and "
        "prompt/completion are understood too. Only assistant messages are graded."
    )
    mode: Mode | None = Field(default=None, description="how much to ask of the model")
    rubric: str | None = Field(default=None, description="a name listed by GET /v1/rubrics")


class BatchRequest(BaseModel):
    """Samples to grade; each gets its own answer or its own error."""

    model_config = ConfigDict(extra="forbid")

    samples: list[dict[str, Any]] = Field(min_length=1)
    mode: Mode | None = None
    rubric: str | None = None


class TurnVerdictBody(BaseModel):
    """The decision on one assistant turn; weight 0: a trainer should not learn from it."""

    turn: int
    decision: Decision
    overall: int | None
    weight: Literal[0, 1]


class VerdictBody(BaseModel):
    """The decision on a sample: that of its worst turn. Scores in thousandths of a point."""

    decision: Decision
    overall: int | None = Field(description="1000..5000; null where too little could be scored")
    weight_covered: int = Field(description="share of the rubric's weights, in thousandths")
    reasons: list[str]
    basis: Literal["scored", "no_defect_found", "rules"]
    turns: list[TurnVerdictBody]


class RubricReference(BaseModel):
    """The rubric that a sample was decided by."""

    name: str
    version: int
    digest: str


class ScoreAnswer(BaseModel):
    """One graded sample; `judgement` is the one that decided."""

    sample_id: str = Field(description="SHA-256 of messages, tools and documents")
    judgements: list[Judgement] = Field(description="one per assistant turn, in order")
    judgement: Judgement
    verdict: VerdictBody
    rubric: RubricReference
    usage: Usage


class BatchResult(BaseModel):
    """One place of a batch: the members of a ScoreAnswer, or `error`."""

    index: int
    sample_id: str | None = None
    judgements: list[Judgement] | None = None
    judgement: Judgement | None = None
    verdict: VerdictBody | None = None
    rubric: RubricReference | None = None
    usage: Usage | None = None
    error: ProblemBody | None = None


class BatchAnswer(BaseModel):
    """The graded samples of a batch, in the order asked."""

    results: list[BatchResult]
    usage: Usage


class RubricEntry(RubricReference):
    """A rubric with all its texts; `judging_digest` covers what a judge is told of it."""

    id: str
    judging_digest: str
    rubric: Rubric


class RubricsAnswer(BaseModel):
    """The rubrics that a request may name."""

    default: str
    rubrics: list[RubricEntry]


class JudgeReference(BaseModel):
    """Who judges; `version` changes whenever the same sample may be judged differently."""

    name: str
    version: str


class LimitsBody(BaseModel):
    """How much the service takes on."""

    max_batch: int
    max_body_bytes: int
    max_sample_bytes: int
    max_in_flight: int
    max_queued: int
    request_timeout_seconds: float


class CapabilitiesAnswer(BaseModel):
    """What the service can do now; `judge` and `backend` are null while it is not ready."""

    service: str
    version: str
    is_ready: bool
    reason: str | None
    judge: JudgeReference | None
    modes: list[Mode]
    default_mode: Mode | None
    rubrics: list[str]
    default_rubric: str
    limits: LimitsBody
    backend: Capabilities | None
