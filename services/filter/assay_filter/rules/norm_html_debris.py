"""Turns residue of web pages in assistant turns into the text that the page showed.

Where anyone in the conversation speaks of markup, tags are its content and stay.
"""

from collections.abc import Iterable

from assay.domain.action import Action, Fix
from assay.verifiers.html import clean_html, is_markup_subject, may_have_html, strip_debris
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings


class NormHtmlDebrisSettings(RuleSettings):
    """Nothing to set: doubtful markup is kept."""


class NormHtmlDebris(Rule[NormHtmlDebrisSettings]):
    """Yields one Fix for each turn that changes."""

    id = "norm.html_debris"
    summary = "Tags, entities and buttons of web pages in assistant prose become plain text (fix)"
    settings_type = NormHtmlDebrisSettings

    def check(self, view: View) -> Iterable[Action]:
        for index in view.assistant_turns:
            before = view.text(index)
            if not before or not may_have_html(before):
                continue
            after = strip_debris(before) if _is_about_markup(view) else clean_html(before)
            if after != before:
                yield Fix(
                    text_edits(f"/messages/{index}/content", before, after),
                    f"turn {index}: residue of a web page (tags, entities or buttons)",
                    value=abs(len(before) - len(after)),
                )


def _is_about_markup(view: View) -> bool:
    return view.cached(
        "norm.html_debris.subject",
        lambda: is_markup_subject(
            m.content for m in view.messages if m.content and m.role in ("user", "system")
        ),
    )
