import pytest

from assay.verifiers.word_ends import word_end_signals


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("the cat sat on the mat and th", "word_piece"),
        ("the house of the baker and of the k", "word_piece"),
        ("the water of the river and to the", "dangling_word"),
        ("the things that you and I are", "stranded_word"),
        ("the history of the old databa", "odd_word_end"),
    ],
)
def test_signal_of_a_last_word(text: str, signal: str) -> None:
    assert word_end_signals(text.split()[-1], text, "") == [signal]


@pytest.mark.parametrize(
    "text",
    [
        "the value of x and the value of y",
        "the radio and the video",
        "the laws of NASA and the EU",
        "the cats and the cat",
        "кошка и собака",
        "cách thức hành động quân sự",
    ],
)
def test_words_that_may_stand_last(text: str) -> None:
    assert word_end_signals(text.split()[-1], text, "") == []
