"""Flags samples that read like an earlier one though they share few words: paraphrases.

A flag is a hint for people, never a reason to drop: at any level of cosine there are pairs that ask
different things. So nothing here changes an outcome.
"""

from typing import Any, NamedTuple

import numpy as np

from assay.domain.sample import Sample
from assay_filter.semantic.nearest import nearest_earlier
from assay_filter.semantic.settings import SemanticSettings

RULE = "dedup.semantic"


class SemanticFlag(NamedTuple):
    """A sample and the earlier one that it reads like, by position; cosine in thousandths."""

    position: int
    other: int
    cosine: int


def semantic_text(sample: Sample) -> str:
    """What of a sample is embedded: what was asked and answered, without system prompt or tools."""
    spoken = (m.content for m in sample.messages if m.role in ("user", "assistant"))
    return "\n\n".join(text.strip() for text in spoken if text and text.strip())


def flag_similar(
    vectors: "np.ndarray[Any, np.dtype[np.int16]]", settings: SemanticSettings
) -> list[SemanticFlag]:
    """Return one flag for each quantised vector that is as similar to an earlier one as asked."""
    found = nearest_earlier(vectors, settings.max_compared)
    cosines = np.rint(1000 * np.clip(found.cosine, -1, 1)).astype(np.int64)
    alike = np.flatnonzero((found.position >= 0) & (cosines >= round(1000 * settings.threshold)))
    return [
        SemanticFlag(*flag)
        for flag in zip(
            alike.tolist(), found.position[alike].tolist(), cosines[alike].tolist(), strict=True
        )
    ]
