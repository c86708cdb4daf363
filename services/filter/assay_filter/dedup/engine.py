"""Global deduplication: from the feature files of all chunks to who stays and who stands for whom.

Exact copies are joined first. What is left takes part in one greedy choice (`clusters`), in order
of preference: better verdict, higher score, longer, and then the content's own hash, so that the
input's order decides between identical samples only. Components of samples that share no key with
each other are settled independently, in batches and threads, with the same result for any number.

Only kept samples (accepted or borderline) take part: others are neither survivors nor duplicates.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay_filter.dedup.clusters import (
    EXACT,
    SURVIVES,
    Links,
    Settlement,
    components,
    settle,
    unsettled,
)
from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import DedupText
from assay_filter.dedup.lsh import (
    BandGroups,
    Groups,
    Vertices,
    group_bands,
    group_equal,
    join,
    larger_than,
    no_groups,
)
from assay_filter.dedup.result import EDGES, FLAGS, DedupResult, Members
from assay_filter.dedup.sets import compare_sets, shingle_sets
from assay_filter.dedup.settings import DedupSettings
from assay_filter.dedup.verify import DIFFERENT, EQUAL, Limits, compare_pairs

BATCH_UNITS = 1 << 23  # text gathered at a time, in UTF-16 units, unless one component is larger

_VERTEX_UNITS = 256  # what a vertex costs beside its text

Progress: TypeAlias = Callable[[str, int, int], None]  # step, done, total


class _Vertices(NamedTuple):
    """One vertex per exact class of kept samples, best first, and the copies that it stands for."""

    ordinals: NDArray[np.int64]
    copies: NDArray[np.int64]  # ordinals
    originals: NDArray[np.int64]  # vertex of each copy


def find_duplicates(
    blocks: Sequence[Path],
    members: Members,
    settings: DedupSettings,
    progress: Progress | None = None,
    *,
    num_threads: int = 1,
) -> DedupResult:
    """Find the duplicates among the kept samples of all feature files.

    Raises:
        DedupError: a file is no feature block, or was made with other settings.
        ValueError: members and features differ in number.
    """
    corpus = Corpus(blocks, settings)
    if len(members) != corpus.size:
        raise ValueError(f"expected {corpus.size} members, found {len(members)}")
    run = _Run(corpus, members, settings, progress or _silent, num_threads)
    return run.result()


def warm_up() -> float:
    """Compile, or load from the cache, every kernel; returns the seconds it took."""
    begun = time.monotonic()
    settings = DedupSettings()
    question = "How many apples does Ada keep in the three baskets of her shed?"
    texts = [
        DedupText(question + end, "She keeps " + amount, end.encode() + amount.encode())
        for end in ("", " ", " So?")
        for amount in ("twelve apples in each of the baskets.", "40 apples in each of the baskets.")
    ]
    count = len(texts)
    members = Members(
        np.ones(count, np.bool_),
        np.zeros(count, np.uint8),
        np.zeros(count, np.int32),
        np.zeros(count, np.int64),
        np.zeros(count, np.int16),
    )
    language, is_compared = np.zeros(2, np.int16), np.ones(2, np.bool_)
    with tempfile.TemporaryDirectory(prefix="assay-dedup-") as folder:
        path = Path(folder) / "features"
        compute_features(texts, settings).save(path)
        find_duplicates([path], members, settings)
        sets = shingle_sets(Corpus([path], settings).texts(np.arange(2), language, is_compared))
    compare_sets(sets, sets, np.array([[0, 1]]), Limits(800, settings.short_answer_changes))
    return time.monotonic() - begun


def by_preference(members: Members, exact: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the ordinals of the kept samples, best first."""
    kept = np.flatnonzero(members.kept)
    keys = exact[kept]
    order = np.lexsort(
        (
            kept,
            keys[:, 1],
            keys[:, 0],
            -members.length[kept],
            -members.score[kept].astype(np.int64),
            members.rank[kept],
        )
    )
    return kept[order]


