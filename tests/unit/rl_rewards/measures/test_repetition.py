"""Repetition is measured at the end of a response, whatever repeats."""

from assay_rl_rewards.measures.repetition import Repetition

VARIED = (
    "First we add the two numbers. Then the sum is divided by three, which leaves a remainder. "
    "That remainder decides the colour of the last tile, so the tile must be green."
)


def score(text: str) -> float:
    return Repetition().grade(None, text).score


def test_plain_prose_repeats_nothing() -> None:
    assert score(VARIED) == 1.0
    assert score("") == 1.0


def test_a_loop_of_words_is_nearly_all_repetition() -> None:
    assert score("so the answer is seven and " * 100) < 0.1


def test_a_loop_without_spaces_is_found_too() -> None:
    assert score("abcabcabcabc" * 200) < 0.1


def test_a_loop_at_the_end_of_a_long_answer_is_found() -> None:
    assert score(VARIED * 1 + " I will say it again and again." * 400) < 0.1


def test_its_decoy_scores_next_to_nothing() -> None:
    (decoy,) = Repetition().list_decoys(None)
    assert score(decoy.text) < 0.1
