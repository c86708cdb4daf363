"""leak.identity: the model must not say that it is another vendor's product.

Answers taken from other models carry their names; a model trained on them learns to introduce
itself as someone else (`assay.verifiers.identity`).
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from assay.domain.action import Action, Drop, Flag, Place
from assay.verifiers.identity import (
    IdentityClaim,
    ProviderNames,
    find_generic_statement,
    find_identity_claims,
    is_spoken_by_model,
)
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_MAX_QUOTE = 80


class LeakIdentitySettings(RuleSettings):
    """Whose names are ours, and what a foreign one costs."""

    action: Literal["drop", "flag"] = Field(
        default="drop",
        description="what a claim to be another vendor's product does: drop, or flag (caps)",
    )
    own_names: tuple[str, ...] = Field(
        default=(), description="product names that the model may give as its own"
    )
    own_organisations: tuple[str, ...] = Field(
        default=(), description="organisations that the model may name as its maker"
    )
    providers: tuple[str, ...] = Field(
        default=(), description="further product or maker names to look for"
    )
    note_generic: bool = Field(
        default=True, description="note 'As an AI language model, ...' that names no vendor"
    )


class LeakIdentity(Rule[LeakIdentitySettings]):
    """Finds claims of a foreign identity in assistant prose."""

    id = "leak.identity"
    summary = "An assistant turn claims to be another vendor's product or made by it: drop"
    settings_type = LeakIdentitySettings

    def __init__(self, settings: LeakIdentitySettings) -> None:
        super().__init__(settings)
        self._names = ProviderNames(
            extra=settings.providers, own=settings.own_names + settings.own_organisations
        )

    def check(self, view: View) -> Iterable[Action]:
        for turn in view.assistant_turns:
            if not self._names.may_concern(view.text(turn)):
                continue
            claim = self._claim(view, turn)
            if claim is not None:
                yield self._action(turn, claim)
            elif self.settings.note_generic:
                yield from _note_generic(view.prose(turn))

    def _claim(self, view: View, turn: int) -> IdentityClaim | None:
        claims = find_identity_claims(view.prose(turn), self._names)
        if not claims:
            return None
        prompt = "\n".join(
            message.content or ""
            for message in view.messages[:turn]
            if message.role in ("system", "user")
        )
        distinct = {(claim.name, claim.ambiguous): claim for claim in reversed(claims)}
        genuine = (
            claim
            for claim in reversed(distinct.values())
            if is_spoken_by_model(claim, prompt, self._names)
        )
        return next(genuine, None)

    def _action(self, turn: int, claim: IdentityClaim) -> Action:
        claimed = "made by" if claim.kind == "maker" else "to be"
        reason = (
            f"expected no claim of a foreign identity, found one {claimed} {claim.name!r}:"
            f" {claim.quote[-_MAX_QUOTE:]!r}"
        )
        place = Place(turn, claim.end - len(claim.name), claim.name)
        if self.settings.action == "drop":
            return Drop(reason, place=place)
        return Flag(reason, caps=True, place=place)


def _note_generic(prose: str) -> Iterable[Action]:
    statement = find_generic_statement(prose)
    if statement is not None:
        reason = (
            "expected an answer that does not speak of the model itself,"
            f" found {statement[:_MAX_QUOTE]!r}"
        )
        yield Flag(reason, caps=False)
