"""The index of evaluation items, and the search of samples for them.

`EvalIndex` is a pure function of its items and settings: `find` gives the same hits whatever was
searched before, in whichever process. It is pickled as the path of its file, so a worker that gets
one loads it once. Threads may share one; they take turns.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assay.domain.sample import Message, Sample
from assay_filter.decontamination.arrays import I32, I64, U64, IndexArrays
from assay_filter.decontamination.contamination import Contamination
from assay_filter.decontamination.grams import gram_keys, powers, prefixes
from assay_filter.decontamination.naming import Names
from assay_filter.decontamination.needles import Limits, Needles, Stream, look_up, make_scratch
from assay_filter.decontamination.passages import find_passages
from assay_filter.decontamination.settings import NGRAM, DecontaminationSettings
from assay_filter.decontamination.texts import PlacedText, texts_of
from assay_filter.decontamination.tokens import Tokens, tokenize
from assay_filter.decontamination.weighing import Batch, Matches, weigh
from assay_filter.decontamination.whole import find_whole

BATCH_CHARS = 1 << 20  # of samples searched in one go; a larger sample goes alone
_MAX_BUCKET_BITS = 22


@dataclass(frozen=True, slots=True)
class BenchmarkSize:
    """What is indexed of one benchmark, in items."""

    num_items: int = 0
    num_exact_only: int = 0  # too short or too much of a template: found as a whole, or not
    num_with_answer: int = 0
    num_with_passage: int = 0
    num_with_choices: int = 0
    left_out: dict[str, int] = field(default_factory=dict)  # by reason


@dataclass(frozen=True, slots=True)
class IndexNotes:
    """Where an index came from, and what is not in it."""

    num_rows: int = 0
    unread: dict[str, int] = field(default_factory=dict)  # rows that are no items, by reason
    examples: tuple[str, ...] = ()
    benchmarks: dict[str, BenchmarkSize] = field(default_factory=dict)


class EvalIndex:
    """Evaluation items, ready to be looked for."""

    def __init__(
        self,
        arrays: IndexArrays,
        settings: DecontaminationSettings,
        notes: IndexNotes,
        digest: str,
        path: Path | None = None,
    ) -> None:
        self.arrays = arrays
        self.settings = settings
        self.notes = notes
        self.digest = digest
        self.path = path
        self._names = Names(arrays)
        self._needles = _needles(arrays)
        self._scratch = make_scratch(self._needles)
        self._lock = threading.Lock()

    @property
    def num_items(self) -> int:
        """Items of which at least one turn is indexed."""
        return sum(size.num_items for size in self.notes.benchmarks.values())

    def warm_up(self) -> None:
        """Compile the kernels (half a minute once an installation), before workers all do."""
        self.find(Sample((Message("user", "warm up"),)))

    def find(self, sample: Sample) -> tuple[Contamination, ...]:
        """Return the items found in a sample, best first; at most `max_hits`."""
        return self.find_many((sample,))[0]

    def find_many(self, samples: Sequence[Sample]) -> list[tuple[Contamination, ...]]:
        """Return what `find` returns for each sample; faster for hundreds at once."""
        found: list[tuple[Contamination, ...]] = []
        placed: list[list[PlacedText]] = []
        num_chars = 0
        for sample in samples:
            texts = list(texts_of(sample))
            size = sum(len(text.text) for text in texts)
            if placed and num_chars + size > BATCH_CHARS:
                found += self._search(placed)
                placed, num_chars = [], 0
            placed.append(texts)
            num_chars += size
        return found + self._search(placed)

    def _search(self, placed: Sequence[Sequence[PlacedText]]) -> list[tuple[Contamination, ...]]:
        fields = [text for texts in placed for text in texts]
        sizes = [len(texts) for texts in placed]
        if not len(self.arrays.text_key) or not fields:
            return [()] * len(placed)
        tokens = tokenize([text.text for text in fields])
        batch = Batch(fields, np.repeat(np.arange(len(placed)), sizes), tokens)
        by_sample = weigh(batch, self._match(tokens), self.arrays, self._names, self.settings)
        return [by_sample.get(at, ()) for at in range(len(placed))]

    def _match(self, tokens: Tokens) -> Matches:
        needles = self._needles
        sums = prefixes(tokens.keys)
        keys = gram_keys(sums, tokens.bounds)
        grams = look_up(keys, needles.gram_key, needles.bucket_cuts, needles.shift)
        stream = Stream(sums, grams, tokens.bounds)
        settings = self.settings
        limits = Limits(
            settings.index.max_template_items,
            settings.max_gap,
            settings.soft_tokens - NGRAM + 1,
            round(settings.soft_coverage * 1000),
        )
        with self._lock:
            whole = find_whole(needles, stream, self._scratch)
            return Matches(whole, find_passages(needles, stream, self._scratch, limits))

    def __reduce__(self) -> tuple[Callable[..., "EvalIndex"], tuple[Path, DecontaminationSettings]]:
        if self.path is None:
            raise TypeError("expected an index with a file, found one in memory; save it first")
        from assay_filter.decontamination.storage import load_index

        return load_index, (self.path, self.settings)


class _Buckets(NamedTuple):
    cuts: I32
    shift: np.uint64


def _needles(arrays: IndexArrays) -> Needles:
    buckets = _buckets(arrays.gram_key)
    short_filter = np.zeros(1 << 16, np.uint8)
    short_filter[(arrays.short_key & np.uint64(0xFFFF)).astype(np.int64)] = 1
    short_lengths = np.zeros(NGRAM, np.bool_)
    short_lengths[arrays.text_length[arrays.short_text]] = True
    longest = int(arrays.text_length.max()) if len(arrays.text_length) else 0
    same = {name: getattr(arrays, name) for name in Needles._fields if name in arrays._fields}
    return Needles(
        **same,
        bucket_cuts=buckets.cuts,
        shift=buckets.shift,
        short_filter=short_filter,
        short_lengths=short_lengths,
        powered=powers(max(longest, NGRAM)),
    )


def _buckets(keys: U64) -> _Buckets:
    """About a key a bucket: most unknown grams are known as such after one look."""
    bits = min(max(len(keys).bit_length() + 1, 4), _MAX_BUCKET_BITS)
    shift = np.uint64(64 - bits)
    cuts: I64 = np.zeros((1 << bits) + 1, np.int64)
    np.cumsum(np.bincount((keys >> shift).astype(np.int64), minlength=1 << bits), out=cuts[1:])
    return _Buckets(cuts.astype(np.int32), shift)
