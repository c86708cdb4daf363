"""The port of the semantic tier: whatever turns texts into vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assay.domain.errors import AssayError

PROBE = "Water boils at 100 degrees Celsius at sea level."  # what a server that embeds takes


class EmbeddingError(AssayError):
    """The embedding server gave no usable answer; no sample is to blame."""


class EmbeddingOutageError(EmbeddingError):
    """It gave none for now (away, slow, overloaded); worth another try later."""


class TextRefusedError(EmbeddingError):
    """It refused these texts as they are; asked one by one, others may be taken."""


class Embedder(Protocol):
    """Embeds texts; equal texts give equal vectors."""

    @property
    def model(self) -> str:
        """What stands in the record of a flag."""

    def embed(self, texts: Sequence[str]) -> list[NDArray[np.float32] | TextRefusedError]:
        """Return, per text and in order, its vector (of any length but zero), or the refusal.

        Raises:
            EmbeddingError: it could not be done; no text is to blame.
        """
