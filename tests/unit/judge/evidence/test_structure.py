import pytest

from assay.domain.sample import Message, Sample, ToolCall
from assay.verifiers.view import View
from assay_judge.evidence.judge import EvidenceJudge
from assay_judge.evidence.structure import MAX_FAULTS, structure_faults

CALL = ToolCall("c", "f", "{}")


def codes(*turns: str | Message) -> list[tuple[str, int]]:
    messages = tuple(t if isinstance(t, Message) else Message(t, "words") for t in turns)
    faults = structure_faults(View(Sample(messages)))
    return [(fault.code, fault.place.message) for fault in faults]


@pytest.mark.parametrize(
    "turns",
    [
        ("user", "assistant"),
        ("system", "user", "assistant", "user", "assistant"),
        ("user", Message("assistant", None, (CALL,)), "tool", "tool", "assistant"),
        ("user", Message("assistant", None, (CALL,))),
        ("user", Message("assistant", "👍")),
    ],
)
def test_conversations_in_order_have_no_fault(turns: tuple[str | Message, ...]) -> None:
    assert codes(*turns) == []


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (("user", "user", "assistant"), [("role_order", 1)]),
        (("user", "assistant", "assistant"), [("role_order", 2)]),
        (("assistant", "user", "assistant"), [("role_order", 0)]),
        (("user", "system", "assistant"), [("role_order", 1), ("role_order", 2)]),
        (("user", "tool", "assistant"), [("role_order", 1)]),
        (("user", "assistant", "user"), [("no_last_answer", 2)]),
        (("user", Message("assistant", "  ")), [("empty_turn", 1)]),
        (("user", Message("assistant", "...")), [("empty_turn", 1)]),
        ((Message("user", ""), "assistant"), [("empty_turn", 0)]),
    ],
)
def test_faults_are_found_where_they_stand(
    turns: tuple[str | Message, ...], expected: list[tuple[str, int]]
) -> None:
    assert codes(*turns) == expected


def test_faults_are_bounded() -> None:
    assert len(codes(*["user"] * 100)) == MAX_FAULTS


def test_a_fault_belongs_to_the_next_answer_and_quotes_its_turn() -> None:
    messages = (Message("user", "a"), Message("user", "again"), Message("assistant", "Well."))
    trailing = (*messages, Message("user", "And now?"))
    (judged,) = EvidenceJudge().judge_samples([Sample(trailing)])
    assert isinstance(judged, tuple)
    found = [(d.kind, d.message, d.quote, d.detector) for d in judged[0].defects]
    assert found == [
        ("structure", 1, "again", "structure.role_order"),
        ("structure", 3, "And now?", "structure.no_last_answer"),
    ]
