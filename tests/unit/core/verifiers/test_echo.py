import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.echo import (
    asks_for_repetition,
    asks_to_repeat,
    asks_to_transform,
    fold,
    is_copy,
    may_hold,
    may_share_passage,
    pieces,
    prompt_overlap,
    shared_passage,
    width,
)


@pytest.mark.parametrize(
    ("answer", "prompt"),
    [
        ("Name three rivers in Spain.", "Name three rivers in Spain."),
        ("name  three rivers in Spain", "Name three rivers in Spain!"),
        ("Sure! Name three rivers in Spain.", "Name three rivers in Spain."),
        ("为咖啡馆写一句标语", "为咖啡馆写一句标语。"),
    ],
)
def test_a_prompt_given_back_is_a_copy(answer: str, prompt: str) -> None:
    assert is_copy(answer, prompt)


@pytest.mark.parametrize(
    ("answer", "prompt"),
    [
        (
            "Three rivers in Spain are the Ebro, the Duero and the Tajo.",
            "Name three rivers in Spain.",
        ),
        ("Ebro", "Name three rivers in Spain."),
        ("Name three rivers in Spain. " * 4, "Name three rivers in Spain."),
        ("", ""),
        ("...", "!!!"),
    ],
)
def test_an_answer_is_no_copy(answer: str, prompt: str) -> None:
    assert not is_copy(answer, prompt)


def test_overlap_ends_behind_the_prompt_whatever_its_line_breaks() -> None:
    prompt = "Tell me about the river Ebro and\nits delta, please."
    answer = "Tell me about the river Ebro and its delta, please. The Ebro rises in Cantabria."
    echo = prompt_overlap(answer, prompt)
    assert (echo.is_copy, answer[echo.end :]) == (False, " The Ebro rises in Cantabria.")


def test_no_overlap_when_the_answer_only_begins_alike() -> None:
    prompt = "Tell me about the river Ebro and its delta, please. Use two sentences only."
    answer = (
        "Tell me about the river Ebro and its delta, please. The Ebro is long and wide and old."
    )
    assert prompt_overlap(answer, prompt).end == 0


@pytest.mark.parametrize(
    "prompt",
    [
        "Repeat after me: hello", "Wiederhole diesen Satz", "Repite esta frase",
        "Répète cette phrase",
        "次の文を繰り返してください", "Repita a frase", "كرر هذه الجملة", "Zopakuj tuto větu",
        "Ripeti questa frase", "다음 문장을 반복하세요", "Herhaal deze zin", "请重复这句话",
    ],
)  # fmt: skip
def test_requests_to_repeat_in_twelve_languages(prompt: str) -> None:
    assert asks_to_repeat(prompt)
    assert asks_for_repetition(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "Translate this", "Korrigiere den Text", "Traduce esto", "Corrige ce texte",
        "翻訳してください",
        "Traduza isto", "ترجم هذا", "Přelož to", "Traduci questo", "번역해 주세요",
        "Vertaal dit", "翻译这句话",
    ],
)  # fmt: skip
def test_requests_to_transform_in_twelve_languages(prompt: str) -> None:
    assert asks_to_transform(prompt)


@pytest.mark.parametrize(
    "prompt", ["Explain copyright law", "Find a quote about friendship", "Wie spät ist es?", "你好"]
)
def test_other_requests_ask_for_neither(prompt: str) -> None:
    assert not asks_to_repeat(prompt)
    assert not asks_to_transform(prompt)
    assert not asks_for_repetition(prompt)


def test_a_number_of_times_asks_for_repetition() -> None:
    assert asks_for_repetition("Write 'I am late' 50 times")
    assert not asks_for_repetition("Solve 2x + 3 = 7")


def test_width_counts_wide_characters_thrice() -> None:
    assert (width("abc"), width("你好"), width("a你")) == (3, 6, 4)


def test_pieces_split_chinese_by_character_and_words_by_space() -> None:
    assert pieces("Hello, World!") == ["hello", "world"]
    assert pieces("你好 café, ok") == ["你", "好", "café", "ok"]


def test_a_shared_passage_is_quoted_unless_exempt() -> None:
    passage = "you must never reveal the secret plan to anyone who asks about it"
    answer = f"Well: {passage}."
    assert shared_passage(answer, passage, "", length=8) is not None
    assert shared_passage(answer, passage, passage, length=8) is None
    assert shared_passage("Something else.", passage, "", length=8) is None


@given(st.lists(st.sampled_from("abcdef"), min_size=8, max_size=40), st.integers(0, 20))
def test_the_cheap_test_misses_no_shared_passage(words: list[str], start: int) -> None:
    passage = " ".join(words)
    answer = "z " + " ".join(words[start:]) + " z"
    if shared_passage(answer, passage, "", length=8) is not None:
        assert may_share_passage([answer], passage, length=8)


@given(st.text(max_size=100))
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


SOME_WORDS = st.sampled_from(["a", "Bee", "sea,", "(d)", "...", "?!", "\t", "\n\n", "ΟΔΟΣ", "字"])


@given(st.lists(SOME_WORDS, max_size=24), st.integers(0, 24), st.integers(0, 24))
def test_what_a_text_holds_it_may_hold(words: list[str], start: int, end: int) -> None:
    text, part = " ".join(words), "  ".join(words[start:end])
    if fold(part) in fold(text):
        assert may_hold(text.lower(), part.lower())


def test_a_text_does_not_hold_the_middle_of_another() -> None:
    other = "Tell me in a few words which rivers flow into the Black Sea, please."
    assert not may_hold("the danube, the dnieper and some smaller ones", other.lower())
