"""How the model judge works: its mode, its sampling, and when a read counts.

Defaults are the vetted setting. What can change an answer is part of the judge's version; how many
judgements are made at a time is not.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Mode(StrEnum):
    """How much is asked of the model for one assistant turn.

    Attributes:
        FAST: one call, evidence and six digits in one text; nothing confirms a claim.
        STANDARD: one call for evidence, then one batch of one-token reads.
        THOROUGH: the same over both orders of the levels and several samples, averaged.
        CASCADE: fast, and standard where fast leaves doubt.
    """

    FAST = "fast"
    STANDARD = "standard"
    THOROUGH = "thorough"
    CASCADE = "cascade"


_THOROUGH_ONLY = frozenset(("num_samples", "sample_temperature", "max_group_chars"))
_CASCADE_ONLY = frozenset(("escalate_within", "escalate_entropy"))


class EngineSettings(BaseModel):
    """Settings of one engine.

    Attributes:
        seed: of the first generation; others derive theirs from it.
        temperature: of the evidence call.
        min_label_mass: a read whose labels hold less probability is refused.
        confirm_at: P(yes) from which a claimed hard defect is verified.
        refute_below: P(yes) below which it is refuted; in between it stays unverified.
        suspect_at: P(yes) from which the injection read sets its flag.
        escalate_within: points around a threshold of the rubric in which `cascade` asks again.
        escalate_entropy: bits of one score's distribution above which `cascade` asks again.
        num_samples: `thorough` draws so many evidence texts for each order of the levels.
        sample_temperature: `thorough`, of all samples but the first.
        max_group_chars: `thorough` shows longer sets of documents in groups of about this length.
        max_document_groups: documents that would need more groups are a context overflow.
        descending: the levels of each dimension are told from 5 down to 1; `thorough` averages over
            both orders anyway.
        max_in_flight: assistant turns judged at a time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Mode = Mode.STANDARD
    seed: int = Field(default=0, ge=0, lt=2**31)
    temperature: float = Field(default=0.0, ge=0, le=2)
    min_label_mass: float = Field(default=0.5, ge=0, le=1)
    confirm_at: float = Field(default=0.5, gt=0, le=1)
    refute_below: float = Field(default=0.2, ge=0, le=1)
    suspect_at: float = Field(default=0.5, gt=0, le=1)
    escalate_within: float = Field(default=0.3, ge=0, le=4)
    escalate_entropy: float = Field(default=1.5, ge=0, le=2.33)
    num_samples: int = Field(default=2, ge=1, le=16)
    sample_temperature: float = Field(default=0.7, ge=0, le=2)
    max_group_chars: int = Field(default=12_000, ge=1_000)
    max_document_groups: int = Field(default=32, ge=1)
    descending: bool = False
    max_in_flight: int = Field(default=64, ge=1)

    def judging_fields(self) -> Mapping[str, object]:
        """Return what may change an answer in this mode."""
        unused = {"max_in_flight"}
        if self.mode is not Mode.THOROUGH:
            unused |= _THOROUGH_ONLY
        if self.mode is not Mode.CASCADE:
            unused |= _CASCADE_ONLY
        if self.mode is Mode.THOROUGH or not self.descending:
            unused.add("descending")  # the usual order needs no mention
        return self.model_dump(mode="json", exclude=unused)
