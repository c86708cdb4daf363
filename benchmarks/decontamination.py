"""Quality and speed of decontamination on labelled leaks and real rows, beside any-13-gram.

    python benchmarks/decontamination.py [--data FOLDER] [--rows N]

FOLDER holds `leakage/` (evaluation items), `dev/contamination.*.jsonl.gz` (labelled leaks),
`dev/general_*.jsonl.gz` (unrelated rows, some of them benchmark items) and
`bench/bench.permissive.jsonl.zst`. Labelled rows are split in two halves by a hash of their id, so
that whoever changes a setting can choose it on A and look at B. Intervals are Wilson's at 95 %.
Speed is CPU time of one process; the peer is the common rule (any shared 13-gram of lower-case
words without punctuation) as a Python set, timed in the same run on the same rows.
"""

import argparse
import gzip
import io
import json
import resource
import string
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from math import sqrt
from pathlib import Path
from typing import Any

import orjson
import zstandard

from assay.datasets.sources import expand_inputs
from assay.domain.sample import Message, Sample
from assay_filter.decontamination.contamination import Tier
from assay_filter.decontamination.index import EvalIndex
from assay_filter.decontamination.settings import DecontaminationSettings
from assay_filter.decontamination.storage import build_index, load_index, save_index
from assay_filter.decontamination.texts import lenient_sample, texts_of
from assay_filter.decontamination.tokens import tokenize

DEFAULT_DATA = Path(__file__).parents[1].parent / "shared" / "data"
OWN_ITEMS = ("arena_hard", "mt_bench_101")  # sources whose rows are benchmark items themselves
WRAPPER = "Here is a small task that I would like to see solved.\n\n{}\n\nTake your time, please."
PEER_WORDS = 13
PEER_STEP = 9  # of so many rows the peer gets one
CHUNK_ROWS = 2048
_PUNCTUATION = str.maketrans("", "", string.punctuation)

