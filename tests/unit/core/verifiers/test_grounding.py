import pytest

from assay.domain.sample import Document, Message, Sample
from assay.verifiers.grounding import grounding, grounding_overlap
from assay.verifiers.view import View

TEXT = (
    "The river Elbe rises in the Giant Mountains of the Czech Republic. It flows for 1,094 "
    "kilometres through Dresden and Hamburg and reaches the North Sea at Cuxhaven."
)


def view(answer: str, text: str = TEXT, question: str = "Where does the Elbe rise?") -> View:
    documents = (Document("1", "", text),) if text else ()
    return View(Sample((Message("user", question), Message("assistant", answer)), (), documents))


def overlap(answer: str, text: str = TEXT) -> float:
    value = grounding_overlap(view(answer, text), 1)
    assert value is not None
    return value


def test_faithful_beats_partly_faithful_beats_invented() -> None:
    faithful = overlap("The Elbe rises in the Giant Mountains and flows through Dresden.")
    partly = overlap(
        "The Elbe rises in the Giant Mountains and flows through Dresden. "
        "Napoleon crossed it with forty thousand soldiers."
    )
    invented = overlap("Napoleon crossed the water with forty thousand soldiers in winter.")
    assert faithful > partly > invented
    assert faithful > 0.7
    assert invented < 0.3


def test_the_weakest_sentence_is_told_apart() -> None:
    measured = grounding(
        view("The Elbe reaches the North Sea at Cuxhaven. Elephants invented bicycles there."), 1
    )
    assert measured is not None
    assert measured.weakest_words < 0.3 < measured.words


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ("It flows for 1,094 kilometres.", ()),
        ("It flows for 1094 kilometres.", ()),
        ("It flows for 1,252 kilometres.", ("1252",)),
        ("1. It rises there.\n2. It flows for 1,094 kilometres.", ()),
    ],
)
def test_numbers_must_stand_somewhere(answer: str, missing: tuple[str, ...]) -> None:
    measured = grounding(view(answer), 1)
    assert measured is not None
    assert measured.missing_numbers == missing


def test_numbers_of_the_question_are_known() -> None:
    measured = grounding(view("In 2020 the Elbe was low.", question="How was it in 2020?"), 1)
    assert measured is not None
    assert measured.missing_numbers == ()


def test_a_missing_number_lowers_the_figure() -> None:
    assert overlap("It flows for 1,094 kilometres.") > overlap("It flows for 1,252 kilometres.")


def test_texts_without_spaces_are_compared_by_pairs_of_characters() -> None:
    text = "易北河发源于捷克共和国的克尔科诺谢山，流经德累斯顿和汉堡，注入北海。"
    assert overlap("易北河发源于捷克共和国。", text) > 0.9
    assert overlap("长江是亚洲最长的大河。", text) < 0.3


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("The Elbe rises there.", ""),
        ("!!!", TEXT),
        ("", TEXT),
        ("易北河发源于捷克共和国的克尔科诺谢山。", TEXT),  # another script: not comparable
    ],
)
def test_nothing_to_measure_gives_none(answer: str, text: str) -> None:
    assert grounding_overlap(view(answer, text), 1) is None
