"""Drops responses made of the same word sequences over and over.

The measure is Gopher's (Rae et al. 2021, table A1). Its web threshold (.15 for 5-grams) is met by
one in sixteen responses of ordinary multi-turn conversations, so ours are higher, and higher still
for tables and lists of like items. Code is left out.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Flag
from assay.verifiers.echo import asks_for_repetition
from assay.verifiers.repetition import duplicate_share
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_MAX_CHARS = 8_000  # the end of a long text is measured
_MIN_LIST_LINES = 6


class RepNgramSettings(RuleSettings):
    """From which share on, and on which texts."""

    num_words: int = Field(
        default=5, gt=1, description="words of an n-gram; characters, doubled, in CJK scripts"
    )
    min_chars: int = Field(default=300, gt=0, description="shorter responses are not measured")
    flag_share: float = Field(
        default=0.4,
        gt=0,
        description="share of characters in n-grams seen before, 0..1; from here flagged (caps)",
    )
    drop_share: float = Field(
        default=0.55,
        gt=0,
        description="share of characters in n-grams seen before, 0..1; from here dropped",
    )
    list_factor: float = Field(
        default=1.5,
        ge=1,
        description="factor on both shares for tables and lists; a share above 1 never acts",
    )


class RepNgram(Rule[RepNgramSettings]):
    """Measures the prose of each assistant turn."""

    id = "rep.ngram"
    summary = "Responses of duplicated word sequences are dropped, doubtful ones flagged (caps)"
    settings_type = RepNgramSettings

    def check(self, view: View) -> Iterable[Action]:
        for index in view.assistant_turns:
            if len(view.text(index)) < self.settings.min_chars:
                continue
            prose = view.prose(index)[-_MAX_CHARS:]
            share = duplicate_share(prose, size=self.settings.num_words)
            if share < self.settings.flag_share:  # a list bears more, never less
                continue
            factor = self.settings.list_factor if _is_list(prose) else 1.0
            flag_share = self.settings.flag_share * factor
            if share < flag_share:
                continue
            reason = (
                f"turn {index}: {share:.0%} of the text are sequences of "
                f"{self.settings.num_words} words that stand in it before"
            )
            drop_share = self.settings.drop_share * factor
            if share >= drop_share and not asks_for_repetition(view.user_text_before(index)):
                yield Drop(reason, value=share, threshold=drop_share)
            else:
                yield Flag(reason, value=share, threshold=flag_share)


def _is_list(prose: str) -> bool:
    """Most lines begin with a bullet, a number or a table bar."""
    lines = [line.lstrip() for line in prose.split("\n") if line.strip()]
    if len(lines) < _MIN_LIST_LINES:
        return False
    listed = sum(line[0] in "-*•|+·" or line[0].isdigit() for line in lines)
    return 2 * listed > len(lines)
