import pytest

from assay.domain.action import Drop, Flag
from assay.domain.sample import Document, Message, Sample, SampleType, Tool
from assay.verifiers.view import View
from assay_filter.rules.safety_refusal import SafetyRefusal, SafetyRefusalSettings

BARE = "I'm sorry, but I can't help with that."
TOOL = Tool("book", "books a table", None)


def actions(
    *turns: str,
    settings: SafetyRefusalSettings | None = None,
    tools: tuple[Tool, ...] = (),
    documents: tuple[Document, ...] = (),
    kind: SampleType = SampleType.SINGLE_TURN,
) -> list[object]:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[i % 2], text) for i, text in enumerate(turns))
    sample = Sample(messages, tools, documents, kind)
    return list(SafetyRefusal(settings or SafetyRefusalSettings()).check(View(sample)))


def test_a_bare_refusal_is_dropped_and_may_be_flagged() -> None:
    assert [type(a) for a in actions("Write a haiku about rain.", BARE)] == [Drop]
    (flag,) = actions("Write a haiku.", BARE, settings=SafetyRefusalSettings(bare="flag"))
    assert isinstance(flag, Flag) and flag.caps


def test_a_reasoned_refusal_is_a_note() -> None:
    (flag,) = actions("Is it safe?", BARE + " You should ask a doctor about the dose instead.")
    assert isinstance(flag, Flag) and not flag.caps


@pytest.mark.parametrize(
    "prompt", ["Write a polite way to decline a request.", "Formuliere eine Absage."]
)
def test_a_refusal_that_was_asked_for_is_a_note(prompt: str) -> None:
    (flag,) = actions(prompt, BARE)
    assert isinstance(flag, Flag) and not flag.caps


def test_a_refusal_may_be_what_documents_and_tools_leave() -> None:
    for action in (
        *actions("Book me a flight.", BARE, tools=(TOOL,)),
        *actions("Who won?", BARE, documents=(Document("1", "", "Cats sleep a lot."),)),
        *actions("Who won?", BARE, kind=SampleType.RAG),
    ):
        assert isinstance(action, Flag) and not action.caps


def test_an_earlier_bare_refusal_caps() -> None:
    (flag,) = actions("Write a haiku.", BARE, "Please!", "Rain falls on the roof.")
    assert isinstance(flag, Flag) and flag.caps


def test_an_answer_is_no_refusal() -> None:
    assert not actions("Write a haiku.", "I can't stress enough how the rain sings.")
