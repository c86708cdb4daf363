import pytest

from assay.domain.action import Action, Fix
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.norm_html_debris import NormHtmlDebris, NormHtmlDebrisSettings

RESIDUE = '<div class="x"><p>Hello &amp; welcome.<br/>Bye.</p></div>'


def check(answer: str, user: str = "Say hello.") -> list[Action]:
    view = View(Sample((Message("user", user), Message("assistant", answer))))
    return list(NormHtmlDebris(NormHtmlDebrisSettings()).check(view))


def test_residue_becomes_text_reversibly() -> None:
    (fix,) = check(RESIDUE)
    assert isinstance(fix, Fix)
    payload = {"messages": [{"content": "Say hello."}, {"content": RESIDUE}]}
    fixed = apply_edits(payload, fix.edits)
    assert fixed["messages"] == [{"content": "Say hello."}, {"content": "Hello & welcome.\nBye."}]
    assert undo_edits(fixed, fix.edits) == payload


@pytest.mark.parametrize(
    "user",
    [
        "Write HTML.",
        "Make a web page.",
        "Fix this: <div>x</div>",
        "Schreibe eine HTML-Seite",
        "写一个HTML",
        "Une page en HTML",
        "اكتب صفحة HTML",
    ],
)
def test_markup_that_was_asked_for_stays(user: str) -> None:
    assert check(RESIDUE, user) == []


def test_buttons_go_even_where_markup_is_the_subject() -> None:
    (fix,) = check("```htmlCopy code\n<p>x</p>\n```", "Write HTML.")
    assert isinstance(fix, Fix)
    assert [(e.before, e.after) for e in fix.edits] == [("Copy code", "")]


@pytest.mark.parametrize("answer", ["a < b", "List<int>", "`<p>`", "Fish & chips", ""])
def test_plain_answers_yield_nothing(answer: str) -> None:
    assert check(answer) == []


def test_user_turns_are_not_rewritten() -> None:
    assert check("Fine.", RESIDUE) == []
