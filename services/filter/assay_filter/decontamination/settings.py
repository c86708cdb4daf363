"""Settings of decontamination; importing them costs no compiled code.

Defaults follow decon (allenai/decon, config/default.yaml: 5-grams, threshold .8, decay 20 to 50
tokens, weights of question, answer and passage) and the 13-gram of GPT-3. A token is a word, a
number, an operator or, in scripts that part no words by spaces, a character.
"""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

NGRAM = 5  # tokens; part of the index format


class IndexSettings(BaseModel):
    """What the index is made of; another value needs another index."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_tokens: int = Field(
        default=3, ge=1, le=20, description="tokens below which a question is not indexed at all"
    )
    min_turn_tokens: int = Field(
        default=20,
        ge=1,
        description="tokens that a later user turn of a conversation needs to be looked for",
    )
    max_template_items: int = Field(
        default=32,
        ge=1,
        le=1000,
        description="different questions that may share a 5-gram; one of more is a template's "
        "and is no evidence of its own",
    )
    max_support_tokens: int = Field(
        default=512, ge=8, le=10_000, description="tokens kept of an answer, passage or choices"
    )


class DecontaminationSettings(BaseModel):
    """What counts as a leaked evaluation item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: IndexSettings = IndexSettings()
    min_embedded_tokens: int = Field(
        default=8,
        ge=1,
        description="tokens from which a whole question inside of a longer text drops the sample; "
        "a shorter one must fill its message, or have its answer or choices beside it",
    )
    threshold: float = Field(
        default=0.8,
        gt=0.5,
        le=1,
        description="score, 0..1, from which a long question drops the sample; lower drops more",
    )
    strict_tokens: int = Field(
        default=20, ge=1, description="a question of so many tokens or fewer needs a score of 1"
    )
    lenient_tokens: int = Field(
        default=50, ge=1, description="a question of so many tokens or more needs `threshold`"
    )
    max_gap: int = Field(
        default=11, ge=0, le=1000, description="tokens without a match that end a passage"
    )
    answer_window: int = Field(
        default=50,
        ge=0,
        description="tokens around a question in which an answer of up to 3 tokens is looked for; "
        "a longer one is looked for within twice its length, 100 tokens at least",
    )
    soft_tokens: int = Field(
        default=13, ge=8, description="tokens in a row, shared with a question, that flag a sample"
    )
    soft_coverage: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="share of a question's 8-grams, 0..1, that flags a sample",
    )
    max_hits: int = Field(
        default=64, ge=1, le=10_000, description="items named for one sample, best first"
    )

    @model_validator(mode="after")
    def _decay_has_a_length(self) -> Self:
        if self.strict_tokens >= self.lenient_tokens:
            raise ValueError(
                f"strict_tokens must be below lenient_tokens, found {self.strict_tokens} and "
                f"{self.lenient_tokens}"
            )
        return self
