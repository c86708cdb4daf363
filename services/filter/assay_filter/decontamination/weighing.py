"""From matches to contaminations: evidence is looked at where it decides, the best is kept.

An item that stands in several fields of a sample is one contamination with several spans; its tier
and score are those of its best passage.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from assay_filter.decontamination.arrays import I64, IndexArrays
from assay_filter.decontamination.contamination import (
    QUOTE_CHARS,
    Contamination,
    TextSpan,
    Tier,
)
from assay_filter.decontamination.evidence import Surroundings, evidence_of
from assay_filter.decontamination.naming import Names
from assay_filter.decontamination.passages import (
    FIELD,
    FIRST,
    LAST,
    NUM_EIGHTS,
    RUN_LENGTH,
    RUN_POSITION,
    RUN_TELLING,
    SHARED,
    SHARED_TELLING,
    TEXT,
)
from assay_filter.decontamination.scoring import (
    Evidence,
    Shared,
    may_drop,
    score_of,
    threshold_of,
    tier_of,
)
from assay_filter.decontamination.settings import NGRAM, DecontaminationSettings
from assay_filter.decontamination.texts import PlacedText
from assay_filter.decontamination.tokens import Tokens

_WHOLE = 1000
_ORDER = {Tier.EXACT: 0, Tier.NGRAM: 1, Tier.SOFT: 2, Tier.SEMANTIC: 3}


class Batch(NamedTuple):
    """Fields of some samples, laid end to end, and their tokens."""

    fields: Sequence[PlacedText]
    sample_of: I64
    tokens: Tokens


class Matches(NamedTuple):
    """What the kernels found: see `find_whole` and `find_passages`."""

    whole: I64
    passages: I64


class _Passage(NamedTuple):
    """A passage weighed for one item; tokens count in the batch, positions in the question."""

    item: int
    turn: int
    text: int
    field: int
    tier: Tier
    score: int
    threshold: int
    answer: int | None
    start: int
    end: int
    position: int
    position_end: int

    @property
    def rank(self) -> tuple[int, int, int]:
        return _ORDER[self.tier], -self.score, self.start


def weigh(
    batch: Batch,
    matches: Matches,
    arrays: IndexArrays,
    names: Names,
    settings: DecontaminationSettings,
) -> dict[int, tuple[Contamination, ...]]:
    """Return the contaminations of each sample that has any, best first."""
    scale = _Scale(batch, arrays, settings)
    by_sample: dict[int, dict[int, list[_Passage]]] = defaultdict(lambda: defaultdict(list))
    for passage in (*scale.whole(matches.whole), *scale.parts(matches.passages)):
        by_sample[int(batch.sample_of[passage.field])][passage.item].append(passage)
    found = {}
    for sample, by_item in by_sample.items():
        best = sorted((sorted(p, key=_rank) for p in by_item.values()), key=lambda p: p[0].rank)
        found[sample] = tuple(
            _contamination(passages, batch, arrays, names) for passages in best[: settings.max_hits]
        )
    return found


def _rank(passage: _Passage) -> tuple[int, int, int]:
    return passage.rank


class _Scale:
    """Weighs the matches of one batch."""

    def __init__(
        self, batch: Batch, arrays: IndexArrays, settings: DecontaminationSettings
    ) -> None:
        self._batch = batch
        self._arrays = arrays
        self._settings = settings
        firsts = np.searchsorted(batch.sample_of, np.arange(batch.sample_of[-1] + 2))
        self._sample_bounds = batch.tokens.bounds[firsts]  # tokens of each sample

    def whole(self, rows: I64) -> Iterable[_Passage]:
        """Weigh whole questions; a short one needs a message of its own, or evidence."""
        for text, field, start in rows.tolist():
            end = start + int(self._arrays.text_length[text])
            fills = end - start == self._num_tokens(field)
            for item, turn in self._items(text):
                evidence = self._evidence(item, field, start, end)
                tier = self._tier_of_whole(item, end - start, fills, evidence)
                if tier is not None:
                    yield _Passage(
                        item, turn, text, field, tier, _WHOLE, _WHOLE, evidence.answer,
                        start, end, 0, end - start,
                    )  # fmt: skip

    def parts(self, rows: I64) -> Iterable[_Passage]:
        """Weigh passages that share a part of a question."""
        for row in rows.tolist():
            text = row[TEXT]
            shared = self._shared(row)
            if shared.num_tokens < self._settings.min_embedded_tokens:
                continue  # found as a whole, or not at all
            threshold = threshold_of(shared.num_telling_tokens, self._settings)
            tier = tier_of(shared, shared.share, threshold, self._settings)
            needs_evidence = tier is not Tier.NGRAM and may_drop(shared.share, threshold)
            if tier is None and not needs_evidence:
                continue
            start, end = row[FIRST], row[LAST] + NGRAM
            for item, turn in self._items(text):
                evidence = Evidence(None, None)
                is_stem = self._is_stem(item, shared.num_tokens)
                if needs_evidence or is_stem:
                    evidence = self._evidence(item, row[FIELD], start, end)
                score = score_of(shared.share, evidence)
                found = tier_of(shared, score, threshold, self._settings)
                if found is not None and (evidence.is_near or not is_stem):
                    yield _Passage(
                        item, turn, text, row[FIELD], found, score, threshold, evidence.answer,
                        start, end, row[RUN_POSITION],
                        row[RUN_POSITION] + row[RUN_LENGTH] + NGRAM - 1,
                    )  # fmt: skip

    def _is_stem(self, item: int, num_tokens: int) -> bool:
        """Whether a question ("Which of these is true?") is nothing without its choices."""
        cuts = self._arrays.choices_cuts
        has_choices = bool(cuts[item + 1] > cuts[item])
        return has_choices and num_tokens < self._settings.strict_tokens

    def _items(self, text: int) -> Iterable[tuple[int, int]]:
        cuts = self._arrays.text_item_cuts
        for at in range(cuts[text], cuts[text + 1]):
            yield int(self._arrays.text_item[at]), int(self._arrays.text_turn[at])

    def _num_tokens(self, field: int) -> int:
        bounds = self._batch.tokens.bounds
        return int(bounds[field + 1] - bounds[field])

    def _tier_of_whole(
        self, item: int, num_tokens: int, fills: bool, evidence: Evidence
    ) -> Tier | None:
        if evidence.is_near:
            return Tier.EXACT
        if self._is_stem(item, num_tokens):
            return None
        if fills or num_tokens >= self._settings.min_embedded_tokens:
            return Tier.EXACT
        return Tier.SOFT if num_tokens >= NGRAM else None

    def _evidence(self, item: int, field: int, start: int, end: int) -> Evidence:
        sample = self._batch.sample_of[field]
        low, high = self._sample_bounds[sample], self._sample_bounds[sample + 1]
        around = Surroundings(self._batch.tokens.keys[low:high], start - low, end - low)
        return evidence_of(item, self._arrays, around, self._settings)

    def _shared(self, row: Sequence[int]) -> Shared:
        arrays, text = self._arrays, row[TEXT]
        return Shared(
            row[SHARED],
            int(arrays.text_weight[text]),
            row[SHARED_TELLING],
            int(arrays.text_telling[text]),
            row[RUN_TELLING],
            row[NUM_EIGHTS],
            int(arrays.text_length[text]),
            int(arrays.text_num_telling[text]),
        )


def _contamination(
    passages: Sequence[_Passage], batch: Batch, arrays: IndexArrays, names: Names
) -> Contamination:
    best = passages[0]
    name = names.item(best.item)
    first = arrays.text_cuts[best.text]
    same = (passage for passage in passages if passage.tier is best.tier)
    return Contamination(
        benchmark=name.benchmark,
        split=name.split,
        item_id=name.id,
        tier=best.tier,
        score=best.score,
        threshold=best.threshold,
        spans=tuple(_span(passage, batch) for passage in same),
        turn=best.turn,
        item_start=int(arrays.token_start[first + best.position]),
        item_end=int(arrays.token_end[first + best.position_end - 1]),
        item_quote=names.quote(best.text)[:QUOTE_CHARS],
        num_tokens=int(arrays.text_length[best.text]),
        answer=best.answer,
    )


def _span(passage: _Passage, batch: Batch) -> TextSpan:
    field = batch.fields[passage.field]
    start = int(batch.tokens.starts[passage.start])
    end = int(batch.tokens.ends[passage.end - 1])
    quote = field.text[start : min(end, start + QUOTE_CHARS)]
    return TextSpan(field.message, field.field, start, end, quote)
