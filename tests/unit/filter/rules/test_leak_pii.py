from assay.domain.action import Action, Fix, Flag
from assay.domain.sample import Document, Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.leak_pii import LeakPii, LeakPiiSettings

ANSWER = "Ask Anna: anna.schmidt@firma.de, +49 171 4829301, SSN 536-22-8714. Bye."
MASKED = "Ask Anna: [EMAIL], [PHONE], SSN [SSN]. Bye."


def check(
    answer: str,
    prompt: str = "hello",
    settings: LeakPiiSettings | None = None,
    documents: tuple[Document, ...] = (),
    tool: str | None = None,
) -> list[Action]:
    turns = [Message("user", prompt), Message("assistant", answer)]
    if tool is not None:
        turns.insert(1, Message("tool", tool))
    sample = Sample(tuple(turns), documents=documents)
    return list(LeakPii(settings or LeakPiiSettings()).check(View(sample)))


def masked(answer: str, actions: list[Action]) -> str:
    payload = {"messages": [{"content": "hello"}, {"content": answer}]}
    for action in actions:
        if isinstance(action, Fix):
            fixed = apply_edits(payload, action.edits)
            assert undo_edits(fixed, action.edits) == payload
            return str(fixed["messages"][1]["content"])  # type: ignore[index,call-overload]
    return answer


def test_personal_data_becomes_typed_placeholders_and_can_be_undone() -> None:
    actions = check(ANSWER)
    assert masked(ANSWER, actions) == MASKED


def test_reason_counts_kinds_and_shows_no_datum() -> None:
    (action,) = check(ANSWER)
    assert isinstance(action, Fix)
    assert action.reason == "masked personal data: 1 EMAIL, 1 PHONE, 1 SSN"


def test_data_that_the_conversation_gave_is_kept_and_noted() -> None:
    answer = "I mailed anna@firma.de and rang (415) 738-2671."
    given = "My mail is Anna@firma.de, phone +1 415 738 2671."
    for actions in (
        check(answer, given),
        check(answer, tool=given),
        check(answer, documents=(Document("d1", "", given),)),
    ):
        (note,) = actions
        assert isinstance(note, Flag)
        assert not note.caps
        assert "anna" not in note.reason.lower()
    settings = LeakPiiSettings(mask_given=True)
    assert masked(answer, check(answer, given, settings)) == "I mailed [EMAIL] and rang [PHONE]."


def test_code_is_left_alone_and_noted() -> None:
    for code in ("```\nto = anna@firma.de\n```", "`anna@firma.de`", 'to = "anna@firma.de"'):
        (note,) = check(f"Use this:\n{code}")
        assert isinstance(note, Flag)
        assert not note.caps
        assert "anna" not in note.reason


def test_example_data_is_masked_only_beside_real_data() -> None:
    assert check("Write to jane@example.com or call (212) 555-0142.") == []
    answer = "Write to john.doe12@example.com; SSN 536-22-8714."
    assert masked(answer, check(answer)) == "Write to [EMAIL]; SSN [SSN]."
    never = LeakPiiSettings(mask_reserved="never")
    assert masked(answer, check(answer, settings=never)) == (
        "Write to john.doe12@example.com; SSN [SSN]."
    )
    always = LeakPiiSettings(mask_reserved="always")
    assert len(check("Write to jane@example.com.", settings=always)) == 1


def test_user_turns_are_masked_only_when_asked() -> None:
    assert check("Thanks.", ANSWER) == []
    (fix,) = check("Thanks.", ANSWER, LeakPiiSettings(mask_user=True))
    assert isinstance(fix, Fix)
    assert {edit.pointer for edit in fix.edits} == {"/messages/0/content"}


def test_kinds_left_out_pass() -> None:
    actions = check(ANSWER, settings=LeakPiiSettings(kinds=("SSN",)))
    assert masked(ANSWER, actions) == ANSWER.replace("536-22-8714", "[SSN]")


def test_masked_text_is_left_alone() -> None:
    assert check(MASKED) == []


def test_sums_dates_and_versions_pass() -> None:
    assert check("On 2023-04-15, version 4.12.3.18: 1000 - 600 - 100 = 300.") == []
