"""Bounds the length of every response, so that none is empty or exceeds what is generated."""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop
from assay.verifiers.tokens import estimate_tokens
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_MAX_TOKENS_PER_CHAR = 1.75  # four UTF-8 bytes; a text of fewer characters cannot exceed the limit


class LenAsstTokensSettings(RuleSettings):
    """The shortest and the longest response."""

    min_tokens: int = Field(
        default=1, ge=0, description="estimated tokens of a response without tool calls; less drops"
    )
    max_tokens: int = Field(
        default=8_192, gt=0, description="estimated tokens of one response; more drops"
    )


class LenAsstTokens(Rule[LenAsstTokensSettings]):
    """Looks at each assistant turn alone."""

    id = "len.asst_tokens"
    summary = "Responses outside the token bounds are dropped"
    settings_type = LenAsstTokensSettings

    def check(self, view: View) -> Iterable[Action]:
        low, high = self.settings.min_tokens, self.settings.max_tokens
        for index in view.assistant_turns:
            text = view.text(index)
            if len(text) > low * 8 and len(text) * _MAX_TOKENS_PER_CHAR <= high:
                continue
            num_tokens = estimate_tokens(text.strip())
            if num_tokens > high:
                yield Drop(
                    f"turn {index}: the response has about {num_tokens} tokens, at most {high} "
                    "are allowed",
                    value=num_tokens,
                    threshold=high,
                )
            elif num_tokens < low and not view.messages[index].tool_calls:
                yield Drop(
                    f"turn {index}: the response has about {num_tokens} tokens, at least {low} "
                    "are expected",
                    value=num_tokens,
                    threshold=low,
                )
