"""A question of twenty tokens or more is found wherever it stands and however it is written."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.filter.decontamination.conftest import QUESTIONS, says

from assay_filter.decontamination.contamination import Tier
from assay_filter.decontamination.index import EvalIndex
from assay_filter.decontamination.items import EvalItem
from assay_filter.decontamination.settings import DecontaminationSettings
from assay_filter.decontamination.storage import index_items

LANGUAGES = st.sampled_from(list(QUESTIONS))
SURROUNDINGS = st.text(max_size=200)
MARKS = (" ", "  ", "\n", "\t", ", ", "; ", "... ", "!? ", ' "', "\u00a0", "\r\n\r\n", "** ")
SYLLABLES = ("ba", "do", "ki", "lu", "mer", "nos", "pra", "tiv", "sun", "gol")


@settings(deadline=None)  # the first example may compile
@given(LANGUAGES, SURROUNDINGS, SURROUNDINGS)
def test_question_is_found_wherever_it_is_embedded(
    five_scripts: EvalIndex, language: str, before: str, after: str
) -> None:
    found = five_scripts.find(says(f"{before}\n{QUESTIONS[language]}\n{after}"))
    assert [(one.item_id, one.tier) for one in found] == [(language, Tier.EXACT)]


@settings(deadline=None)  # the first example may compile
@given(LANGUAGES, st.randoms(use_true_random=False), st.booleans())
def test_case_punctuation_and_white_space_do_not_hide_it(
    five_scripts: EvalIndex, language: str, chance: random.Random, is_loud: bool
) -> None:
    words = QUESTIONS[language].rstrip("?؟").split()
    text = "".join(word + chance.choice(MARKS) for word in words)
    (found,) = five_scripts.find(says(text.upper() if is_loud else text))
    assert (found.item_id, found.tier) == (language, Tier.EXACT)


@settings(deadline=None)  # the first example may compile
@given(
    st.lists(
        st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=4).map("".join),
        min_size=20,
        max_size=60,
    ),
    SURROUNDINGS,
    SURROUNDINGS,
)
def test_any_text_of_twenty_words_is_found(words: list[str], before: str, after: str) -> None:
    index = index_items([EvalItem("made", "", "1", (" ".join(words),))], DecontaminationSettings())
    (found,) = index.find(says(f"{before}\n{' '.join(words)}\n{after}"))
    assert found.tier is Tier.EXACT
