"""From evaluation items to the arrays of the index.

Items are sorted by name and content first, so neither the order of files nor that of rows changes
the index. What is not indexed is counted by reason, for the statement of coverage.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay_filter.decontamination.arrays import IndexArrays
from assay_filter.decontamination.grams import gram_keys, prefixes, whole_keys
from assay_filter.decontamination.items import EvalItem
from assay_filter.decontamination.settings import NGRAM, IndexSettings
from assay_filter.decontamination.tokens import Tokens, tokenize

MAX_POSITIONS = 4  # of one gram in one question: more say nothing new and cost time on hostile text
QUOTE_CHARS = 160

EMPTY, TOO_SHORT, SHORT_TURN, COPY = (
    "no word, number or operator in the question",
    "question too short to be told from small talk",
    "later user turn too short to be told from small talk",
    "the same item again",
)


@dataclass(slots=True)
class Built:
    """The arrays, and what was left out by reason and benchmark."""

    arrays: IndexArrays
    left_out: dict[str, Counter[str]] = field(default_factory=dict)


class _Question(NamedTuple):
    item: int
    turn: int
    text: str
    place: int  # in the list of all texts that were cut into tokens


def build_arrays(items: Iterable[EvalItem], settings: IndexSettings) -> Built:
    """Build the index of some items."""
    left_out: dict[str, Counter[str]] = {}
    kept = _sorted_items(items, left_out)
    texts = [turn for item in kept for turn in item.turns]
    tokens = tokenize(texts)
    questions = _questions(kept, tokens, settings, left_out)
    return Built(_arrays(kept, questions, tokens, settings), left_out)


def _sorted_items(items: Iterable[EvalItem], left_out: dict[str, Counter[str]]) -> list[EvalItem]:
    kept: list[EvalItem] = []
    for item in sorted(items, key=_order):
        if kept and item == kept[-1]:
            _count(left_out, item, COPY)
        else:
            kept.append(item)
    return kept


def _order(item: EvalItem) -> tuple[str, str, str, str]:
    content = repr((item.turns, item.answer, item.passage, item.choices))
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return item.benchmark, item.split, item.id, digest


def _count(left_out: dict[str, Counter[str]], item: EvalItem, reason: str) -> None:
    left_out.setdefault(item.benchmark, Counter())[reason] += 1


def _questions(
    items: Sequence[EvalItem],
    tokens: Tokens,
    settings: IndexSettings,
    left_out: dict[str, Counter[str]],
) -> list[_Question]:
    """The turns that are looked for: the first, and later ones that are long enough."""
    found: list[_Question] = []
    place = 0
    lengths = np.diff(tokens.bounds).tolist()
    for number, item in enumerate(items):
        for turn, text in enumerate(item.turns):
            length = lengths[place]
            least = settings.min_tokens if turn == 0 else settings.min_turn_tokens
            if length >= least:
                found.append(_Question(number, turn, text, place))
            elif turn == 0:
                _count(left_out, item, TOO_SHORT if length else EMPTY)
            else:
                _count(left_out, item, SHORT_TURN)
            place += 1
    return found


def _arrays(
    items: Sequence[EvalItem],
    questions: Sequence[_Question],
    tokens: Tokens,
    settings: IndexSettings,
) -> IndexArrays:
    places = np.array([question.place for question in questions], np.int64)
    keys = whole_keys(prefixes(tokens.keys), tokens.bounds)[places]
    _, first, text_of = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))  # questions are numbered by first appearance
    text_of = rank[text_of]
    first = np.sort(first)
    chosen = _select(tokens, places[first])
    grams = _grams(chosen, settings.max_template_items)
    by_text = np.argsort(text_of, kind="stable")
    return IndexArrays(
        **grams,
        text_key=keys[first],
        text_length=np.diff(chosen.bounds).astype(np.int32),
        text_cuts=chosen.bounds,
        token_start=chosen.starts,
        token_end=chosen.ends,
        text_item_cuts=_cuts(np.bincount(text_of, minlength=len(first))).astype(np.int32),
        text_item=np.array([questions[i].item for i in by_text], np.int32),
        text_turn=np.array([questions[i].turn for i in by_text], np.int32),
        **_support("answer", [item.answer for item in items], settings),
        **_support("passage", [item.passage for item in items], settings),
        **_support("choices", ["\n".join(item.choices) for item in items], settings),
        **_strings("name", [name for i in items for name in (i.benchmark, i.split, i.id)]),
        **_strings("quote", [questions[i].text[:QUOTE_CHARS] for i in first]),
    )


def _select(tokens: Tokens, places: NDArray[np.int64]) -> Tokens:
    lengths = (tokens.bounds[places + 1] - tokens.bounds[places]).astype(np.int64)
    bounds = _cuts(lengths)
    at = np.repeat(tokens.bounds[places] - bounds[:-1], lengths) + np.arange(bounds[-1])
    return Tokens(tokens.keys[at], tokens.starts[at], tokens.ends[at], bounds)


def _grams(tokens: Tokens, max_template_items: int) -> dict[str, NDArray[Any]]:
    """Grams, their postings and weights, and the anchor of each question."""
    num_texts = len(tokens.bounds) - 1
    lengths = np.diff(tokens.bounds)
    text = np.repeat(np.arange(num_texts), lengths)
    at_token = np.flatnonzero(gram_keys(prefixes(tokens.keys), tokens.bounds))
    keys = gram_keys(prefixes(tokens.keys), tokens.bounds)[at_token]
    text = text[at_token]
    position = at_token - tokens.bounds[text]
    gram_key, gram = np.unique(keys, return_inverse=True)
    order = np.lexsort((position, text, gram))
    gram, text, position = gram[order], text[order], position[order]
    is_first = _changes(gram) | _changes(text)
    num_with = np.bincount(gram[is_first], minlength=len(gram_key))
    weight = np.rint(1000 * np.log1p(num_texts / np.maximum(num_with, 1))).astype(np.int64)
    is_telling = num_with <= max_template_items
    group = np.cumsum(is_first) - 1
    is_kept = np.arange(len(gram)) - np.flatnonzero(is_first)[group] < MAX_POSITIONS
    anchors = _anchors(gram, text, position, num_with, num_texts)
    telling = is_first & is_telling[gram]
    short = np.flatnonzero(lengths < NGRAM)
    short_keys = whole_keys(prefixes(tokens.keys), tokens.bounds)[short]
    by_key = np.argsort(short_keys)
    return {
        "gram_key": gram_key,
        "gram_weight": weight.astype(np.int32),
        "gram_num_texts": num_with.astype(np.int32),
        "gram_cuts": _cuts(np.bincount(gram[is_kept], minlength=len(gram_key))),
        "post_text": text[is_kept].astype(np.int32),
        "post_position": position[is_kept].astype(np.int32),
        **anchors,
        "short_key": short_keys[by_key],
        "short_text": short[by_key].astype(np.int32),
        "text_weight": _sums(text[is_first], weight[gram[is_first]], num_texts),
        "text_telling": _sums(text[telling], weight[gram[telling]], num_texts),
        "text_num_telling": _num_covered(
            text, position, is_telling[gram], tokens.bounds, num_texts
        ).astype(np.int32),
    }


def _anchors(
    gram: NDArray[np.int64],
    text: NDArray[np.int64],
    position: NDArray[np.int64],
    num_with: NDArray[np.int64],
    num_texts: int,
) -> dict[str, NDArray[Any]]:
    """Each question's rarest gram, the first of equals."""
    order = np.lexsort((position, num_with[gram], text))
    chosen = order[_changes(text[order])] if len(order) else order
    chosen = chosen[np.lexsort((text[chosen], gram[chosen]))]
    assert len(chosen) <= num_texts
    return {
        "anchor_cuts": _cuts(np.bincount(gram[chosen], minlength=len(num_with))).astype(np.int32),
        "anchor_text": text[chosen].astype(np.int32),
        "anchor_offset": position[chosen].astype(np.int32),
    }


