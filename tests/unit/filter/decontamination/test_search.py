"""The compiled search against the plain one: every pair of question and text, token by token."""

from hypothesis import given, settings
from hypothesis import strategies as st

from assay_filter.decontamination.items import EvalItem
from assay_filter.decontamination.passages import (
    FIELD,
    RUN_LENGTH,
    RUN_POSITION,
    RUN_START,
    SHARED,
    SHARED_TELLING,
    TEXT,
)
from assay_filter.decontamination.settings import NGRAM, DecontaminationSettings, IndexSettings
from assay_filter.decontamination.storage import index_items
from assay_filter.decontamination.tokens import tokenize

FEW_WORDS = st.lists(st.sampled_from("abc"), max_size=40)
QUESTIONS = st.lists(FEW_WORDS.filter(bool), min_size=1, max_size=6, unique_by=tuple)
SETTINGS = DecontaminationSettings(index=IndexSettings(min_tokens=1), soft_tokens=8)


@settings(deadline=None, max_examples=200)
@given(QUESTIONS, st.lists(FEW_WORDS, min_size=1, max_size=4))
def test_whole_questions_and_runs_are_those_of_a_plain_search(
    questions: list[list[str]], fields: list[list[str]]
) -> None:
    items = [EvalItem("", "", str(at), (" ".join(q),)) for at, q in enumerate(questions)]
    index = index_items(items, SETTINGS)
    matches = index._match(tokenize([" ".join(field) for field in fields]))
    question_of = [
        questions[int(index._names.item(int(item)).id)]
        for item in index.arrays.text_item[index.arrays.text_item_cuts[:-1]]
    ]
    found = {(int(row[0]), int(row[1])) for row in matches.whole}
    expected = {
        (text, field)
        for text, question in enumerate(question_of)
        for field, words in enumerate(fields)
        if len(question) >= NGRAM and longest_run(question, words) == len(question)
    }
    assert {(text, field) for text, field in found if len(question_of[text]) >= NGRAM} == expected
    firsts = [sum(map(len, fields[:at])) for at in range(len(fields))]
    for row in matches.passages.tolist():
        question, field = question_of[row[TEXT]], row[FIELD]
        words = fields[field]
        size = row[RUN_LENGTH] + NGRAM - 1
        start = row[RUN_START] - firsts[field]
        place = row[RUN_POSITION]
        assert words[start : start + size] == question[place : place + size]
        assert size <= longest_run(question, words)
        assert 0 < row[SHARED] <= index.arrays.text_weight[row[TEXT]]
        assert 0 < row[SHARED_TELLING] <= index.arrays.text_telling[row[TEXT]]


def longest_run(one: list[str], other: list[str]) -> int:
    """Tokens in a row that stand in both."""
    best = 0
    for i in range(len(one)):
        for j in range(len(other)):
            length = 0
            while one[i + length : i + length + 1] == other[j + length : j + length + 1] != []:
                length += 1
            best = max(best, length)
    return best