class _Run:
    """One deduplication; each step is a method, in order of use."""

    def __init__(
        self,
        corpus: Corpus,
        members: Members,
        settings: DedupSettings,
        progress: Progress,
        num_threads: int,
    ) -> None:
        self._corpus = corpus
        self._members = members
        self._settings = settings
        self._progress = progress
        self._num_threads = num_threads
        self._limits = Limits(round(settings.threshold * 1000), settings.short_answer_changes)

    def result(self) -> DedupResult:
        if not self._members.kept.any():
            return DedupResult(np.empty(0, EDGES), np.empty(0, FLAGS))
        exact = self._corpus.column("exact")
        vertices = self._join_copies(exact)
        self._progress("exact", len(vertices.copies), len(self._members))
        near_exact = self._near_exact_groups(vertices)
        prompts = self._prompt_groups(vertices)
        bands = self._band_groups(vertices)
        settlement = self._settle(vertices, near_exact, prompts, bands.groups)
        edges = _edges(vertices, settlement, exact)
        return DedupResult(edges, self._flags(vertices, settlement, bands.suspects))

    def _join_copies(self, exact: NDArray[np.uint64]) -> _Vertices:
        order = by_preference(self._members, exact)
        everyone = np.arange(len(order))
        first = everyone.copy()
        if self._settings.exact:
            copies = group_equal(exact[order], everyone)
            _, heads = np.unique(copies.group, return_index=True)
            first[copies.vertex] = copies.vertex[heads][copies.group]
        is_vertex = first == everyone
        numbers = np.cumsum(is_vertex) - 1
        return _Vertices(order[is_vertex], order[~is_vertex], numbers[first[~is_vertex]])

    def _near_exact_groups(self, vertices: _Vertices) -> Groups:
        if not self._settings.near_exact:
            return no_groups()
        keys = self._corpus.column("near_exact")[vertices.ordinals]
        return group_equal(keys, np.arange(len(keys)))

    def _prompt_groups(self, vertices: _Vertices) -> Groups:
        """Groups of equal prompts that have more answers than the cap."""
        cap = self._settings.prompt_cap
        if cap == 0:
            return no_groups()
        keys = self._corpus.column("prompt")[vertices.ordinals]
        asked = np.flatnonzero(keys.any(axis=1))
        groups = group_equal(keys[asked], asked)
        return larger_than(cap, groups)

    def _band_groups(self, vertices: _Vertices) -> BandGroups:
        if not self._settings.near:
            return BandGroups(no_groups(), np.empty((2, 0), np.int64))
        ordinals = vertices.ordinals
        signed = np.flatnonzero(self._corpus.column("num_elements")[ordinals] > 0)
        guard = self._corpus.column("guard")[ordinals] if self._settings.guard else None
        self._progress("bands", 0, self._settings.num_bands)
        found = group_bands(
            lambda band: self._corpus.band(band)[ordinals[signed]],
            self._settings.num_bands,
            vertices=signed,
            guard=guard,
            num_threads=self._num_threads,
        )
        self._progress("bands", self._settings.num_bands, self._settings.num_bands)
        return found

    def _settle(
        self, vertices: _Vertices, near_exact: Groups, prompts: Groups, bands: Groups
    ) -> Settlement:
        count = len(vertices.ordinals)
        graph = _Graph.build(count, near_exact, prompts, bands)
        roots = components(join([bands, near_exact, prompts]), count)
        batches = self._batches(vertices, graph, roots)
        whole = unsettled(count)

        def work(batch: Vertices) -> Settlement:
            return self._settle_batch(vertices, graph, batch)

        with ThreadPoolExecutor(self._num_threads) as pool:
            for done, (batch, part) in enumerate(
                zip(batches, pool.map(work, batches), strict=True), start=1
            ):
                _enter(whole, batch, part)
                self._progress("verify", done, len(batches))
        return whole

    def _batches(
        self, vertices: _Vertices, graph: "_Graph", roots: NDArray[np.int64]
    ) -> list[Vertices]:
        """Cut the vertices that have a neighbour into batches of whole components."""
        linked = np.flatnonzero(np.bincount(roots, minlength=len(roots))[roots] > 1)
        linked = linked[np.argsort(roots[linked], kind="stable")]
        if len(linked) == 0:
            return []
        lengths = self._corpus.lengths()[vertices.ordinals[linked]]
        costs = np.where(graph.is_compared(linked), lengths, 0) + _VERTEX_UNITS
        is_first = np.ones(len(linked), bool)
        is_first[1:] = roots[linked][1:] != roots[linked][:-1]
        before = (np.cumsum(costs) - costs)[is_first] // BATCH_UNITS
        cuts = np.flatnonzero(is_first)[1:][before[1:] != before[:-1]]
        return np.split(linked, cuts)

    def _settle_batch(self, vertices: _Vertices, graph: "_Graph", batch: Vertices) -> Settlement:
        ordinals = vertices.ordinals[batch]
        texts = self._corpus.texts(
            ordinals, self._members.language[ordinals], graph.is_compared(batch)
        )
        return settle(
            texts,
            graph.links(batch),
            limits=self._limits,
            prompt_cap=self._settings.prompt_cap,
        )

    def _flags(
        self, vertices: _Vertices, settlement: Settlement, suspects: Vertices
    ) -> NDArray[np.void]:
        """Verify the pairs that only the guard parted, where both stay; one for each sample."""
        stays = settlement.partner == SURVIVES
        pairs = suspects[:, stays[suspects].all(axis=0)].T
        lengths = self._corpus.lengths()[vertices.ordinals]
        before = np.cumsum(lengths[pairs].sum(axis=1)) // BATCH_UNITS
        parts = np.split(pairs, np.flatnonzero(before[1:] != before[:-1]) + 1)
        with ThreadPoolExecutor(self._num_threads) as pool:
            found = list(pool.map(lambda part: self._compare(vertices, part), parts))
        self._progress("flags", len(pairs), len(pairs))
        similarities = np.concatenate(found)
        is_similar = similarities[:, 0] != DIFFERENT
        pairs, similarities = pairs[is_similar], similarities[is_similar]
        _, first = np.unique(pairs[:, 1], return_index=True)
        flags = np.empty(len(first), FLAGS)
        flags["kept"], flags["other"] = vertices.ordinals[pairs[first]].T
        flags["context"], flags["response"] = similarities[first].T
        return np.sort(flags, order=["other", "kept"])

    def _compare(self, vertices: _Vertices, pairs: Vertices) -> NDArray[np.int64]:
        involved, local = np.unique(pairs, return_inverse=True)
        ordinals = vertices.ordinals[involved]
        texts = self._corpus.texts(
            ordinals, self._members.language[ordinals], np.ones(len(ordinals), bool)
        )
        return compare_pairs(texts, local.reshape(-1, 2), self._limits)


