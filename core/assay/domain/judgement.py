"""What a judge says of one assistant turn: scores with their evidence, and defects with quotes.

Scores are integers, a thousandth of a point each (1000..5000), so that verdicts and digests are the
same on every platform. A dimension without evidence is `not_applicable`: no score is invented.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DIMENSIONS = (
    "correctness",
    "instruction_following",
    "completeness",
    "conciseness",
    "naturalness",
    "calibration",
)


class DefectStatus(StrEnum):
    """How far a defect is proved: code or a confirming read verifies, a judge alone claims."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    REFUTED = "refuted"


class Defect(BaseModel):
    """One defect in a response, with the words that prove it (verbatim in `field`).

    Attributes:
        probability: P(yes) of the confirming read, in thousandths; None where none was made.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    status: DefectStatus
    quote: str
    message: int
    field: str = "content"
    detector: str
    reason: str
    probability: int | None = Field(default=None, ge=0, le=1000)


class DimensionScore(BaseModel):
    """A dimension's score in thousandths, or None where it is not applicable.

    `features` are the named measurements that the score was made of. A judge that reads a
    distribution over the score tokens 1..5 gives its expectation as `score` and keeps the rest.

    Attributes:
        spread: one standard deviation, in thousandths of a point.
        entropy: of the distribution, in thousandths of a bit (0..2322).
        mass: probability that fell on the five score tokens, in thousandths; None where the server
            shows only what its grammar left.
        distribution: probability of 1, 2, 3, 4, 5 in thousandths, normalised.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    score: int | None = Field(default=None, ge=1000, le=5000)
    spread: int | None = Field(default=None, ge=0)
    features: Mapping[str, float] = Field(default_factory=dict)
    entropy: int | None = Field(default=None, ge=0)
    mass: int | None = Field(default=None, ge=0, le=1000)
    distribution: tuple[int, ...] | None = Field(default=None, min_length=5, max_length=5)


class Reduction(BaseModel):
    """What of the evidence did not fit into the judge's context; a response is never cut."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_turns_omitted: int = Field(default=0, ge=0)
    num_document_groups: int = Field(default=1, ge=1)


class Usage(BaseModel):
    """What an answer cost. Not part of what was judged: two equal judgements may differ in it.

    `num_cached_tokens` is None where the server does not tell; `from_cache` counts answers that
    came from Assay's own cache and cost nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_calls: int = Field(default=0, ge=0)
    num_retries: int = Field(default=0, ge=0)
    num_prompt_tokens: int = Field(default=0, ge=0)
    num_cached_tokens: int | None = Field(default=None, ge=0)
    num_completion_tokens: int = Field(default=0, ge=0)
    milliseconds: int = Field(default=0, ge=0)
    from_cache: int = Field(default=0, ge=0)

    def __add__(self, other: "Usage") -> "Usage":
        cached = [u.num_cached_tokens for u in (self, other) if u.num_cached_tokens is not None]
        return Usage(
            num_calls=self.num_calls + other.num_calls,
            num_retries=self.num_retries + other.num_retries,
            num_prompt_tokens=self.num_prompt_tokens + other.num_prompt_tokens,
            num_cached_tokens=sum(cached) if cached else None,
            num_completion_tokens=self.num_completion_tokens + other.num_completion_tokens,
            milliseconds=self.milliseconds + other.milliseconds,
            from_cache=self.from_cache + other.from_cache,
        )


class Judgement(BaseModel):
    """A judge's answer for one assistant turn.

    Attributes:
        judge: `evidence`, or the model's name as the server gives it.
        version: changes whenever the same turn may be judged differently.
        turn: index of the judged message.
        basis: what an absent score means.
        flags: each holds the verdict at borderline, for example `injection_suspected`.
        checks: probability of "yes" per critical-thinking check of the rubric, in thousandths.
        mode: `fast`, `standard` or `thorough`; None for a judge without modes.
        rubric: digest of what the judge was told of the rubric (`Rubric.judging_digest`).
        prompts: digest of the prompt files.
        reduction: what was left out of the context; None when everything was shown.
        num_fabricated_quotes: quotes that the judge gave and that do not stand in the response.
        num_neutralised: control tokens that were made harmless in the sample's text.
        raw: the model's own words, as received.
        usage: what it cost; no digest covers it, for it differs from one time to the next.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    judge: str
    version: str
    turn: int
    scores: Mapping[str, DimensionScore]
    defects: tuple[Defect, ...] = ()
    basis: Literal["scored", "no_defect_found"] = "scored"
    flags: tuple[str, ...] = ()
    checks: Mapping[str, int] = Field(default_factory=dict)
    mode: str | None = None
    rubric: str | None = None
    prompts: str | None = None
    reduction: Reduction | None = None
    num_fabricated_quotes: int = Field(default=0, ge=0)
    num_neutralised: int = Field(default=0, ge=0)
    raw: tuple[str, ...] = ()
    usage: Usage | None = None
