import gzip
import io
from hashlib import sha256

import pytest
import zstandard

from assay.datasets.decompression import Damage, StoredBytes, read_blocks
from assay.datasets.sources import Format
from assay.domain.errors import InputError

PLAIN = b"".join(b'{"row": %d, "text": "%s"}\n' % (i, sha256(b"%d" % i).digest()[:9].hex().encode())
                 for i in range(60_000))  # fmt: skip
GZIP = gzip.compress(PLAIN)
ZSTD = zstandard.ZstdCompressor(write_checksum=True).compress(PLAIN)


def expand(stored: bytes, source_format: Format) -> tuple[bytes, str | None]:
    reader = StoredBytes(io.BytesIO(stored), "x")
    blocks = list(read_blocks(reader, source_format))
    damage = None
    if blocks and isinstance(blocks[-1], Damage):
        damage = blocks.pop().reason  # type: ignore[union-attr]
    assert reader.digest() == (sha256(stored).hexdigest(), len(stored))
    return b"".join(block for block in blocks if isinstance(block, bytes)), damage


@pytest.mark.parametrize(
    ("stored", "source_format"), [(PLAIN, "jsonl"), (GZIP, "jsonl.gz"), (ZSTD, "jsonl.zst")]
)
def test_whole_streams_come_back_as_written(stored: bytes, source_format: Format) -> None:
    assert expand(stored, source_format) == (PLAIN, None)


def test_several_gzip_members_with_padding_are_one_stream() -> None:
    assert expand(GZIP + GZIP + b"\0" * 512, "jsonl.gz") == (PLAIN + PLAIN, None)


def test_several_zstd_frames_are_one_stream() -> None:
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"12345"
    assert expand(ZSTD + skippable + ZSTD, "jsonl.zst") == (PLAIN + PLAIN, None)


@pytest.mark.parametrize(("stored", "source_format"), [(GZIP, "jsonl.gz"), (ZSTD, "jsonl.zst")])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.999])
def test_a_truncated_stream_gives_what_it_holds_and_then_damage(
    stored: bytes, source_format: Format, share: float
) -> None:
    plain, damage = expand(stored[: int(len(stored) * share)], source_format)
    assert damage is not None and damage.startswith("truncated")
    assert PLAIN.startswith(plain)
    assert len(plain) > len(PLAIN) * share * 0.8 - 300_000  # a zstd block or two may be open


def test_a_corrupt_gzip_stream_gives_every_byte_before_the_damage() -> None:
    at = len(GZIP) // 2
    plain, damage = expand(GZIP[:at] + b"\xff" * 40 + GZIP[at + 40 :], "jsonl.gz")
    assert damage is not None and damage.startswith("corrupt gzip")
    assert plain[: len(plain) - 2000] == PLAIN[: len(plain) - 2000]
    assert len(plain) > len(PLAIN) * 0.45


def test_a_wrong_gzip_checksum_is_damage_after_all_the_text() -> None:
    assert expand(GZIP[:-8] + b"\0\0\0\0" + GZIP[-4:], "jsonl.gz") == (
        PLAIN,
        "corrupt gzip data: Error -3 while decompressing data: incorrect data check",
    )


def test_garbage_after_a_gzip_member_is_damage() -> None:
    plain, damage = expand(GZIP + b"garbage", "jsonl.gz")
    assert plain == PLAIN
    assert damage is not None and "incorrect header check" in damage


def test_a_corrupt_zstd_stream_gives_the_blocks_before_the_damage() -> None:
    at = len(ZSTD) // 2
    plain, damage = expand(ZSTD[:at] + b"\xff" * 400 + ZSTD[at + 400 :], "jsonl.zst")
    assert damage is not None and damage.startswith("corrupt zstd")
    # The block that was hit may pass as wrong text: its checksum comes at the end of the frame.
    sound = int(len(PLAIN) * 0.4)
    assert plain[:sound] == PLAIN[:sound]


def test_the_digest_covers_what_lies_behind_the_damage() -> None:
    rest = sha256(b"rest").digest() * (5 << 15)  # more than one block
    plain, damage = expand(GZIP + rest, "jsonl.gz")
    assert plain == PLAIN
    assert damage is not None


def test_a_zstd_window_beyond_reason_is_damage() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    stored = compressor.compress(PLAIN) + compressor.flush()
    plain, damage = expand(stored, "jsonl.zst")
    assert plain == b""
    assert damage is not None and "too much memory" in damage


def test_a_failing_disk_is_an_input_error_that_names_the_source() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(InputError, match="'x' to its end, found: Input/output error"):
        list(read_blocks(StoredBytes(Failing(), "x"), "jsonl"))
