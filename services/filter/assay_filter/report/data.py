"""What the report shows; gathered by the run, rendered by `assay_filter.report.page`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class TextEdit:
    """One reversible text edit, for a diff: where, what stood there, what stands there now."""

    pointer: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Example:
    """One sample that a rule spoke of. `snippet` is the start of its last exchange."""

    sample_id: str
    row: str
    reason: str
    quote: str
    edits: Sequence[TextEdit]
    snippet: str


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """How often a rule took an action, with examples. `action`: drop, flag, note, fix, error."""

    rule: str
    action: str
    num_samples: int
    summary: str
    examples: Sequence[Example]


class Member(NamedTuple):
    """A duplicate in a cluster; similarities to the survivor in thousandths."""

    sample_id: str
    row: str
    method: str
    context_similarity: int | None
    response_similarity: int | None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A survivor and its duplicates (the first few of `num_dropped`)."""

    kept: Example
    num_dropped: int
    dropped: Sequence[Member]


@dataclass(slots=True)
class ReportData:
    """Everything on the page. Scores and similarities are in thousandths."""

    run_id: str
    created_at: str
    finished_at: str
    seconds: Mapping[str, float]  # stage -> wall seconds
    inputs: Sequence[Mapping[str, str | int]]
    formats: Mapping[str, int]
    outcomes: Mapping[str, int]
    reasons: Sequence[tuple[str, str, int]]  # outcome, reason, number of samples
    rules: Sequence[RuleFigures]
    overall: Mapping[int, int]  # lower edge of a 0.25-point bin, in thousandths -> samples
    dimensions: Mapping[str, Mapping[int, int]]  # dimension -> bin -> samples
    not_applicable: Mapping[str, int]  # dimension -> judged samples without a score
    num_judged: int
    bases: Mapping[str, int]
    tokens: Mapping[int, int]  # exponent e: 2**(e-1) <= tokens < 2**e -> samples
    languages: Mapping[str, int]
    types: Mapping[str, int]
    clusters: Sequence[Cluster]
    duplicate_methods: Mapping[str, int]
    settings: Mapping[str, str]  # title -> YAML or JSON text
    evaluation: Mapping[str, Any] | None  # digest, items, coverage in sentences
    judge: str
    judge_version: str
    chain_head: str
    notes: Sequence[str] = field(default_factory=tuple)
    semantic: Mapping[str, Any] | None = None  # who embedded, and how much was flagged
    cost: Mapping[str, int | None] | None = None  # what judging used; None without a model
