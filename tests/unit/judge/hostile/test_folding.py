import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_judge.hostile.folding import _FOLDS, fold_hostile, original_span


@pytest.mark.parametrize("charset", ["ascii", "latin-1", "cp1252"])
def test_every_character_of_a_charset_folds_alone_as_it_does_in_a_text(charset: str) -> None:
    every = bytes(range(256)).decode(charset, "ignore")
    assert fold_hostile(every) == "".join(_FOLDS[ord(character)] for character in every)


@given(st.one_of(st.text(), st.text(st.characters(codec="cp1252"))))
def test_a_text_is_folded_character_by_character(text: str) -> None:
    assert fold_hostile(text) == "".join(_FOLDS[ord(character)] for character in text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_texts_fold_apart_as_together(one: str, two: str) -> None:
    assert fold_hostile(f"{one}\n{two}") == f"{fold_hostile(one)}\n{fold_hostile(two)}"


def test_a_place_in_the_folded_text_leads_back() -> None:
    text = "Straße – “½ Œuvre”"
    folded = fold_hostile(text)
    start = folded.index("oeuvre")
    assert folded == "strasse – 1⁄2 oeuvre"
    assert text[slice(*original_span(text, start, start + 6))] == "Œuvre"
