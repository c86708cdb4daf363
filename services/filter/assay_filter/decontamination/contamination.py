"""What is said of a leaked item: which one, how sure, where in the sample and where in the item."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from assay.domain.sample import JsonObject, Sample

QUOTE_CHARS = 80
DOCUMENTS = -1  # the message index of spans in documents
RULE_VERSION = 1  # of decon.exact, decon.ngram and decon.soft


class Tier(StrEnum):
    """How an item was found; the value is the last word of the rule's id."""

    EXACT = "exact"
    NGRAM = "ngram"
    SOFT = "soft"
    SEMANTIC = "semantic"

    @property
    def drops(self) -> bool:
        """Whether a hit drops the sample; otherwise it flags it."""
        return self in (Tier.EXACT, Tier.NGRAM)


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A passage of the sample: offsets in code points, and how it begins.

    `message` is an index, or -1 for documents; `field` is `content`, `tool_calls/0/arguments`,
    `documents/0/text` and the like.
    """

    message: int
    field: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Contamination:
    """One evaluation item found in a sample.

    `score` is in thousandths: 1000 for a whole question, else the weighted share of it.
    `answer` is the share of the answer found nearby (None: the item has none that says anything).
    `item_start`:`item_end` is the part of the question (of user turn `turn`) that was found.
    """

    benchmark: str
    split: str
    item_id: str
    tier: Tier
    score: int
    threshold: int
    spans: tuple[TextSpan, ...]
    turn: int
    item_start: int
    item_end: int
    item_quote: str
    num_tokens: int
    answer: int | None = None

    @property
    def action(self) -> str:
        """`drop` or `flag`."""
        return "drop" if self.tier.drops else "flag"

    @property
    def rule(self) -> str:
        return f"decon.{self.tier}"

    @property
    def name(self) -> str:
        """The item's full name."""
        return "/".join(part for part in (self.benchmark, self.split, self.item_id) if part)

    def to_json(self) -> JsonObject:
        return {
            "rule": self.rule,
            "action": self.action,
            "benchmark": self.benchmark,
            "split": self.split,
            "id": self.item_id,
            "score": self.score,
            "threshold": self.threshold,
            "answer": self.answer,
            "num_tokens": self.num_tokens,
            "spans": [
                {
                    "message": span.message,
                    "field": span.field,
                    "start": span.start,
                    "end": span.end,
                    "quote": span.quote,
                }
                for span in self.spans
            ],
            "item": {
                "turn": self.turn,
                "start": self.item_start,
                "end": self.item_end,
                "quote": self.item_quote,
            },
        }


class SemanticTier(Protocol):
    """A tier that compares meanings; it flags only, and raises where it cannot tell."""

    def find_many(self, samples: Sequence[Sample]) -> list[tuple[Contamination, ...]]:
        """Return the items of tier `semantic` found in each sample."""
        ...
