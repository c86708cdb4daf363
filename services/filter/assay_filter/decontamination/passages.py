"""Finds passages that share a part of a question, in time linear in the stream of tokens.

Every telling gram votes for the questions that hold it; votes of a question lie in one passage
while no gap between them is wider than `max_gap`. Each question's best passage in a field is
measured where it may reach a tier.

A token votes for at most `max_template_items` questions, an equal gram once a passage, and one
passage a question and field is measured: hostile text can make work, but no more than that.
"""

import numpy as np

from assay_filter.decontamination.arrays import I64
from assay_filter.decontamination.native import native
from assay_filter.decontamination.needles import Limits, Needles, Scratch, Stream, grown
from assay_filter.decontamination.settings import NGRAM

EIGHT = 8 - NGRAM + 1  # grams in a row that make an 8-gram

WEIGHT, BEGIN, END, BEGIN_AT, BEST, BEST_BEGIN, BEST_END, BEST_AT = range(8)
STAMP, AT, RUN, TELLING, EIGHT_STAMP = range(5)

# Columns of what `find_passages` returns.
TEXT, FIELD, FIRST, LAST, SHARED, SHARED_TELLING, RUN_START, RUN_POSITION, RUN_LENGTH = range(9)
RUN_TELLING, NUM_EIGHTS, NUM_COLUMNS = range(9, 12)


@native
def find_passages(needles: Needles, stream: Stream, scratch: Scratch, limits: Limits) -> I64:
    """Find and measure each question's best passage in each field."""
    found = np.empty((64, NUM_COLUMNS), np.int64)
    num = 0
    for field in range(len(stream.bounds) - 1):
        num_touched = _vote(needles, stream, scratch, limits, field)
        for k in range(num_touched):
            text = scratch.touched[k]
            _close(scratch, text)
            if not _is_worth_measuring(needles, stream, scratch, limits, text):
                continue
            if num == len(found):
                found = grown(found)
            found[num, TEXT] = text
            found[num, FIELD] = field
            _measure(needles, stream, scratch, limits, text, field, found[num])
            num += 1
    return found[:num]


@native
def _vote(needles: Needles, stream: Stream, scratch: Scratch, limits: Limits, field: int) -> int:
    """Collect votes of one field; returns how many questions got any."""
    scratch.stamp[0] += 1
    field_stamp = scratch.stamp[0]
    num_touched = 0
    for i in range(stream.bounds[field], stream.bounds[field + 1]):
        gram = stream.grams[i]
        if gram < 0 or needles.gram_num_texts[gram] > limits.max_template_items:
            continue
        previous = -1
        for p in range(needles.gram_cuts[gram], needles.gram_cuts[gram + 1]):
            text = needles.post_text[p]
            if text == previous:
                continue
            previous = text
            votes = scratch.votes[text]
            if scratch.field[text] != field_stamp:
                scratch.field[text] = field_stamp
                scratch.touched[num_touched] = text
                num_touched += 1
                votes[BEST] = 0
                _open(scratch, text, i, needles.post_position[p])
            elif i - votes[END] > limits.max_gap + 1:
                _close(scratch, text)
                _open(scratch, text, i, needles.post_position[p])
            votes[END] = i
            if scratch.seen[p] != scratch.passage[text]:
                scratch.seen[p] = scratch.passage[text]
                votes[WEIGHT] += needles.gram_weight[gram]
    return num_touched


@native
def _open(scratch: Scratch, text: int, i: int, position: int) -> None:
    scratch.stamp[0] += 1
    scratch.passage[text] = scratch.stamp[0]
    scratch.votes[text, WEIGHT] = 0
    scratch.votes[text, BEGIN] = i
    scratch.votes[text, BEGIN_AT] = position


@native
def _close(scratch: Scratch, text: int) -> None:
    votes = scratch.votes[text]
    if votes[WEIGHT] > votes[BEST]:
        votes[BEST] = votes[WEIGHT]
        votes[BEST_BEGIN] = votes[BEGIN]
        votes[BEST_END] = votes[END]
        votes[BEST_AT] = votes[BEGIN_AT]