class _Graph(NamedTuple):
    """All links between vertices, ready to be cut into batches."""

    starts: NDArray[np.int64]  # vertex i is in the band groups `groups[starts[i]:starts[i + 1]]`
    groups: NDArray[np.int64]
    near_exact: NDArray[np.int64]  # group per vertex, -1 for none
    prompt: NDArray[np.int64]

    @staticmethod
    def build(count: int, near_exact: Groups, prompts: Groups, bands: Groups) -> "_Graph":
        sizes = np.bincount(bands.vertex, minlength=count)
        return _Graph(
            np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
            bands.group[np.argsort(bands.vertex, kind="stable")],
            _group_per_vertex(near_exact, count),
            _group_per_vertex(prompts, count),
        )

    def is_compared(self, batch: Vertices) -> NDArray[np.bool_]:
        """Whether a vertex shares a band with another, so that its text may be needed."""
        return self.starts[batch + 1] > self.starts[batch]

    def links(self, batch: Vertices) -> Links:
        """The links of the vertices of whole components, numbered within the batch."""
        sizes = self.starts[batch + 1] - self.starts[batch]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        shift = np.repeat(self.starts[batch] - starts[:-1], sizes)
        groups = self.groups[np.arange(starts[-1]) + shift]
        return Links(
            starts,
            np.unique(groups, return_inverse=True)[1],
            _numbered(self.near_exact[batch]),
            _numbered(self.prompt[batch]),
        )


def _group_per_vertex(groups: Groups, count: int) -> NDArray[np.int64]:
    found = np.full(count, -1, np.int64)
    found[groups.vertex] = groups.group
    return found


def _numbered(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number groups anew from 0, with -1 staying as it is."""
    numbers, local = np.unique(groups, return_inverse=True)
    return local - 1 if len(numbers) and numbers[0] == -1 else local


def _enter(whole: Settlement, batch: Vertices, part: Settlement) -> None:
    is_dropped = part.partner != SURVIVES
    whole.partner[batch[is_dropped]] = batch[part.partner[is_dropped]]
    whole.method[batch] = part.method
    whole.context[batch] = part.context
    whole.response[batch] = part.response


def _edges(
    vertices: _Vertices, settlement: Settlement, exact: NDArray[np.uint64]
) -> NDArray[np.void]:
    """Edges of dropped vertices and of copies, which share the fate of their vertex."""
    dropped = np.flatnonzero(settlement.partner != SURVIVES)
    originals = vertices.originals
    is_copy_of_kept = settlement.partner[originals] == SURVIVES
    source = np.concatenate([dropped, originals])  # the vertex whose fate an edge tells
    is_exact = np.concatenate([np.zeros(len(dropped), bool), is_copy_of_kept])
    kept = vertices.ordinals[np.where(is_exact, source, settlement.partner[source])]
    edges = np.empty(len(source), EDGES)
    edges["dropped"] = np.concatenate([vertices.ordinals[dropped], vertices.copies])
    edges["kept"] = kept
    edges["method"] = np.where(is_exact, EXACT, settlement.method[source])
    edges["context"] = np.where(is_exact, EQUAL, settlement.context[source])
    edges["response"] = np.where(is_exact, EQUAL, settlement.response[source])
    edges["cluster"] = exact[kept, 0]
    return np.sort(edges, order="dropped")


def _silent(step: str, done: int, total: int) -> None:
    """Report nothing."""
