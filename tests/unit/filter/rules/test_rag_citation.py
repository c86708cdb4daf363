from assay.domain.action import Action, Drop, Flag
from assay.domain.sample import Document, Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.rag_citation import RagCitation, RagCitationSettings

DOCUMENTS = (Document("1", "", "The river Elbe rises in the Giant Mountains."),)
QUOTING = 'They wrote "the moon is made of green cheese today".'


def check(answer: str, settings: RagCitationSettings | None = None) -> list[Action]:
    messages = (Message("user", "q"), Message("assistant", answer))
    rule = RagCitation(settings or RagCitationSettings())
    return list(rule.check(View(Sample(messages, (), DOCUMENTS))))


def test_a_citation_of_nothing_is_dropped() -> None:
    (action,) = check("It rises there [4].")
    assert isinstance(action, Drop)
    assert action.defect == "missing_document"
    assert action.place is not None
    assert action.place.quote == "[4]"


def test_a_quotation_that_stands_nowhere_is_noted() -> None:
    (action,) = check(QUOTING)
    assert isinstance(action, Flag)
    assert not action.caps
    assert action.defect == "unsupported_quote"


def test_a_quotation_may_cap() -> None:
    (action,) = check(QUOTING, RagCitationSettings(caps=True))
    assert isinstance(action, Flag)
    assert action.caps


def test_sound_citations_and_quotations_pass() -> None:
    assert check('The text says "the river Elbe rises in the Giant Mountains" [1].') == []
