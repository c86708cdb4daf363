"""The service's requests and answers as OpenAPI describes them, with examples.

Requests are validated by these models; answers are built as plain JSON and only described by them.
A test holds them against real answers.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assay_filter.semantic.settings import DEFAULT_THRESHOLD

SAMPLE: dict[str, Any] = {
    "id": "math-1",
    "messages": [
        {"role": "user", "content": "What is 12 * 12?"},
        {"role": "assistant", "content": "12 * 12 = 144"},
    ],
}
RUN_EXAMPLES: dict[str, Any] = {
    "an uploaded file": {"value": {"input": "file-0123456789abcdef01234567"}},
    "samples in the request": {"value": {"input": [SAMPLE], "judge": "evidence"}},
}
BATCH_EXAMPLES: dict[str, Any] = {
    "score a file": {
        "value": {
            "input_file_id": "file-0123456789abcdef01234567",
            "endpoint": "/v1/score",
            "completion_window": "24h",
        }
    }
}
MAX_METADATA_KEYS = 16
ApiState = Literal["queued", "running", "completed", "failed", "cancelled", "interrupted"]
Outcomes = dict[str, int]


class SemanticBody(BaseModel):
    """The semantic tier switched on; which server embeds is the service's own affair."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: float = Field(
        default=DEFAULT_THRESHOLD, ge=0.5, le=1.0, description="cosine from which one is flagged"
    )


class RunRequestBody(BaseModel):
    """A run to make."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: str | list[str] | list[dict[str, Any]] = Field(
        description="the id of an uploaded file, several of them, or the samples themselves"
    )
    pipeline: str | dict[str, Any] | None = Field(
        default=None, description="a name listed by GET /v1/pipelines, or a whole pipeline"
    )
    rubric: str | dict[str, Any] | None = Field(
        default=None, description="the name of a rubric, or a whole rubric"
    )
    judge: str | None = Field(default=None, max_length=80, description="evidence, off or default")
    seed: int = Field(default=0, ge=0, lt=1 << 63)
    format: Literal["jsonl", "parquet"] | None = Field(default=None, description="of the results")
    index: bool = Field(default=False, description="let later runs know what this one keeps")
    against: list[str] = Field(
        default=[],
        max_length=100,
        description="earlier, indexed runs whose samples are not kept again; `all`: every one",
    )
    evaluation: list[str] = Field(
        default=[],
        max_length=20,
        description="ids of uploaded evaluation sets whose items must not be in the data",
    )
    semantic: SemanticBody | None = Field(
        default=None,
        description="flag samples that mean the same as an earlier one by their embedding; null: "
        "do not",
    )
    metadata: dict[str, str] | None = Field(
        default=None, description="up to 16 pairs of text, given back as they are"
    )


class BatchRequestBody(BaseModel):
    """A batch to make, as OpenAI's SDK sends it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    input_file_id: str
    endpoint: Literal["/v1/score", "/v1/curate"]
    completion_window: str = Field(default="24h", max_length=20)
    metadata: dict[str, str] | None = None


class FileBody(BaseModel):
    """An uploaded file, in the shape of OpenAI's."""

    id: str
    object: Literal["file"]
    bytes: int
    created_at: int = Field(description="seconds since 1970")
    expires_at: int | None
    filename: str
    purpose: str
    status: Literal["processed"]
    sha256: str | None
    format: str


class FileList(BaseModel):
    """A page of files; give `next_cursor` as `after` for the next one."""

    object: Literal["list"]
    data: list[FileBody]
    first_id: str | None
    last_id: str | None
    has_more: bool
    next_cursor: str | None


class FileDeleted(BaseModel):
    """A file that is no more."""

    id: str
    object: Literal["file"]
    deleted: Literal[True]


class RequestCounts(BaseModel):
    """Samples: known so far, with an outcome, in error."""

    total: int
    completed: int
    failed: int


class StageProgress(BaseModel):
    """Chunks of one stage; `samples` are those of the chunks that are done."""

    done: int
    total: int
    samples: int


class RunError(BaseModel):
    """What stopped a run."""

    kind: str
    message: str


class RunBody(BaseModel):
    """A run. Times are RFC 3339, UTC; an interrupted or failed run can be resumed."""

    id: str
    object: Literal["run"]
    status: ApiState
    stage: str
    created_at: str
    finished_at: str | None
    created_by: str | None
    inputs: list[str]
    pipeline: str | None
    rubric: str | None
    judge: str
    judge_version: str
    config_sha256: str
    rubric_sha256: str
    chain_head: str | None
    outcomes: Outcomes = Field(description="samples by outcome; of a run at work, so far")
    request_counts: RequestCounts
    progress: dict[str, StageProgress]
    error: RunError | None
    metadata: dict[str, str]
    links: dict[str, str]


class RunListEntry(BaseModel):
    """A run in a list: without its progress."""

    id: str
    object: Literal["run"]
    status: ApiState
    stage: str
    created_at: str
    finished_at: str | None
    created_by: str | None
    inputs: list[str]
    judge: str
    outcomes: Outcomes | None
    error: RunError | None
    links: dict[str, str]


class RunList(BaseModel):
    """A page of runs, newest first; give `next_cursor` as `after` for the next one."""

    object: Literal["list"]
    data: list[RunListEntry]
    has_more: bool
    next_cursor: str | None


class BatchError(BaseModel):
    """What stopped a batch."""

    code: str
    message: str
    line: int | None = None
    param: str | None = None


class BatchErrors(BaseModel):
    """What stopped a batch, as a list."""

    object: Literal["list"]
    data: list[BatchError]


class BatchBody(BaseModel):
    """A batch, in the shape of OpenAI's; times are seconds since 1970."""

    id: str
    object: Literal["batch"]
    endpoint: str
    errors: BatchErrors | None
    input_file_id: str
    completion_window: str
    status: Literal[
        "validating",
        "failed",
        "in_progress",
        "finalizing",
        "completed",
        "expired",
        "cancelling",
        "cancelled",
    ]
    output_file_id: str | None
    error_file_id: str | None
    created_at: int
    in_progress_at: int | None
    expires_at: int | None
    finalizing_at: int | None
    completed_at: int | None
    failed_at: int | None
    expired_at: int | None
    cancelling_at: int | None
    cancelled_at: int | None
    request_counts: RequestCounts
    metadata: dict[str, str] | None


class BatchList(BaseModel):
    """A page of batches, newest first."""

    object: Literal["list"]
    data: list[BatchBody]
    first_id: str | None
    last_id: str | None
    has_more: bool


class Names(BaseModel):
    """What a request may name."""

    default: str
    names: list[str]


class ConfigurationsBody(BaseModel):
    """The pipelines and rubrics that a request for a run may name."""

    pipelines: Names
    rubrics: Names
