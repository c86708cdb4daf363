"""Where documents are cut."""

from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Document
from assay_judge.engine.chunks import cut_document


def head_of(text: str, num_chars: int) -> str:
    pieces = cut_document(Document("d", "t", text), num_chars)
    assert pieces.head.text + pieces.rest.text == text
    assert pieces.head.doc_id == pieces.rest.doc_id == "d"
    return pieces.head.text


def test_paragraphs_come_before_lines_and_sentences() -> None:
    assert head_of("one and two\n\nthree\nfour. five", 20) == "one and two\n\n"
    assert head_of("aaa\n\nbbbb cccc dddd\neeee. ffff gggg", 30) == "aaa\n\nbbbb cccc dddd\n"
    assert head_of("aaa bbb ccc. ddd eee fff", 18) == "aaa bbb ccc. "


def test_sentences_end_in_other_scripts_too() -> None:
    assert head_of("これは文です。次の文はここ。残り", 12) == "これは文です。"


def test_a_text_without_boundaries_is_cut_where_it_must() -> None:
    assert head_of("x" * 50, 20) == "x" * 20


@given(st.text(min_size=2, max_size=200), st.data())
def test_pieces_are_the_text_and_never_empty(text: str, data: st.DataObject) -> None:
    num_chars = data.draw(st.integers(1, len(text) - 1))
    head = head_of(text, num_chars)
    assert 0 < len(head) <= num_chars
