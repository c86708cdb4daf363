from assay.domain.action import Action, Fix
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.leak_url_tracking import LeakUrlTracking, LeakUrlTrackingSettings

ANSWER = "See https://x.com/a?utm_source=chat&id=3 【4†source】. Also https://y.org/?gclid=1."


def check(answer: str, prompt: str = "hello", *, keep_given: bool = True) -> list[Action]:
    rule = LeakUrlTracking(LeakUrlTrackingSettings(keep_given=keep_given))
    return list(rule.check(View(Sample((Message("user", prompt), Message("assistant", answer))))))


def test_debris_is_removed_and_can_be_undone() -> None:
    (action,) = check(ANSWER)
    assert isinstance(action, Fix)
    payload = {"messages": [{"content": "hello"}, {"content": ANSWER}]}
    fixed = apply_edits(payload, action.edits)
    assert fixed == {
        "messages": [
            {"content": "hello"},
            {"content": "See https://x.com/a?id=3. Also https://y.org/."},
        ]
    }
    assert undo_edits(fixed, action.edits) == payload
    assert "1 x citation marker" in action.reason


def test_code_is_left_alone() -> None:
    assert check("Run:\n```\ncurl https://x.com/a?utm_source=chat\n```") == []


def test_what_the_user_gave_is_kept_unless_asked() -> None:
    prompt = "Explain https://x.com/a?utm_source=chat please"
    answer = "In https://x.com/a?utm_source=chat the tag names the source."
    assert check(answer, prompt) == []
    assert len(check(answer, prompt, keep_given=False)) == 1


def test_plain_text_passes() -> None:
    assert check("See https://x.com/a?id=3 and 【1】.") == []
