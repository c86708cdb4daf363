import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.labels import (
    MAX_LABEL_CHARS,
    fold_label,
    read_bool,
    read_items,
    read_json,
    read_mapping,
    read_set,
    read_whole,
)


@pytest.mark.parametrize(
    "text",
    [
        "Red",
        " red. ",
        "**red**",
        "`RED`",
        "\\text{red}",
        "$\\text{Red}$",
        "“red”",
        "ｒｅｄ",
        '"red".',
    ],
)
def test_dress_is_no_part_of_a_label(text: str) -> None:
    assert fold_label(text) == "red"


@pytest.mark.parametrize(
    "text", ["red or blue", "not red", "the red", "red red", "r ed", "*a* red"]
)
def test_no_word_is_taken_from_a_label(text: str) -> None:
    assert fold_label(text) != "red"


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_more_where_dress_is_shallow(text: str) -> None:
    once = fold_label(text)
    assert len(fold_label(once)) <= len(once)


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("yes.", "No"), ("Ja", "nein"), ("Sí", "no"), ("oui", "non"), ("はい", "いいえ"),
        ("sim", "não"), ("نعم", "لا"), ("Ano", "Ne"), ("si", "no"), ("네", "아니요"), ("ja", "nee"),
        ("是", "否"),
    ],
)  # fmt: skip
def test_yes_and_no_in_twelve_languages(yes: str, no: str) -> None:
    assert read_bool(yes, "yes_no") is True
    assert read_bool(no, "yes_no") is False
    assert read_bool(yes, "true_false") is None


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("True", "FALSE"), ("wahr", "falsch"), ("verdadero", "falso"), ("vrai", "faux"),
        ("正しい", "誤り"), ("verdadeiro", "falso"), ("صحيح", "خطأ"), ("pravda", "nepravda"),
        ("vero", "falso"), ("참", "거짓"), ("waar", "onwaar"), ("真", "假"),
    ],
)  # fmt: skip
def test_true_and_false_in_twelve_languages(true: str, false: str) -> None:
    assert read_bool(true, "true_false") is True
    assert read_bool(false, "true_false") is False
    assert read_bool(true, "yes_no") is None


@pytest.mark.parametrize("text", ["true or false", "not true", "maybe", "", "1", "truer"])
def test_what_is_no_truth_value(text: str) -> None:
    assert read_bool(text, "true_false") is None
    assert read_bool(text, "yes_no") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", 42), ("-7", -7), ("+3", 3), ("1,234", 1234), ("٤٢", 42), ("４２", 42), ("−5", -5),
        ("12 345", 12345), ("1 2", None), ("1,23", None), ("4.0", None), ("42 apples", None),
        ("6*7", None), ("9" * 41, None), ("", None), ("-", None), ("1,,000", None),
    ],
)  # fmt: skip
def test_whole_numbers(text: str, value: int | None) -> None:
    assert read_whole(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "Ann, Bo, Cy", "[Ann, Bo, Cy]", '["Ann", "Bo", "Cy"]', "Ann; Bo; Cy", "ann -> bo -> cy",
        "1. Ann\n2. Bo\n3. Cy", "- Ann\n- Bo\n\n- Cy", "Ann → Bo → Cy", "Ann、Bo、Cy",
        "Ann，Bo，Cy", "\\text{Ann}, \\text{Bo}, \\text{Cy}", "(Ann, Bo, Cy)",
        "Ann \\to Bo \\to Cy",
    ],
)  # fmt: skip
def test_lists_as_people_write_them(text: str) -> None:
    assert read_items(text) == ("ann", "bo", "cy")


@pytest.mark.parametrize("text", ["", ",", "a,,b", '["a"', '["a", ["b"]]', '["a", ""]'])
def test_what_is_no_list(text: str) -> None:
    assert read_items(text) is None


def test_sets_ignore_order_and_refuse_repetition() -> None:
    assert read_set("\\{b, a\\}") == frozenset(("a", "b"))
    assert read_set("a, a") is None
    assert read_set("\\{\\}") == frozenset()
    assert read_set("\\emptyset") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "Ann: knight, Bo: knave", '{"Ann": "knight", "Bo": "knave"}', "Ann = knight; Bo = knave",
        "- **Ann**: knight\n- **Bo**: knave", "{Ann: knight, Bo: knave}", "Ann：knight、Bo：knave",
        "Bo -> knave, Ann -> knight",
    ],
)  # fmt: skip
def test_mappings_as_people_write_them(text: str) -> None:
    assert read_mapping(text) == {"ann": "knight", "bo": "knave"}


@pytest.mark.parametrize(
    "text",
    [
        "Ann: knight, Ann: knave", '{"Ann": "knight", "Ann": "knave"}', "Ann is a knight", "",
        "Ann: , Bo: knave", '{"Ann": ["knight"]}', '{"ann": "x", "Ann": "y"}', "Ann:", "{",
    ],
)  # fmt: skip
def test_a_key_said_twice_or_without_a_value_is_no_mapping(text: str) -> None:
    assert read_mapping(text) is None


def test_json_is_read_to_a_bounded_depth_and_without_constants() -> None:
    assert read_json("[" * 2000) is None
    assert read_json("[NaN]") is None
    assert read_json("[1, true, null]") == ["1", "true", None]
    assert read_json("[" + "9" * 2000 + "]") == ["9" * 2000]


@given(st.text(max_size=200))
def test_readers_take_any_text(text: str) -> None:
    for read in (read_whole, read_items, read_set, read_mapping):
        read(text)
    read_bool(text, "yes_no")


@pytest.mark.parametrize("unit", ["(", "**", "[{", ",", "\\text{", "“", "a:", "\n", "½", "ﷺ"])
def test_long_hostile_answers_are_read(unit: str) -> None:
    text = (unit * MAX_LABEL_CHARS)[:MAX_LABEL_CHARS]
    for read in (fold_label, read_items, read_mapping, read_set):
        read(text)
