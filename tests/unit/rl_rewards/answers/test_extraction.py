import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_rl_rewards.answers.extraction import (
    NOT_FOUND,
    TOO_LONG,
    Extraction,
    Extractor,
    FencedBlock,
    answer_line,
    answer_tag_last,
    boxed_last,
    extract,
    fenced_last,
    list_fenced,
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"\boxed{4}", "4"),
        (r"\boxed{4} \boxed{3}", "3"),  # adjacent boxes are not a set
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\fbox {4}", "4"),
        (r"\boxed{3} or \fbox{4}", "4"),
        (r"\boxed{\fbox{4}}", "4"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{3} as in \boxed here, the boxer", "3"),
        (r"\boxed{3} \boxed{4", None),  # cut off: the 3 is not the answer
        ("the answer is 4", None),
        ("boxed{4}", None),
        ("box{4}", None),
        ("", None),
    ],
)
def test_the_last_box_counts(text: str, answer: str | None) -> None:
    assert boxed_last(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<answer>3</answer> <answer>4</answer>", "4"),
        ("<answer>3</answer> <answer>4", None),
        ("</answer>4<answer>", None),
        ("4", None),
    ],
)
def test_the_last_answer_tag_counts(text: str, answer: str | None) -> None:
    assert answer_tag_last(text) == answer


@pytest.mark.parametrize(
    "line",
    [
        "Answer: 4",
        "**Final answer:** 4",
        "**Answer**: 4",
        "ANSWER : **4**",
        "# Antwort: 4",
        "Respuesta final: 4",
        "Réponse\u00a0: 4",
        "答え：4",
        "Resposta: 4",
        "الإجابة النهائية: 4",
        "Odpověď: 4",
        "Risposta: 4",
        "정답: 4",
        "Eindantwoord: 4",
        "最终答案：4",
    ],
)
def test_answer_lines_are_found_in_twelve_languages(line: str) -> None:
    assert answer_line(f"Answer: 3\nso\n{line}\nthat is all") == "4"


@pytest.mark.parametrize(
    "text", ["My answer is this: 4", "The answer: was it 4?".replace(":", ""), ""]
)
def test_a_sentence_is_no_answer_line(text: str) -> None:
    assert answer_line(text) is None


def test_the_last_block_of_a_language_counts() -> None:
    text = "```sql\nSELECT 1\n```\n```SQL\nSELECT 2\n```\n```python\nx\n```"
    assert fenced_last(text, "sql") == "SELECT 2"
    assert fenced_last(text, "json") is None
    assert fenced_last("```sql\nSELECT 1\n```\n```sql\nSELECT 2", "sql") is None


def test_a_longer_fence_holds_shorter_ones() -> None:
    text = "````json\n```\n{}\n````\n~~~\nx\n~~~"
    assert list_fenced(text) == (FencedBlock("json", "```\n{}"), FencedBlock("", "x"))


def test_one_extractor_and_no_fallback() -> None:
    text = "Answer: 4\n<answer>5</answer>"
    assert extract(text, Extractor.BOXED_LAST, max_chars=9) == Extraction(None, NOT_FOUND)
    assert extract(text, Extractor.ANSWER_TAG_LAST, max_chars=9) == Extraction("5")
    assert extract(text, Extractor.ANSWER_LINE, max_chars=9) == Extraction("4")


def test_empty_and_long_answers_are_none() -> None:
    assert extract(r"\boxed{ }", Extractor.BOXED_LAST, max_chars=9).reason == NOT_FOUND
    assert extract(r"\boxed{1234}", Extractor.BOXED_LAST, max_chars=3).reason == TOO_LONG


@given(st.text("{}\\boxed `~\nAnswer:<>/", max_size=80))
def test_any_text_is_read(text: str) -> None:
    for extractor in Extractor:
        answer = extract(text, extractor, max_chars=80).text
        assert answer is None or answer in text
    list_fenced(text)
