"""One kept sample on its way into the index."""

from typing import NamedTuple

import numpy as np

KEY_DTYPE = np.dtype("<i8")


class Entry(NamedTuple):
    """A row of `index_entry` without its id, batch and removal, in column order.

    `lookup_keys` are the entry's numbers in `index_key`, as `KEY_DTYPE`;
    `features` what `packing` writes, None where both sides are short.
    """

    ordinal: int
    sample_id: str
    outcome: str
    language: str
    num_chars: int
    exact_key: bytes
    near_exact_key: bytes
    num_context: int
    num_response: int
    lookup_keys: bytes
    features: bytes | None


class Partner(NamedTuple):
    """An entry as people call it: a sample of a run."""

    run_id: str
    ordinal: int
    sample_id: str
