import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.sample import Message, Sample, ToolCall
from assay_judge.hostile import master_keys
from assay_judge.hostile.master_keys import find_master_key

LONG = "Please describe the water cycle on Earth in your own words."


def kind_of(answer: str | None, asked: str = LONG) -> str | None:
    sample = Sample((Message("user", asked), Message("assistant", answer)))
    key = find_master_key(sample, 1)
    return key.kind if key else None


@pytest.mark.parametrize("answer", [None, "", "  \n\t "])
def test_an_empty_answer_is_a_key(answer: str | None) -> None:
    assert kind_of(answer) == "empty"


def test_a_turn_that_calls_a_tool_is_no_key() -> None:
    call = Message("assistant", None, (ToolCall("c1", "f", "{}"),))
    assert find_master_key(Sample((Message("user", LONG), call)), 1) is None


@pytest.mark.parametrize(
    "answer", [":", ".", ",", "...", "---\n\n---", "```\n```", "。", "?!", "****"]
)
def test_bare_punctuation_is_a_key(answer: str) -> None:
    assert kind_of(answer) == "punctuation_only"


@pytest.mark.parametrize(
    "answer",
    [
        "Thought process:",
        "Let's solve this problem step by step.",
        "Solution",
        "**Solution:**",
        "# Answer\n\n",
        "Sure! Here's the answer:",
        "Thought process:\nSolution:",
        "解",
        "かいせつ",
        "Respuesta",
        "Lösung:",
        "Processus de réflexion :",
        "Solução:",
        "الحل:",
        "Řešení:",
        "Soluzione",
        "풀이:",
        "Oplossing.",
    ],
)
def test_a_bare_opener_is_a_key_in_every_language(answer: str) -> None:
    assert kind_of(answer) == "opener_only"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Is Vienna the capital of Austria?", "Yes."),
        ("What is 6 times 7?", "42"),
        ("Which option is right: A, B, C or D?", "C"),
        ("Hello there!", ":-)"),
        ("Hello there!", "\U0001f600"),
        ("Hi!", "👋😊"),
        ("Which operator adds two numbers in C?", "+"),
        ("Which punctuation mark ends a question?", "?"),
        ("Translate to German: solution", "Lösung"),
        ("Classify the phrase as question or answer: 'It is five.'", "Answer"),
        ("Ordne den folgenden Satz ein: Sie hat gekocht.", "Erklärung."),
        ("Give a synonym for 'outcome'.", "Result"),
        ("Name the capital of France.", "Solution: Paris"),
        ("Explain it to me.", "Sure, the short version is that air scatters blue light."),
        ("中国的首都是哪里?", "北京"),
        ("Repeat after me: the rain in Spain stays mainly in the plain", "The rain in Spain stays"),
    ],
)
def test_a_short_answer_that_says_something_is_no_key(asked: str, answer: str) -> None:
    assert kind_of(answer, asked) is None


@pytest.mark.parametrize(
    "answer", [LONG, LONG.upper(), f'"{LONG}"', LONG.rstrip("."), f"Q: {LONG}"]
)
def test_the_question_copied_out_is_a_key(answer: str) -> None:
    assert kind_of(answer) == "copy_of_prompt"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Repeat after me: the rain in Spain stays mainly in the plain.",) * 2,
        ("Fix the grammar: The rain in Spain stays mainly in the plain.",) * 2,
        ("Translate into English: The rain in Spain stays mainly in the plain.",) * 2,
        ("Does exocytosis show that cell membranes are selective?",
         "Exocytosis shows that cell membranes are selective."),
        ("胞吞、胞吐体现了细胞膜具有选择透过性吗?", "胞吞、胞吐体现了细胞膜具有选择透过性。"),
        ("Good morning to you!", "Good morning to you!"),
        (LONG, f"{LONG} Water evaporates from the sea, rises, cools, and falls as rain again."),
    ],
)  # fmt: skip
def test_a_text_that_should_come_back_is_no_copy(asked: str, answer: str) -> None:
    assert kind_of(answer, asked) is None


def test_the_last_question_counts() -> None:
    turns = (Message("user", LONG), Message("assistant", "It rains."), Message("user", "Go on."))
    sample = Sample((*turns, Message("assistant", LONG)))
    assert find_master_key(sample, 3) is None


def test_the_quote_is_cut_and_stands_in_the_answer() -> None:
    sample = Sample((Message("user", LONG), Message("assistant", "-" * 500)))
    key = find_master_key(sample, 1)
    assert key is not None
    assert key.quote == "-" * 160


WORDS = st.sampled_from(["Name", "three", "rivers", "in", "Spain", "?", ".", "...", "-", "\n", "é"])
TEXTS = st.lists(WORDS, max_size=14).map(" ".join)


@given(TEXTS, TEXTS)
def test_the_short_way_to_see_no_copy_hides_none(answer: str, asked: str) -> None:
    found = kind_of(answer, asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(master_keys, "_may_be_copy", lambda answer, question: True)
        assert kind_of(answer, asked) == found


def test_a_copy_with_other_spacing_is_a_key() -> None:
    assert kind_of(f"  {LONG.upper()}\n\n".replace(" ", "\n ")) == "copy_of_prompt"
