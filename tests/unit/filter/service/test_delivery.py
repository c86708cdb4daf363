"""Ranges by RFC 9110, checked against slicing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.web.problems import ProblemError
from assay_filter.service.delivery import disposition, parse_range

CONTENT = bytes(range(100))


@given(first=st.integers(0, 150), last=st.integers(0, 150))
def test_a_range_is_a_slice(first: int, last: int) -> None:
    if first >= len(CONTENT) and first <= last:
        with pytest.raises(ProblemError) as raised:
            parse_range(f"bytes={first}-{last}", len(CONTENT))
        assert raised.value.problem.headers["content-range"] == "bytes */100"
        return
    span = parse_range(f"bytes={first}-{last}", len(CONTENT))
    if last < first:
        assert span is None
        return
    assert span is not None
    assert CONTENT[span.start : span.end] == CONTENT[first : last + 1]


@given(number=st.integers(1, 200))
def test_the_last_bytes_are_those_at_the_end(number: int) -> None:
    span = parse_range(f"bytes=-{number}", len(CONTENT))
    assert span is not None
    assert CONTENT[span.start : span.end] == CONTENT[-number:]


@pytest.mark.parametrize("text", ["bytes=100-", "bytes=-0", "bytes=0-", "bytes=99999999999999-"])
def test_nothing_to_send_is_refused(text: str) -> None:
    size = 0 if text == "bytes=0-" else 100
    with pytest.raises(ProblemError):
        parse_range(text, size)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "items=0-1",
        "bytes=0-1,3-4",
        "bytes=a-b",
        "bytes=1",
        "bytes=--1",
        "bytes=+1-2",
        "bytes=\u0661-2",
        "bytes=" + "9" * 30 + "-",
    ],
)
def test_what_is_no_range_sends_the_whole_file(text: str) -> None:
    assert parse_range(text, 100) is None


@given(st.text())
def test_any_text_is_a_range_or_none_or_a_problem(text: str) -> None:
    try:
        span = parse_range(f"bytes={text}", 100)
    except ProblemError:
        return
    assert span is None or 0 <= span.start < span.end <= 100


@given(st.text(max_size=60))
def test_a_filename_cannot_leave_its_header(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert '"' not in header
    assert ";" not in header.partition(";")[2]
