"""Flags samples that read like an earlier one though they share few words: paraphrases.

A flag is a hint for people, never a reason to drop: at any level of cosine there are pairs that ask
different things. So nothing here changes an outcome, and a server that is down costs flags only.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assay.domain.errors import InputError
from assay.domain.sample import Sample
from assay_filter.semantic.embedder import Embedder
from assay_filter.semantic.nearest import nearest_earlier
from assay_filter.semantic.settings import SemanticSettings


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
    texts: Sequence[str], embedder: Embedder, settings: SemanticSettings
) -> list[SemanticFlag]:
    """Return one flag for each text that is as similar to an earlier one as `threshold` asks.

    Blank texts have no meaning and no flag.

    Raises:
        InputError: there are more texts than `max_samples`.
        EmbeddingError: the server gave no usable answer.
    """
    if len(texts) > settings.max_samples:
        raise InputError(
            f"expected at most {settings.max_samples} samples for the semantic tier, found "
            f"{len(texts)}; raise max_samples (time grows with its square) or take a part"
        )
    rows = np.array([i for i, text in enumerate(texts) if text.strip()], np.int64)
    if len(rows) < 2:
        return []
    found = nearest_earlier(embedder.embed([texts[i] for i in rows.tolist()]))
    cosines = np.rint(1000 * np.clip(found.cosine, -1, 1)).astype(np.int64)
    alike = np.flatnonzero((found.position >= 0) & (cosines >= round(1000 * settings.threshold)))
    return [
        SemanticFlag(int(rows[i]), int(rows[found.position[i]]), int(cosines[i]))
        for i in alike.tolist()
    ]