def _num_covered(
    text: NDArray[np.int64],
    position: NDArray[np.int64],
    is_telling: NDArray[np.bool_],
    bounds: NDArray[np.int64],
    num_texts: int,
) -> NDArray[np.int64]:
    """Tokens of each question that stand in a telling gram."""
    marks = np.zeros(bounds[-1] + 1, np.int64)
    begins = bounds[text[is_telling]] + position[is_telling]
    np.add.at(marks, begins, 1)
    np.add.at(marks, begins + NGRAM, -1)
    covered = np.cumsum(marks[:-1]) > 0
    of_token = np.repeat(np.arange(num_texts), np.diff(bounds))
    return np.bincount(of_token[covered], minlength=num_texts)


def _support(name: str, texts: Sequence[str], settings: IndexSettings) -> dict[str, NDArray[Any]]:
    tokens = tokenize(texts)
    lengths = np.minimum(np.diff(tokens.bounds), settings.max_support_tokens)
    cuts = _cuts(lengths)
    at = np.repeat(tokens.bounds[:-1] - cuts[:-1], lengths) + np.arange(cuts[-1])
    return {f"{name}_cuts": cuts, f"{name}_key": tokens.keys[at]}


def _strings(name: str, texts: Sequence[str]) -> dict[str, NDArray[Any]]:
    encoded = [text.encode("utf-8", "replace") for text in texts]
    joined = np.frombuffer(b"".join(encoded), np.uint8)
    return {
        f"{name}_cuts": _cuts(np.array([len(e) for e in encoded], np.int64)),
        f"{name}s": joined,
    }


def _changes(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """True at the first of equal neighbours."""
    found = np.ones(len(values), np.bool_)
    found[1:] = values[1:] != values[:-1]
    return found


def _sums(rows: NDArray[np.int64], values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return np.bincount(rows, weights=values, minlength=count).astype(np.int64)


def _cuts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    cuts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=cuts[1:])
    return cuts
