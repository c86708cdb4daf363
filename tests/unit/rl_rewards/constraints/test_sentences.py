"""Where sentences end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.constraints.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Dr. Smith came at 5 p.m. on Monday. He left.", 2),
        ("'Really?' he said. Yes!", 2),
        ("1. First thing.\n2. Second thing.", 2),
        ("It costs 3.50 today. Cheap.", 2),
        ("He is 23. She is 24.", 2),
        ("Wait... what? Now.", 2),
        ("A heading\n\nThen a sentence.", 1),
        ("日本語です。次の文です！終わり", 3),
        ("「はい。」と言った。", 2),
        ("यह एक वाक्य है। यह दूसरा है।", 2),
        ("...", 0),
        ("", 0),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, number: int) -> None:
    assert len(split_sentences(text)) == number


@given(st.text(alphabet="ab.。!? \n1»)", max_size=120))
def test_no_letter_is_lost(text: str) -> None:
    letters = [c for c in text if c.isalnum()]
    assert [c for one in split_sentences(text) for c in one if c.isalnum()] == letters
