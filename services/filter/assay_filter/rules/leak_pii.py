"""leak.pii: an answer must not carry anybody's e-mail address, phone or identity number.

A model learns such data by heart. In prose each datum is replaced by a typed placeholder; code is
left alone, because masking may break it, and only noted. What the conversation itself gave
(the user's text, a tool's result, a document) stays by default: masking it would spoil the answer.
Reasons name kinds and counts, never a datum; the edits hold the originals, so that they can be
undone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from assay.domain.action import Action, Edit, Fix, Flag
from assay.verifiers.personal_data import (
    Datum,
    find_personal_data,
    may_hold_personal_data,
    number_keys,
)
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_SUFFIX = 9  # digits that identify a phone number whatever its country code
_GIVING_ROLES = frozenset(("system", "user", "tool"))
_LITERAL_LEADS = frozenset("=([{,")

Kind = Literal["EMAIL", "PHONE", "SSN", "IBAN", "CARD", "IP", "NATIONAL_ID"]


class LeakPiiSettings(RuleSettings):
    """What is masked, and where."""

    kinds: tuple[Kind, ...] = Field(
        default=("EMAIL", "PHONE", "SSN", "IBAN", "CARD", "IP", "NATIONAL_ID"),
        description="kinds of personal data to mask; leave one out to let it pass",
    )
    mask_given: bool = Field(
        default=False,
        description="true masks also data that the user, a tool result or a document gave before",
    )
    mask_reserved: Literal["never", "with_others", "always"] = Field(
        default="with_others",
        description="masks example data and info@ mailboxes: never, beside real data, or always",
    )
    mask_user: bool = Field(
        default=False, description="true masks user turns too (their text is evidence otherwise)"
    )


class LeakPii(Rule[LeakPiiSettings]):
    """Masks personal data in assistant prose."""

    id = "leak.pii"
    summary = "Personal data in an assistant turn: fix (typed placeholder), in code a note"
    settings_type = LeakPiiSettings

    def check(self, view: View) -> Iterable[Action]:
        for turn, message in enumerate(view.messages):
            if message.role == "assistant" or (self.settings.mask_user and message.role == "user"):
                text = message.content
                if text and may_hold_personal_data(text):
                    yield from self._check_turn(view, turn, text)

    def _check_turn(self, view: View, turn: int, text: str) -> Iterable[Action]:
        data = [d for d in find_personal_data(text) if d.kind in self.settings.kinds]
        if not data:
            return
        given, others = self._split_given(view, turn, data)
        prose = view.prose(turn)
        in_code = [d for d in others if not d.reserved and _is_code(text, prose, d)]
        masked = self._to_mask([d for d in others if not _is_code(text, prose, d)])
        if masked:
            yield Fix(_edits(turn, text, masked), f"masked personal data: {_count(masked)}")
        if in_code:
            yield Flag(f"personal data in code, left as it is: {_count(in_code)}", caps=False)
        if given:
            yield Flag(f"personal data that the prompt gave, kept: {_count(given)}", caps=False)

    def _split_given(
        self, view: View, turn: int, data: Sequence[Datum]
    ) -> tuple[list[Datum], list[Datum]]:
        if self.settings.mask_given or view.messages[turn].role != "assistant":
            return [], list(data)
        keys = view.cached(("given_numbers", turn), lambda: _given_keys(view, turn))
        given: list[Datum] = []
        others: list[Datum] = []
        for datum in data:
            known = datum.key in keys or datum.key[-_SUFFIX:] in keys
            (given if known else others).append(datum)
        return given, others

    def _to_mask(self, data: list[Datum]) -> list[Datum]:
        policy = self.settings.mask_reserved
        if policy == "always" or (policy == "with_others" and any(not d.reserved for d in data)):
            return data
        return [d for d in data if not d.reserved]


def _given_keys(view: View, turn: int) -> frozenset[str]:
    texts = [m.content or "" for m in view.messages[:turn] if m.role in _GIVING_ROLES]
    texts.extend(document.text for document in view.sample.documents)
    keys = frozenset[str]().union(*(number_keys(text) for text in texts))
    return keys | {key[-_SUFFIX:] for key in keys if len(key) > _SUFFIX and "@" not in key}


def _is_code(text: str, prose: str, datum: Datum) -> bool:
    """Fenced or inline code, or a quoted literal that is assigned, passed or listed."""
    if prose[datum.start : datum.end].isspace():
        return True
    quote = text[datum.start - 1 : datum.start]
    if quote not in ("'", '"') or text[datum.end : datum.end + 1] != quote:
        return False
    lead = text[max(0, datum.start - 8) : datum.start - 1].rstrip()
    return lead[-1:] in _LITERAL_LEADS or lead[-2:] in ('":', "':")


def _edits(turn: int, text: str, data: Sequence[Datum]) -> tuple[Edit, ...]:
    """From the last to the first: an edit does not move those before it."""
    pointer = f"/messages/{turn}/content"
    return tuple(
        Edit(pointer, d.start, text[d.start : d.end], f"[{d.kind}]") for d in reversed(data)
    )


def _count(data: Sequence[Datum]) -> str:
    counts = Counter(datum.kind for datum in data)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
