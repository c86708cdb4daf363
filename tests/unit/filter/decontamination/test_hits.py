from tests.unit.filter.decontamination.conftest import QUESTIONS, says

from assay.domain.action import Place
from assay.domain.sample import Document, Message, Sample
from assay_filter.decontamination.hits import to_hits
from assay_filter.decontamination.index import EvalIndex

LIGHTHOUSE = QUESTIONS["en"]


def test_whole_question_becomes_a_drop(five_scripts: EvalIndex) -> None:
    (hit,) = to_hits(five_scripts.find(says("Hello.", f"So: {LIGHTHOUSE}")))
    assert (hit.rule, hit.version, hit.action) == ("decon.exact", 1, "drop")
    assert (hit.value, hit.threshold) == (1.0, 1.0)
    assert hit.place == Place(1, 4, LIGHTHOUSE[:80])
    assert hit.reason == "message 1: the whole of the question of made/test/en"


def test_passage_becomes_a_flag(five_scripts: EvalIndex) -> None:
    passage = " ".join(LIGHTHOUSE.split()[3:20])
    (hit,) = to_hits(five_scripts.find(says(passage)))
    assert (hit.rule, hit.action) == ("decon.soft", "flag")
    assert hit.value is not None
    assert 0 < hit.value < 1
    assert hit.reason.startswith("message 0: ")


def test_document_has_no_message(five_scripts: EvalIndex) -> None:
    sample = Sample((Message("user", "Go"),), documents=(Document("d", LIGHTHOUSE, "x"),))
    (hit,) = to_hits(five_scripts.find(sample))
    assert hit.place == Place(-1, 0, LIGHTHOUSE[:80], "documents/0/title")
    assert hit.reason.startswith("documents: ")


def test_nothing_found_says_nothing() -> None:
    assert to_hits(()) == []
