"""Requests and answers about samples as OpenAPI describes them, with examples.

Requests are validated by these models; answers are built as plain JSON and only described by them.
A test holds them against real answers.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assay_filter.service.sample_reviews import MAX_COMMENT_CHARS

REVIEW_EXAMPLES: dict[str, Any] = {
    "a second look": {
        "value": {
            "run": "20260101-120000-0123abcd",
            "decision": "reject",
            "comment": "the sum is right, the reason given for it is not",
        }
    }
}
Outcome = Literal["accepted", "borderline", "rejected", "duplicate", "error"]
Opinion = Literal["accept", "reject", "needs_fix"]


class ReviewRequest(BaseModel):
    """A person's decision on a sample."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str = Field(max_length=80)
    decision: Opinion
    comment: str | None = Field(default=None, max_length=MAX_COMMENT_CHARS)


class ReviewBody(BaseModel):
    """A stored review; the last one of a sample counts."""

    object: Literal["review"]
    run: str
    ordinal: int
    seq: int
    reviewer: str
    decision: Opinion
    comment: str | None
    created_at: str


class SampleEntry(BaseModel):
    """A sample in a list; outcome, overall and basis are null until it is decided."""

    run: str
    ordinal: int
    sample_id: str
    row: str
    id: str | None
    format: str
    type: str | None
    language: str | None
    source: str | None
    num_tokens: int | None
    outcome: Outcome | None
    overall: float | None
    basis: str | None
    reasons: list[str]
    review: Opinion | None


class SampleList(BaseModel):
    """A page of samples. It may be short, or empty, and yet have a cursor."""

    object: Literal["list"]
    data: list[SampleEntry]
    has_more: bool
    next_cursor: str | None


class SampleStory(BaseModel):
    """Everything that the audit holds of a sample in one run; scores in thousandths of a point."""

    object: Literal["sample"]
    sample: dict[str, Any]
    run: dict[str, Any]
    events: list[dict[str, Any]]
    measures: dict[str, float]
    judgements: list[dict[str, Any]]
    duplicate_of: dict[str, Any] | None
    duplicates: list[dict[str, Any]]
    decision: dict[str, Any] | None
    identical: list[str] = Field(description="other rows with the same content, in any run")
    reviews: list[dict[str, Any]]
    redactions: list[dict[str, Any]]
    others: list[str] = Field(description="other rows that are called so")


class RunRemoval(BaseModel):
    """What was removed from one run."""

    run: str
    samples: int
    audit_rows: int = Field(description="rows of the audit whose text this call overwrote")
    files: list[str] = Field(description="outcome files that were written again")
    missing_files: list[str] = Field(description="outcome files that are not in the store")


class SampleDeleted(BaseModel):
    """Contents that are no more in audit, results, report and index."""

    object: Literal["sample"]
    deleted: Literal[True]
    sample_ids: list[str]
    runs: list[RunRemoval]
    uploads: list[str] = Field(description="uploaded files that still hold the samples")


class RunDeleted(BaseModel):
    """A run whose results and texts are no more; its row, counts and chain stay."""

    id: str
    object: Literal["run"]
    deleted: Literal[True]
    audit_rows: int
    uploads: list[str] = Field(description="uploaded files that the run read, still kept")


class DiffPage(BaseModel):
    """Samples that two runs put into different outcomes; `summary` stands on the first page."""

    object: Literal["list"]
    data: list[dict[str, Any]]
    has_more: bool
    next_cursor: str | None
    summary: dict[str, Any] | None


class StatsBody(BaseModel):
    """Figures of one run, or of all where none is named (states, outcomes and reviews alone)."""

    run: str | None
    states: dict[str, int] | None = None
    samples: int | None = None
    outcomes: dict[str, int]
    overall: dict[str, Any] | None = None
    dimensions: dict[str, Any] | None = None
    reasons: list[dict[str, Any]] | None = None
    sources: list[dict[str, Any]] | None = None
    types: list[dict[str, Any]] | None = None
    languages: list[dict[str, Any]] | None = None
    reviews: dict[str, Any]
