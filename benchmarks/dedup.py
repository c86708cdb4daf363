"""Time, memory and quality of deduplication on real rows.

    python benchmarks/dedup.py [--data FOLDER] [--workers N] [--rows N]

FOLDER holds `bench/bench.permissive.jsonl.zst` (throughput) and `dev/dedup_pairs.*.jsonl.gz`
(labelled pairs). Wall times depend on what else the machine does: CPU seconds stand beside them.
With `rensa` installed its MinHash and LSH run on the same rows for a ratio.
"""

import argparse
import gzip
import importlib.util
import io
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson
import zstandard

from assay.domain.sample import Message, Sample
from assay_filter.dedup.corpus import Corpus
from assay_filter.dedup.engine import find_duplicates, warm_up
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import dedup_text, exact_key
from assay_filter.dedup.lsh import group_equal
from assay_filter.dedup.result import DedupResult, Members
from assay_filter.dedup.settings import DedupSettings
from assay_filter.dedup.verify import DIFFERENT, Limits, compare, make_table

CHUNK_ROWS = 2048
DEFAULT_DATA = Path(__file__).parents[1].parent / "shared" / "data"


class ChunkTimes(NamedTuple):
    """CPU seconds of one chunk in its worker, and the characters it held."""

    keys: float
    features: float
    num_rows: int
    num_chars: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rows", type=int, default=None, help="stop after this many rows")
    given = parser.parse_args()
    rows = given.data / "bench" / "bench.permissive.jsonl.zst"
    if not rows.is_file():
        print(f"expected the benchmark rows at {rows}, found none; name their folder with --data")
        return 2
    print(f"compile or load the kernels    {warm_up():8.2f} s (once per installation)")
    with tempfile.TemporaryDirectory(prefix="assay-dedup-bench-") as folder:
        measure_speed(rows, Path(folder), given.workers, given.rows)
        measure_quality(given.data / "dev", Path(folder))
    measure_peer(rows, given.rows)
    return 0


def measure_speed(rows: Path, folder: Path, num_workers: int, limit: int | None) -> None:
    begun = time.monotonic()
    paths, times = write_features(rows, folder, num_workers, limit)
    wall = time.monotonic() - begun
    num_rows = sum(part.num_rows for part in times)
    num_chars = sum(part.num_chars for part in times)
    print(f"rows                           {num_rows:8,d}, {num_chars / 1e6:.1f} M characters")
    print(f"read, features, save           {wall:8.2f} s wall on {num_workers} processes")
    print(f"  canonical content and key    {sum(part.keys for part in times):8.2f} s CPU")
    print(f"  features                     {sum(part.features for part in times):8.2f} s CPU")
    measure_exact(paths)
    before = peak_mib()
    begun, used = time.monotonic(), time.process_time()
    result = find_duplicates(paths, all_kept(paths), DedupSettings(), num_threads=num_workers)
    wall, cpu = time.monotonic() - begun, time.process_time() - used
    print(f"global step                    {wall:8.2f} s wall, {cpu:.2f} s CPU")
    print(f"peak memory of the driver      {peak_mib():8.0f} MiB ({before:.0f} before that step)")
    on_disk = sum(path.stat().st_size for path in paths) / 2**20
    print(f"feature files                  {on_disk:8.0f} MiB")
    for method, count in Counter(edge.method for edge in result.iter_edges()).most_common():
        print(f"  dropped by {method:12s}      {count:8,d}")
    print(f"  kept apart by the guard      {len(result.flags):8,d}")


def measure_exact(paths: list[Path]) -> None:
    begun = time.monotonic()
    keys = Corpus(paths, DedupSettings()).column("exact")
    groups = group_equal(keys, np.arange(len(keys)))
    num_copies = len(groups.vertex) - len(np.unique(groups.group))
    seconds = time.monotonic() - begun
    print(f"exact grouping                 {seconds:8.2f} s, {num_copies:,d} copies")


def write_features(
    rows: Path, folder: Path, num_workers: int, limit: int | None
) -> tuple[list[Path], list[ChunkTimes]]:
    paths: list[Path] = []
    times: list[ChunkTimes] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(num_workers, mp_context=context) as pool:
        pending: deque[Future[ChunkTimes]] = deque()
        for chunk in read_chunks(rows, limit):
            paths.append(folder / f"{len(paths):05d}.features")
            pending.append(pool.submit(work_on_chunk, chunk, paths[-1]))
            if len(pending) > 2 * num_workers:
                times.append(pending.popleft().result())
        times += [future.result() for future in pending]
    return paths, times


def read_chunks(path: Path, limit: int | None) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    with path.open("rb") as file:
        stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file), 1 << 20)
        for number, line in enumerate(stream):
            if number == limit:
                break
            chunk.append(line)
            if len(chunk) == CHUNK_ROWS:
                yield chunk
                chunk = []
    if chunk:
        yield chunk


