"""Byte blocks of a source: read, hashed as stored on disk, decompressed, in bounded memory.

A damaged stream gives every byte before the damage and then a `Damage` as its last item, never an
exception. Compressed input is fed in small pieces, because zstd may expand 32768 times: a piece of
256 bytes yields at most 8 MiB, whatever the file holds. The rest of a damaged file is still read,
so that the digest always covers the whole file.
"""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeAlias

import zstandard

from assay.datasets.sources import Format
from assay.domain.errors import InputError

if TYPE_CHECKING:
    from hashlib import _Hash

BLOCK_BYTES = 1 << 20
_GZIP_PIECE_BYTES = 16 << 10  # deflate expands 1032 times at most: 16 MiB a piece
_ZSTD_PIECE_BYTES = 256


class Damage(NamedTuple):
    """Why a stream cannot be read any further."""

    reason: str


class InputDigest(NamedTuple):
    """SHA-256 (hex) and size of a source as stored, compressed or not."""

    sha256: str
    num_bytes: int


Block: TypeAlias = bytes | Damage


@dataclass(slots=True)
class StoredBytes:
    """Reads a stream in blocks and hashes what passes."""

    stream: BinaryIO
    name: str
    num_bytes: int = 0
    _hash: "_Hash" = field(default_factory=sha256)

    def __iter__(self) -> Iterator[bytes]:
        while block := self._read():
            self.num_bytes += len(block)
            self._hash.update(block)
            yield block

    def digest(self) -> InputDigest:
        return InputDigest(self._hash.hexdigest(), self.num_bytes)

    def _read(self) -> bytes:
        try:
            return self.stream.read(BLOCK_BYTES)
        except OSError as exc:
            raise InputError(
                f"expected to read {self.name!r} to its end, found: {exc.strerror or exc}; check "
                f"the disk or the network share and start again"
            ) from exc


def read_blocks(stored: StoredBytes, source_format: Format) -> Iterator[Block]:
    """Yield the plain bytes of `stored`, ending with a `Damage` where it breaks."""
    if source_format == "jsonl":
        yield from stored
        return
    expand = _expand_gzip if source_format == "jsonl.gz" else _expand_zstd
    yield from expand(stored)
    for _ in stored:  # after damage: the digest covers the whole file
        pass


def _expand_gzip(blocks: Iterable[bytes]) -> Iterator[Block]:
    expander = zlib.decompressobj(wbits=31)
    started = False  # inside a member: its end is still to come
    for piece in _pieces(blocks, _GZIP_PIECE_BYTES):
        rest = piece
        while rest:
            if not started:
                rest = rest.lstrip(b"\0")  # padding between members is allowed
                if not rest:
                    break
                expander, started = zlib.decompressobj(wbits=31), True
            before = expander.copy()
            try:
                plain = expander.decompress(rest)
            except zlib.error as exc:
                yield _salvage(before, rest)
                yield Damage(f"corrupt gzip data: {exc}")
                return
            if plain:
                yield plain
            started, rest = not expander.eof, expander.unused_data
    if started:
        yield Damage("truncated gzip data: the file ends before its stream does")


def _salvage(expander: "zlib._Decompress", piece: bytes) -> bytes:
    """Return what `piece` gives up to the damage: a failing call returns nothing of it."""
    plain: list[bytes] = []
    with suppress(zlib.error):
        for position in range(len(piece)):
            plain.append(expander.decompress(piece[position : position + 1]))
    return b"".join(plain)


def _expand_zstd(blocks: Iterable[bytes]) -> Iterator[Block]:
    decompressor = zstandard.ZstdDecompressor()
    expander: zstandard.ZstdDecompressionObj | None = None
    for piece in _pieces(blocks, _ZSTD_PIECE_BYTES):
        rest = piece
        while rest:
            expander = expander or decompressor.decompressobj()
            try:
                plain = expander.decompress(rest)
            except zstandard.ZstdError as exc:
                yield Damage(f"corrupt zstd data: {exc}")
                return
            if plain:
                yield plain
            rest = expander.unused_data if expander.eof else b""
            if expander.eof:
                expander = None
    if expander is not None:
        yield Damage("truncated zstd data: the file ends before its stream does")


def _pieces(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), size):
            yield block[start : start + size]
