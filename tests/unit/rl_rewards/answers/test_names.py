from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.names import Occurrence, blank, find_names, fold_text


def _names(text: str, *names: str) -> list[str]:
    folded = fold_text(text)
    return [folded[start:end] for start, end in find_names(folded, names)]


def test_a_name_is_found_beside_another_script_and_not_inside_a_word() -> None:
    assert _names("私はIBMが作りました", "IBM") == ["ibm"]
    assert _names("IBMers and XIBM, ibm.", "IBM") == ["ibm"]
    assert _names("我是通义千问模型", "通义千问") == ["通义千问"]


def test_a_version_is_not_the_beginning_of_a_longer_one() -> None:
    assert _names("Granite 4.1", "Granite 4") == []
    assert _names("Granite 4. I help.", "Granite 4") == ["granite 4"]
    assert _names("Granite 42", "Granite 4") == []


def test_longer_names_win_over_their_parts() -> None:
    assert _names("Granite 4.1 by IBM", "Granite", "Granite 4.1") == ["granite 4.1"]


def test_blanked_names_leave_the_offsets() -> None:
    assert blank("a name here", [Occurrence(2, 6)]) == "a      here"


@given(st.text(max_size=80), st.text(max_size=8))
def test_what_is_found_is_the_name(text: str, name: str) -> None:
    assert set(_names(text, name)) <= {fold_text(name)}


def test_an_empty_name_is_nowhere() -> None:
    assert _names("text", "", " ") == []