def work_on_chunk(lines: list[bytes], path: Path) -> ChunkTimes:
    samples = [to_sample(orjson.loads(line)["messages"]) for line in lines]
    begun = time.process_time()
    texts = [dedup_text(sample) for sample in samples]
    for text in texts:
        exact_key(text.canonical)
    middle = time.process_time()
    compute_features(texts, DedupSettings()).save(path)
    num_chars = sum(len(m.content or "") for sample in samples for m in sample.messages)
    return ChunkTimes(middle - begun, time.process_time() - middle, len(lines), num_chars)


def to_sample(messages: list[dict[str, str]]) -> Sample:
    return Sample(tuple(Message(message["role"], message["content"]) for message in messages))


def all_kept(paths: list[Path]) -> Members:
    corpus = Corpus(paths, DedupSettings())
    return Members(
        np.ones(corpus.size, np.bool_),
        np.zeros(corpus.size, np.uint8),
        np.full(corpus.size, -1, np.int32),
        corpus.lengths(),
        np.zeros(corpus.size, np.int16),
    )


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_quality(folder: Path, scratch: Path) -> None:
    """How labelled pairs end: joined, and for those within reach, found."""
    files = sorted(folder.glob("dedup_pairs.*.jsonl.gz"))
    if not files:
        print(f"expected labelled pairs in {folder}, found none: quality is not measured")
        return
    pairs = [
        json.loads(line)
        for file in files
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]
    settings = DedupSettings(prompt_cap=0)
    samples = [to_sample(pair[side]["messages"]) for pair in pairs for side in ("a", "b")]
    block = compute_features([dedup_text(sample) for sample in samples], settings)
    path = scratch / "pairs.features"
    block.save(path)
    result = find_duplicates([path], all_kept([path]), settings)
    survivor = survivors(result, len(samples))
    in_reach = similar_pairs(path, settings, len(samples))
    same_key = np.all(block.near_exact[::2] == block.near_exact[1::2], axis=1)
    in_reach = same_key | (in_reach & (block.guard[::2] == block.guard[1::2]))
    is_joined = survivor[::2] == survivor[1::2]
    relations = np.array([pair["relation"] for pair in pairs])
    print(f"\n{'relation':32s}{'pairs':>7s}{'joined':>8s}{'in reach':>10s}{'of those joined':>17s}")
    for relation in sorted(set(relations.tolist())):
        rows = relations == relation
        reach = rows & in_reach
        found = f"{(is_joined & reach).sum() / reach.sum():.3f}" if reach.any() else "-"
        joined = (rows & is_joined).sum()
        print(f"{relation:32s}{rows.sum():7d}{joined:8d}{reach.sum():10d}{found:>17s}")
    print("in reach: both sides at Jaccard .80 and equal numbers and identifiers, or equal keys")


def survivors(result: DedupResult, count: int) -> np.ndarray:
    survivor = np.arange(count)
    survivor[result.edges["dropped"]] = result.edges["kept"]
    return survivor


def similar_pairs(path: Path, settings: DedupSettings, count: int) -> np.ndarray:
    """Brute force, without signatures: which neighbouring samples are similar."""
    corpus = Corpus([path], settings)
    texts = corpus.texts(np.arange(count), np.zeros(count, np.int16), np.ones(count, bool))
    limits = Limits(round(settings.threshold * 1000), 1 << 40)
    table = make_table(texts)
    return np.array(
        [compare(texts, i, i + 1, limits, table)[0] != DIFFERENT for i in range(0, count, 2)]
    )


def measure_peer(rows: Path, limit: int | None) -> None:
    """The time of rensa for signatures and candidates alone, on one core, without verification."""
    if importlib.util.find_spec("rensa") is None:
        print("\nrensa is not installed: no comparison")
        return
    import rensa  # type: ignore[import-not-found]

    lines = (line for chunk in read_chunks(rows, limit) for line in chunk)
    samples = [to_sample(orjson.loads(line)["messages"]) for line in islice(lines, 0, None, 10)]
    texts = ["\n".join(m.content or "" for m in sample.messages) for sample in samples]
    begun = time.process_time()
    index = rensa.RMinHashLSH(threshold=0.8, num_perm=256, num_bands=32)
    for number, text in enumerate(texts):
        minhash = rensa.RMinHash(num_perm=256, seed=1)
        minhash.update([text[i : i + 5] for i in range(len(text) - 4)])
        index.insert(number, minhash)
    theirs = time.process_time() - begun
    begun = time.process_time()
    compute_features([dedup_text(sample) for sample in samples], DedupSettings())
    ours = time.process_time() - begun
    print(f"\n{len(samples):,d} rows, one core: rensa signs and proposes, nothing is verified, in")
    print(
        f"{theirs:.2f} s; keys, guard and signatures here {ours:.2f} s; ratio {theirs / ours:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
