"""What crosses the socket arrives whole, and nothing else is taken for a reply."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.pool.frames import (
    MAX_EXTRACTED_CHARS,
    MAX_REPLY_BYTES,
    FrameError,
    Frames,
    Order,
    Reply,
    ReplyKind,
    decode_order,
    decode_reply,
    encode_order,
    encode_reply,
    frame,
)

ORDERS = st.builds(
    Order,
    sequence=st.integers(0, 2**63),
    verifier=st.text(st.characters(codec="utf-8"), max_size=30),
    task=st.binary(max_size=200),
    text=st.binary(max_size=200),
)


@given(orders=st.lists(ORDERS, max_size=5), size=st.integers(1, 64))
def test_orders_survive_any_cut_of_the_stream(orders: list[Order], size: int) -> None:
    stream = b"".join(map(encode_order, orders))
    frames = Frames(1 << 20)
    read = [
        decode_order(payload)
        for start in range(0, len(stream), size)
        for payload in frames.feed(stream[start : start + size])
    ]
    assert read == orders
    assert not frames.has_next


def test_has_next_tells_whether_the_next_order_is_whole() -> None:
    frames = Frames(1 << 10)
    stream = frame(b"first") + frame(b"second")
    taken = frames.feed(stream[:-1])
    assert next(taken) == b"first"
    assert not frames.has_next
    assert list(taken) == []
    taken = frames.feed(stream[-1:] + frame(b"third"))
    assert next(taken) == b"second"
    assert frames.has_next


def test_length_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(FrameError, match="at most 65536"):
        list(Frames(MAX_REPLY_BYTES).feed(b"\xff\xff\xff\xff"))


@given(
    score=st.floats(0, 1),
    reason=st.text(st.characters(codec="utf-8"), max_size=50),
    extracted=st.none() | st.text(st.characters(codec="utf-8"), max_size=50),
    parts=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), st.floats(-9, 9)),
)
def test_reply_survives_the_way(
    score: float, reason: str, extracted: str | None, parts: dict[str, float]
) -> None:
    said = Reply(
        kind=ReplyKind.GRADED,
        sequence=3,
        has_next=True,
        milliseconds=0.25,
        score=score,
        reason=reason,
        extracted=extracted,
        parts=dict(list(parts.items())[:60]),
    )
    (payload,) = Frames(MAX_REPLY_BYTES).feed(encode_reply(said))
    assert decode_reply(payload) == said


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "granted"},
        {"kind": "graded", "score": 1.5},
        {"kind": "graded", "score": "1"},
        {"kind": "graded", "score": True},
        {"kind": "graded", "sequence": -1},
        {"kind": "graded", "extracted": "x" * (MAX_EXTRACTED_CHARS + 1)},
        {"kind": "graded", "parts": {str(n): 0.0 for n in range(65)}},
        {"kind": "graded", "parts": {"x": "NaN"}},
        {"kind": "graded", "reward": 1.0},
        {"score": 1.0},
        [],
    ],
)
def test_words_that_no_worker_would_say_are_no_reply(fields: object) -> None:
    with pytest.raises(FrameError):
        decode_reply(orjson.dumps(fields))


@given(payload=st.binary(max_size=64))
def test_bytes_at_random_are_no_reply(payload: bytes) -> None:
    with pytest.raises(FrameError):
        decode_reply(payload)


def test_error_quotes_nothing_of_what_was_said() -> None:
    with pytest.raises(FrameError) as caught:
        decode_reply(b'{"kind":"graded","secret":"text of an answer"}')
    assert "secret" not in str(caught.value)
    assert "answer" not in str(caught.value)
