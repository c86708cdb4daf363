"""Settings of deduplication; importing them costs no compiled code.

The defaults follow measurements on instruction data: character 5-shingles at Jaccard .80 find one
word edits and leave other tasks of the same template alone; 32 bands of 8 rows propose .85, .997
and 1.0 of the pairs at .7, .8 and .85 (1 - (1 - J^8)^32), and every proposal is verified.
"""

from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SLOTS = 256


class FeatureParameters(NamedTuple):
    """The settings that a feature file depends on; files made with others are refused."""

    num_bands: int
    rows: int
    min_chars: int
    min_shingles: int


class DedupSettings(BaseModel):
    """What counts as a duplicate, and how hard to look for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    exact: bool = Field(default=True, description="drop copies with the same canonical content")
    near_exact: bool = Field(
        default=True,
        description="drop copies that differ only in case, white space or prose punctuation",
    )
    near: bool = Field(default=True, description="drop near copies, verified by exact Jaccard")
    threshold: float = Field(
        default=0.80,
        ge=0.5,
        le=1.0,
        description="Jaccard similarity of 5-character shingles that context and answer must each "
        "reach, 0.5..1; higher keeps more",
    )
    num_bands: int = Field(
        default=32, ge=1, le=64, description="bands per signature; more finds less similar pairs"
    )
    rows: int = Field(
        default=8, ge=2, le=32, description="signature slots per band; more proposes fewer pairs"
    )
    min_chars: int = Field(
        default=20,
        ge=0,
        description="a side with fewer characters (white space and prose punctuation not counted) "
        "must be equal, not similar",
    )
    min_shingles: int = Field(
        default=8,
        ge=1,
        le=64,
        description="a side with fewer different 5-character shingles must be equal, not similar",
    )
    short_answer_changes: int = Field(
        default=32,
        ge=0,
        description="where the answer is short (a label), the most context shingles that may "
        "differ, about 8 per changed word; a very large number switches the limit off",
    )
    guard: bool = Field(
        default=True,
        description="keep near copies whose numbers or code identifiers differ, and flag them",
    )
    prompt_cap: int = Field(
        default=3,
        ge=0,
        description="answers kept per prompt when answers differ, best first; 0 keeps all",
    )

    @model_validator(mode="after")
    def _fits_the_signature(self) -> Self:
        if self.num_bands * self.rows > SLOTS:
            raise ValueError(
                f"num_bands x rows must be at most {SLOTS}, found {self.num_bands} x {self.rows}"
            )
        return self

    @property
    def parameters(self) -> FeatureParameters:
        """The part that feature files depend on."""
        return FeatureParameters(self.num_bands, self.rows, self.min_chars, self.min_shingles)
