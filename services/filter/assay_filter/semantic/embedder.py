"""The port of the semantic tier: whatever turns texts into vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assay.domain.errors import AssayError


class EmbeddingError(AssayError):
    """The embedding server gave no usable answer; no sample is to blame."""


class Embedder(Protocol):
    """Embeds texts; equal texts give equal vectors."""

    @property
    def model(self) -> str:
        """What stands in the record of a flag."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector a text, shape (num_texts, num_dimensions), of any length but zero.

        Raises:
            EmbeddingError: it could not be done.
        """
