"""A form gives the same file however its bytes arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.web.problems import ProblemError
from assay_filter.service.forms import FormReader

TYPE = "multipart/form-data; boundary=xyz"


def form_of(content: bytes, name: str = "a.jsonl") -> bytes:
    return (
        b'--xyz\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="'
        + name.encode()
        + b'"\r\nContent-Type: application/octet-stream\r\n\r\n'
        + content
        + b"\r\n--xyz--\r\n"
    )


@given(
    content=st.binary(max_size=300).filter(lambda content: b"--xyz" not in content),
    cuts=st.lists(st.integers(min_value=0, max_value=600), max_size=12),
)
def test_a_file_does_not_depend_on_how_it_was_cut(content: bytes, cuts: list[int]) -> None:
    body = form_of(content)
    reader = FormReader(TYPE)
    found = b""
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(body)], strict=True):
        found += reader.feed(body[start:end])
    reader.close()
    assert found == content
    assert (reader.filename, reader.fields) == ("a.jsonl", {"purpose": "batch"})


def test_a_name_is_taken_as_utf_8() -> None:
    reader = FormReader(TYPE)
    reader.feed(form_of(b"x", "\u6570\u636e.jsonl"))
    assert reader.filename == "\u6570\u636e.jsonl"


def test_large_content_is_passed_on_and_not_held() -> None:
    reader = FormReader(TYPE)
    head = form_of(b"").partition(b"\r\n\r\n\r\n--xyz--")[0] + b"\r\n\r\n"
    reader.feed(head)
    passed = sum(len(reader.feed(b"x" * 65_536)) for _ in range(64))
    assert passed >= 63 * 65_536


@pytest.mark.parametrize("length", range(0, len(form_of(b"x")) - 6, 7))
def test_a_form_that_is_cut_off_is_refused(length: int) -> None:
    reader = FormReader(TYPE)
    reader.feed(form_of(b"x")[:length])
    with pytest.raises(ProblemError) as raised:
        reader.close()
    assert raised.value.problem.kind.slug == "malformed-body"
