"""Bounds the length of the whole conversation, so that it fits the trainer's sequence."""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Keep
from assay.verifiers.tokens import estimate_tokens
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_TURN_TOKENS = 6  # role markers of a chat template around each turn


class LenTotalTokensSettings(RuleSettings):
    """The longest conversation."""

    max_tokens: int = Field(
        default=16_384,
        gt=0,
        description="estimated tokens of all turns with their role markers; longer is dropped",
    )


class LenTotalTokens(Rule[LenTotalTokensSettings]):
    """Adds up the estimated tokens of every turn, tool calls included."""

    id = "len.total_tokens"
    summary = "Conversations longer than the sequence length are dropped"
    settings_type = LenTotalTokensSettings

    def check(self, view: View) -> Iterable[Action]:
        num_tokens = view.cached("num_tokens", lambda: _count(view))
        limit = self.settings.max_tokens
        if num_tokens > limit:
            yield Drop(
                f"the conversation has about {num_tokens} tokens, at most {limit} are allowed",
                value=num_tokens,
                threshold=limit,
            )
        else:
            yield Keep(num_tokens)


def _count(view: View) -> int:
    total = 0
    for message in view.messages:
        total += estimate_tokens(message.content or "") + _TURN_TOKENS
        for call in message.tool_calls:
            total += estimate_tokens(call.name) + estimate_tokens(call.arguments)
    return total
