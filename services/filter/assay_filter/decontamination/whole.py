"""Finds whole questions in a stream of tokens, in time linear in the stream.

A rare gram of each question (its anchor) says where it would begin; the key of the range says
whether it is there. A question shorter than a gram is looked up by its own key.
"""

import numpy as np

from assay_filter.decontamination.arrays import I64
from assay_filter.decontamination.grams import range_key
from assay_filter.decontamination.native import native
from assay_filter.decontamination.needles import Needles, Scratch, Stream, grown
from assay_filter.decontamination.settings import NGRAM

_FILTER = np.uint64(0xFFFF)


@native
def find_whole(needles: Needles, stream: Stream, scratch: Scratch) -> I64:
    """Find whole questions: rows of question, field, first token; each once a field."""
    found = np.empty((64, 3), np.int64)
    num = 0
    for field in range(len(stream.bounds) - 1):
        scratch.stamp[0] += 1
        begin, end = stream.bounds[field], stream.bounds[field + 1]
        for i in range(begin, end):
            if num + 64 > len(found):
                found = grown(found)
            text = _short_at(needles, stream, i, end)
            if text >= 0 and scratch.field[text] != scratch.stamp[0]:
                num = _add(found, num, scratch, text, field, i)
            gram = stream.grams[i]
            if gram < 0:
                continue
            for a in range(needles.anchor_cuts[gram], needles.anchor_cuts[gram + 1]):
                text = needles.anchor_text[a]
                start = i - needles.anchor_offset[a]
                if scratch.field[text] == scratch.stamp[0]:
                    continue
                if _stands_at(needles, stream, text, start, begin, end):
                    if num == len(found):
                        found = grown(found)
                    num = _add(found, num, scratch, text, field, start)
    return found[:num]


@native
def _add(found: I64, num: int, scratch: Scratch, text: int, field: int, start: int) -> int:
    scratch.field[text] = scratch.stamp[0]
    found[num, 0] = text
    found[num, 1] = field
    found[num, 2] = start
    return num + 1


@native
def _stands_at(
    needles: Needles, stream: Stream, text: int, start: int, begin: int, end: int
) -> bool:
    length = needles.text_length[text]
    if start < begin or start + length > end:
        return False
    key = range_key(stream.sums, needles.powered, start, length)
    return bool(key == needles.text_key[text])


@native
def _short_at(needles: Needles, stream: Stream, i: int, end: int) -> int:
    """The longest question shorter than a gram that begins at token `i`, or -1."""
    for length in range(min(NGRAM - 1, end - i), 0, -1):
        if not needles.short_lengths[length]:
            continue
        key = range_key(stream.sums, needles.powered, i, length)
        if needles.short_filter[key & _FILTER]:
            at = np.searchsorted(needles.short_key, key)
            if at < len(needles.short_key) and needles.short_key[at] == key:
                return int(needles.short_text[at])
    return -1
