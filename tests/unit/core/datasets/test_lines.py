from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.datasets.decompression import Damage
from assay.datasets.lines import HEAD_BYTES, Oversize, RawLine, split_lines

LIMIT = 20


def cut(data: bytes, at: list[int]) -> Iterator[bytes]:
    edges = [0, *sorted(position % (len(data) + 1) for position in at), len(data)]
    return (data[i:j] for i, j in pairwise(edges))


def test_blank_lines_are_skipped_and_numbers_stay_true() -> None:
    lines = list(split_lines([b'{"a":1}\n\n   \t\n\r\n{"b":2}\n']))
    assert lines == [RawLine(1, b'{"a":1}'), RawLine(5, b'{"b":2}')]


@pytest.mark.parametrize(
    "blocks",
    [[b"\xef\xbb\xbf{}\r\n{}\r\n"], [b"\xef", b"\xbb", b"\xbf{}\r", b"\n{}"]],
)
def test_byte_order_mark_and_carriage_returns_are_taken_away(blocks: list[bytes]) -> None:
    assert list(split_lines(blocks)) == [RawLine(1, b"{}"), RawLine(2, b"{}")]


def test_a_last_line_without_a_line_feed_counts() -> None:
    assert list(split_lines([b"{}\n", b"{", b"}"])) == [RawLine(1, b"{}"), RawLine(2, b"{}")]


def test_a_line_over_the_limit_keeps_digest_size_and_head() -> None:
    long = b"x" * (3 * HEAD_BYTES)
    blocks = [b"{}\n", long[:7], long[7:], b"\n{}"]
    assert list(split_lines(blocks, max_line_bytes=2 * HEAD_BYTES)) == [
        RawLine(1, b"{}"),
        RawLine(2, None, Oversize(sha256(long).hexdigest(), len(long), long[:HEAD_BYTES])),
        RawLine(3, b"{}"),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_line_of_exactly_the_limit_passes(end: bytes) -> None:
    (line,) = split_lines([b"x" * LIMIT + end], max_line_bytes=LIMIT)
    assert line == RawLine(1, b"x" * LIMIT)
    (line,) = split_lines([b"x" * (LIMIT + 1) + end], max_line_bytes=LIMIT)
    assert line.oversize is not None


def test_damage_ends_the_lines_and_swallows_the_broken_one() -> None:
    lines = list(split_lines([b"{}\n{}\n{bro", Damage("bad")]))
    assert lines == [RawLine(1, b"{}"), RawLine(2, b"{}"), RawLine(3, None, damage="bad")]


def test_damage_before_the_first_byte_is_line_one() -> None:
    assert list(split_lines([Damage("bad")])) == [RawLine(1, None, damage="bad")]


@given(
    st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"{}", b" ", b"a" * 9, b"\xef\xbb\xbf"])),
    st.lists(st.integers(0, 300)),
)
def test_lines_do_not_depend_on_blocks(parts: list[bytes], at: list[int]) -> None:
    data = b"".join(parts)
    whole = list(split_lines([data], max_line_bytes=LIMIT))
    assert list(split_lines(cut(data, at), max_line_bytes=LIMIT)) == whole
    expected = [
        (number, line.removesuffix(b"\r"))
        for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
    ]
    for line in whole:
        _, text = expected[line.number - 1]
        assert line.data == text if len(text) <= LIMIT else line.oversize is not None
    assert {line.number for line in whole} == {
        number for number, text in expected if len(text) > LIMIT or text.strip()
    }
