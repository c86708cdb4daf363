"""What the kernels of the search read and remember, and how grams are looked up."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.decontamination.arrays import I32, I64, U64
from assay_filter.decontamination.native import native


class Needles(NamedTuple):
    """The part of the index that kernels read; see `IndexArrays`."""

    gram_key: U64
    bucket_cuts: I32  # grams by the leading bits of their keys
    shift: np.uint64
    gram_weight: I32
    gram_num_texts: I32
    gram_cuts: I64
    post_text: I32
    post_position: I32
    anchor_cuts: I32
    anchor_text: I32
    anchor_offset: I32
    short_key: U64
    short_text: I32
    short_filter: NDArray[np.uint8]  # bits by the low bits of a short key
    short_lengths: NDArray[np.bool_]  # (NGRAM,)
    text_key: U64
    text_length: I32
    text_telling: I64
    powered: U64


class Stream(NamedTuple):
    """Tokens of fields: their prefix sums, grams (-1: unknown to the index) and field bounds."""

    sums: U64
    grams: I32
    bounds: I64


class Limits(NamedTuple):
    """Thresholds of the search, as whole numbers."""

    max_template_items: int
    max_gap: int
    min_run: int  # grams in a row, known to the index, that make a passage worth measuring
    min_share: int  # thousandths of a question's telling weight that do


class Scratch(NamedTuple):
    """What the search remembers of each question; never cleared, its stamps only rise."""

    stamp: I64  # (1,) the last stamp given out
    field: I64  # (T,) stamp of the field it was last met in
    passage: I64  # (T,) stamp of its open passage
    votes: I64  # (T, 8): see the columns below
    seen: I64  # (P,) stamp of the passage that a posting has voted in
    touched: I32  # (T,) questions met in a field
    cells: I64  # (longest question, 5): see `measure`


def make_scratch(needles: Needles) -> Scratch:
    """Return a blank memory for an index."""
    num_texts, num_posts = len(needles.text_key), len(needles.post_text)
    longest = int(needles.text_length.max()) if num_texts else 0
    return Scratch(
        np.zeros(1, np.int64),
        np.zeros(num_texts, np.int64),
        np.zeros(num_texts, np.int64),
        np.zeros((num_texts, 8), np.int64),
        np.zeros(num_posts, np.int64),
        np.zeros(num_texts, np.int32),
        np.zeros((longest + 1, 5), np.int64),
    )


@native
def look_up(keys: U64, gram_key: U64, bucket_cuts: I32, shift: np.uint64) -> I32:
    """Return the number of each gram in the index, -1 for those it does not know."""
    found = np.full(len(keys), -1, np.int32)
    for i in range(len(keys)):
        if keys[i] == 0:
            continue
        bucket = keys[i] >> shift
        for g in range(bucket_cuts[bucket], bucket_cuts[bucket + np.uint64(1)]):
            if gram_key[g] == keys[i]:
                found[i] = g
                break
    return found


@native
def grown(found: I64) -> I64:
    """Return an array with room for twice the rows."""
    larger = np.empty((2 * len(found), found.shape[1]), np.int64)
    larger[: len(found)] = found
    return larger