@native
def _is_worth_measuring(
    needles: Needles, stream: Stream, scratch: Scratch, limits: Limits, text: int
) -> bool:
    votes = scratch.votes[text]
    if votes[BEST] * 1000 >= needles.text_telling[text] * limits.min_share:
        return True
    run = 0
    for i in range(votes[BEST_BEGIN], votes[BEST_END] + 1):
        run = run + 1 if stream.grams[i] >= 0 else 0
        if run >= limits.min_run:
            return True
    return False


@native
def _measure(
    needles: Needles,
    stream: Stream,
    scratch: Scratch,
    limits: Limits,
    text: int,
    field: int,
    row: I64,
) -> None:
    """Measure what a passage shares with a question, template grams included.

    The passage is widened by as many tokens as the question has before and after it. `cells` holds,
    for each place in the question, when it was last matched, where, how many places in a row and
    how many telling ones among them, and whether an 8-gram that ends there was counted.
    """
    length = needles.text_length[text]
    votes = scratch.votes[text]
    reach = length + limits.max_gap
    low = max(stream.bounds[field], votes[BEST_BEGIN] - votes[BEST_AT] - limits.max_gap)
    high = min(stream.bounds[field + 1], votes[BEST_END] + reach - votes[BEST_AT] + 1)
    high = max(high, votes[BEST_END] + 1)
    scratch.stamp[0] += 1
    row[FIRST] = -1
    row[LAST] = -1
    for column in range(SHARED, NUM_COLUMNS):
        row[column] = 0
    for i in range(low, high):
        gram = stream.grams[i]
        if gram < 0:
            continue
        p = _posting(needles, gram, text)
        if p < 0:
            continue
        if row[FIRST] < 0:
            row[FIRST] = i
        row[LAST] = i
        is_telling = needles.gram_num_texts[gram] <= limits.max_template_items
        if scratch.seen[p] != scratch.stamp[0]:
            scratch.seen[p] = scratch.stamp[0]
            row[SHARED] += needles.gram_weight[gram]
            row[SHARED_TELLING] += needles.gram_weight[gram] if is_telling else 0
        last = p
        while last < needles.gram_cuts[gram + 1] and needles.post_text[last] == text:
            last += 1
        for at in range(last - 1, p - 1, -1):  # backwards: a place needs the one before as it was
            _extend(scratch.cells, scratch.stamp[0], needles.post_position[at], i, is_telling, row)


@native
def _extend(cells: I64, stamp: int, position: int, i: int, is_telling: bool, row: I64) -> None:
    """Enter a match of place `position` in the question with token `i`."""
    run = telling = 0
    if position > 0:
        before = cells[position - 1]
        if before[STAMP] == stamp and before[AT] == i - 1:
            run, telling = before[RUN], before[TELLING]
    cell = cells[position]
    if cell[STAMP] != stamp:
        cell[EIGHT_STAMP] = 0
    cell[STAMP] = stamp
    cell[AT] = i
    cell[RUN] = run + 1
    cell[TELLING] = telling + (1 if is_telling else 0)
    if cell[RUN] >= EIGHT and cell[EIGHT_STAMP] != stamp:
        cell[EIGHT_STAMP] = stamp
        row[NUM_EIGHTS] += 1
    if cell[RUN] > row[RUN_LENGTH]:
        row[RUN_LENGTH] = cell[RUN]
        row[RUN_TELLING] = cell[TELLING]
        row[RUN_START] = i - cell[RUN] + 1
        row[RUN_POSITION] = position - cell[RUN] + 1


@native
def _posting(needles: Needles, gram: int, text: int) -> int:
    """The first posting of a gram for one question, by bisection; -1 where there is none."""
    low, high = needles.gram_cuts[gram], needles.gram_cuts[gram + 1]
    end = high
    while low < high:
        middle = (low + high) // 2
        if needles.post_text[middle] < text:
            low = middle + 1
        else:
            high = middle
    return int(low) if low < end and needles.post_text[low] == text else -1