Grade = Callable[[Sequence[Sample]], list[str]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--rows", type=int, default=None, help="stop after this many bench rows")
    given = parser.parse_args()
    if not (given.data / "leakage").is_dir():
        print(f"expected evaluation items in {given.data / 'leakage'}; name the folder with --data")
        return 2
    index = open_timed(given.data / "leakage")
    items = list(read_rows(given.data / "leakage", "*.jsonl.gz"))
    begun = time.process_time()
    peer = Peer(item["prompt"] for item in items)
    print(f"peer: {len(peer.grams):,} 13-grams, built in {time.process_time() - begun:.2f} s CPU")
    graders: dict[str, Grade] = {
        "assay": lambda samples: [h[0].action if h else "none" for h in index.find_many(samples)],
        "any-13-gram": peer.grade,
    }
    measure_labelled(given.data / "dev", graders)
    measure_general(given.data / "dev", index, graders)
    measure_short(items, graders)
    measure_speed(given.data / "bench" / "bench.permissive.jsonl.zst", index, peer, given.rows)
    return 0


def open_timed(folder: Path) -> EvalIndex:
    sources = expand_inputs([str(folder)]).sources
    settings = DecontaminationSettings()
    build_index(sources, settings).warm_up()  # compiles, or loads what was compiled before
    begun = time.process_time()
    built = build_index(sources, settings)
    seconds = time.process_time() - begun
    with tempfile.TemporaryDirectory(prefix="assay-decon-bench-") as scratch:
        path = Path(scratch) / "index.npz"
        save_index(built, path)
        size = path.stat().st_size / 2**20
        begun = time.process_time()
        index = load_index(path, settings)
        loading = time.process_time() - begun
    print(f"index: {index.num_items:,} items, digest {index.digest[:16]}, {size:.0f} MiB")
    print(f"built in {seconds:.2f} s CPU, loaded in {loading:.2f} s CPU")
    return index


class Peer:
    """Any 13-gram of words, lower case, punctuation deleted: the rule of GPT-3 as a Python set."""

    def __init__(self, prompts: Iterable[str]) -> None:
        self.grams: set[str] = set()
        for prompt in prompts:
            self.grams.update(self._grams_of(prompt))

    def grade(self, samples: Sequence[Sample]) -> list[str]:
        return ["drop" if self._is_leak(sample) else "none" for sample in samples]

    def _is_leak(self, sample: Sample) -> bool:
        return any(
            gram in self.grams for text in texts_of(sample) for gram in self._grams_of(text.text)
        )

    @staticmethod
    def _grams_of(text: str) -> Iterator[str]:
        words = text.lower().translate(_PUNCTUATION).split()
        for at in range(len(words) - PEER_WORDS + 1):
            yield " ".join(words[at : at + PEER_WORDS])


def measure_labelled(folder: Path, graders: dict[str, Grade]) -> None:
    rows = list(read_rows(folder, "contamination.*.jsonl.gz"))
    samples = [lenient_sample(row) for row in rows]
    halves = ["A" if sha256(row["id"].encode()).digest()[0] % 2 else "B" for row in rows]
    for name, grade in graders.items():
        print(f"\nlabelled leaks, {name}\n{HEADER}")
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row, half, action in zip(rows, halves, grade(samples), strict=True):
            groups[row["labels"]["kind"], half].append(action)
            groups[row["labels"]["kind"], "all"].append(action)
        for kind, half in sorted(groups):
            show(f"{kind} ({half})", groups[kind, half])


def measure_general(folder: Path, index: EvalIndex, graders: dict[str, Grade]) -> None:
    rows = list(read_rows(folder, "general_*.jsonl.gz"))
    samples = [lenient_sample(row) for row in rows]
    for name, grade in graders.items():
        print(f"\nunrelated rows, {name}\n{HEADER}")
        own: list[str] = []
        others: list[str] = []
        for row, action in zip(rows, grade(samples), strict=True):
            (own if row["source"] in OWN_ITEMS else others).append(action)
        show("general_* but for the next", others)
        show("rows that are benchmark items", own)
    print("\nevery find in general_* that is no benchmark row:")
    for row, found in zip(rows, index.find_many(samples), strict=True):
        if found and row["source"] not in OWN_ITEMS:
            quote = " ".join(found[0].spans[0].quote.split())
            print(f"  {found[0].rule:12s} {found[0].score:5d} {found[0].name}: {quote}")


def measure_short(items: Sequence[dict[str, Any]], graders: dict[str, Grade]) -> None:
    """Questions under 13 words, as a message of their own and inside of a longer one."""
    short = [item for item in items if len(item["prompt"].split()) < PEER_WORDS]
    sizes = tokenize([item["prompt"] for item in short])
    lengths = (sizes.bounds[1:] - sizes.bounds[:-1]).tolist()
    for name, grade in graders.items():
        print(f"\nquestions under 13 words, {name}\n{HEADER}")
        for label, samples in (
            ("own message", [ask(item["prompt"], "Sure.") for item in short]),
            ("inside", [ask(WRAPPER.format(item["prompt"]), "Sure.") for item in short]),
        ):
            groups: dict[str, list[str]] = defaultdict(list)
            for length, action in zip(lengths, grade(samples), strict=True):
                groups[bucket(length)].append(action)
                groups["all"].append(action)
            for size in sorted(groups):
                show(f"{label}, {size}", groups[size])


def bucket(num_tokens: int) -> str:
    for low, high in ((0, 2), (3, 4), (5, 7), (8, 12)):
        if num_tokens <= high:
            return f"{low:2d}-{high} tokens"
    return "13 tokens or more (unspaced scripts)"


def measure_speed(path: Path, index: EvalIndex, peer: Peer, limit: int | None) -> None:
    seconds = 0.0
    tiers: dict[str, int] = defaultdict(int)
    num_rows = num_chars = 0
    before = peak_mib()
    head: list[Sample] = []
    for chunk in read_chunks(path, limit):
        head += chunk[::PEER_STEP]
        begun = time.process_time()
        found = index.find_many(chunk)
        seconds += time.process_time() - begun
        num_rows += len(chunk)
        num_chars += sum(len(m.content or "") for sample in chunk for m in sample.messages)
        for hits in found:
            tiers[hits[0].tier if hits else "none"] += 1
    print(f"\n{num_rows:,} bench rows, {num_chars / 1e6:.1f} M characters, one process")
    print(f"assay        {seconds:8.2f} s CPU, {num_rows / seconds:8,.0f} rows/s")
    print(f"peak memory  {peak_mib():8.0f} MiB, {before:.0f} MiB before")
    for tier in (*Tier, "none"):
        print(f"  {tier!s:10s} {tiers[tier]:9,d} rows")
    times = {}
    for name, search in (("assay", index.find_many), ("any-13-gram", peer.grade)):
        begun = time.process_time()
        search(head)
        times[name] = time.process_time() - begun
        rate = len(head) / times[name]
        print(f"{name:12s} {times[name]:8.2f} s CPU for {len(head):,} of them, {rate:,.0f} rows/s")
    print(f"ratio        {times['any-13-gram'] / times['assay']:8.2f}")


HEADER = f"{'':52s}{'rows':>7s}{'dropped':>9s}{'flagged':>9s}{'found':>8s}   95 % interval"


def show(label: str, actions: Sequence[str]) -> None:
    dropped, flagged = actions.count("drop"), actions.count("flag")
    share = (dropped + flagged) / len(actions)
    low, high = wilson(dropped + flagged, len(actions))
    counts = f"{len(actions):7d}{dropped:9d}{flagged:9d}{share:8.2%}"
    print(f"{label:52s}{counts}   {low:.2%} .. {high:.2%}")


def wilson(hits: int, total: int) -> tuple[float, float]:
    z = 1.96
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(middle - spread, 0.0) / scale, min((middle + spread) / scale, 1.0)


def ask(question: str, answer: str) -> Sample:
    return Sample((Message("user", question), Message("assistant", answer)))


def read_rows(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob(pattern)):
        yield from map(json.loads, gzip.decompress(path.read_bytes()).splitlines())


def read_chunks(path: Path, limit: int | None) -> Iterator[list[Sample]]:
    chunk: list[Sample] = []
    with path.open("rb") as file:
        stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file), 1 << 20)
        for number, line in enumerate(stream):
            if number == limit:
                break
            chunk.append(lenient_sample(orjson.loads(line)))
            if len(chunk) == CHUNK_ROWS:
                yield chunk
                chunk = []
    if chunk:
        yield chunk


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
