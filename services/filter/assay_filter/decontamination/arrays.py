"""The index as plain arrays, which is also its form on disk.

A question (one user turn of an item) is a row of the `text_` arrays; questions with the same tokens
are one row, whatever benchmarks they stand in. A gram is a 5-gram of tokens; its postings are the
questions that hold it and where. Each question hangs on one rare gram, its anchor, by which a whole
question is recognised; one shorter than a gram is known by its own key alone.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class IndexArrays(NamedTuple):
    """Legend: G grams, P postings, T questions, I items, N tokens of all questions.

    Arrays whose name ends in `_cuts` have one entry more than rows: row i is cuts[i]:cuts[i + 1].
    """

    gram_key: U64  # (G,) sorted
    gram_weight: I32  # (G,) thousandths of ln(1 + T / questions with it)
    gram_num_texts: I32  # (G,) questions with it
    gram_cuts: I64  # (G + 1,) into the postings
    post_text: I32  # (P,) sorted within a gram
    post_position: I32  # (P,) at most MAX_POSITIONS for one gram and question
    anchor_cuts: I32  # (G + 1,) into the next two
    anchor_text: I32  # (T with an anchor,)
    anchor_offset: I32  # tokens between a question's beginning and its anchor
    short_key: U64  # sorted: keys of the questions shorter than a gram
    short_text: I32
    text_key: U64  # (T,) key of all its tokens
    text_length: I32  # (T,) tokens
    text_weight: I64  # (T,) sum over its different grams
    text_telling: I64  # (T,) the same over grams that tell it from others (no template's)
    text_num_telling: I32  # (T,) tokens that such grams cover
    text_cuts: I64  # (T + 1,) into the next two
    token_start: I32  # (N,) code points within the question
    token_end: I32
    text_item_cuts: I32  # (T + 1,) into the next two
    text_item: I32  # items that a question belongs to
    text_turn: I32  # which of the item's user turns it is
    answer_cuts: I64  # (I + 1,) into answer_key, token keys
    answer_key: U64
    passage_cuts: I64
    passage_key: U64
    choices_cuts: I64
    choices_key: U64
    name_cuts: I64  # (3 I + 1,) into names: benchmark, split, id of each item, UTF-8
    names: NDArray[np.uint8]
    quote_cuts: I64  # (T + 1,) into quotes: the first characters of a question, UTF-8
    quotes: NDArray[np.uint8]


ARRAY_TYPES: dict[str, type[np.generic]] = {
    **dict.fromkeys(IndexArrays._fields, np.int32),
    **{name: np.int64 for name in IndexArrays._fields if name.endswith("_cuts")},
    **{name: np.uint64 for name in IndexArrays._fields if name.endswith("_key")},
    "anchor_cuts": np.int32,
    "text_item_cuts": np.int32,
    "text_weight": np.int64,
    "text_telling": np.int64,
    "names": np.uint8,
    "quotes": np.uint8,
}
