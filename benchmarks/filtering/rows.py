"""Rows to curate: as many of a real file as wanted, mixed; beyond its size, rewritten copies.

The order is a fixed permutation, so that every prefix has the mix of the whole. Copy k of a row
keeps its grammar and loses its matter: each word of five letters or more (names among them) becomes
another word of the same file with the same length and case (each length's words, sorted, moved on
by a step that depends on k), and each Chinese character of the file becomes another of its
characters. Numbers stay, or no sum would be right any more, and so do tags and template tokens. The
same word becomes the same word within a copy, so templates and repetitions survive. Whether a copy
still counts as a duplicate is measured, not assumed: reports on rewritten rows show the share of
each outcome.
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import zstandard

DEFAULT_FILE = (
    Path(__file__).resolve().parents[2].parent
    / "shared" / "data" / "bench" / "bench.permissive.jsonl.zst"
)  # fmt: skip
SEED = 1
STEP = 7919  # a prime: words and characters move far, and differently in each copy
TAG = r"<[^<>\n]{1,60}>"
MATTER = re.compile(TAG + r"|[A-Za-z]{5,}|[\u4e00-\u9fff]")
LEVEL = 3


def write_rows(source: Path, num_rows: int, folder: Path) -> Path:
    """Write `num_rows` rows of `source` (a zstd JSONL file) into a file of `folder`, once."""
    path = folder / f"rows-{num_rows}.jsonl.zst"
    if path.exists():
        return path
    lines = _read(source)
    aside = path.with_suffix(".tmp")
    with aside.open("wb") as stream, zstandard.ZstdCompressor(LEVEL).stream_writer(stream) as out:
        for line in _choose(lines, num_rows):
            out.write(line)
    aside.rename(path)
    return path


def _read(source: Path) -> list[bytes]:
    with source.open("rb") as stream:
        whole = zstandard.ZstdDecompressor().stream_reader(stream)
        return list(io.BufferedReader(whole, 1 << 20))


def _choose(lines: Sequence[bytes], num_rows: int) -> Iterator[bytes]:
    order = np.random.default_rng(SEED).permutation(len(lines)).tolist()
    table: _Table | None = None
    for at in range(num_rows):
        copy, position = divmod(at, len(lines))
        line = lines[order[position]]
        if copy and (table is None or table.copy != copy):
            table = _Table(_vocabulary(lines), copy)
        yield line if table is None else table.rewrite(line)


Vocabulary = Mapping[tuple[int, str], Sequence[str]]


def _vocabulary(lines: Sequence[bytes]) -> Vocabulary:
    """Return the distinct words and characters of all messages, by length and case."""
    words: set[str] = set()
    for line in lines:
        for message in orjson.loads(line)["messages"]:
            words.update(MATTER.findall(message["content"] or ""))
    kinds: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for word in sorted(words):
        if not word.startswith("<"):
            kinds[_kind(word)].append(word)
    return kinds


def _kind(word: str) -> tuple[int, str]:
    case = "lower" if word.islower() else "upper" if word.isupper() else "title"
    return len(word), case if word.isascii() else "han"


class _Table:
    """What each word becomes in copy number `copy` (from 1)."""

    def __init__(self, vocabulary: Vocabulary, copy: int) -> None:
        self.copy = copy
        self._becomes: dict[str, str] = {}
        for words in vocabulary.values():
            step = STEP * copy % len(words)
            moved = [*words[step:], *words[:step]]
            self._becomes.update(zip(words, moved, strict=True))

    def rewrite(self, line: bytes) -> bytes:
        row: dict[str, Any] = orjson.loads(line)
        if "id" in row:
            row["id"] = f"{row['id']}-{self.copy}"
        for message in row["messages"]:
            if message["content"]:
                message["content"] = MATTER.sub(self._other, message["content"])
        return orjson.dumps(row) + b"\n"

    def _other(self, found: re.Match[str]) -> str:
        word = found.group()
        return self._becomes.get(word, word)
