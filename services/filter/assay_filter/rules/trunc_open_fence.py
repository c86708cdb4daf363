r"""Drops responses with a code fence, display formula or LaTeX environment that is never closed.

Two signs of an open fence: a block without an end (CommonMark), and an odd number of fence lines,
because a stray fence swallows the next opening one and everything seems closed.
"""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Fix, Place
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.truncation import cut_evidence
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings

_FENCE = compile_pattern(
    r"(?m)^[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(```|~~~)[^`~\n]*$"
)
_MAX_FENCES = 1000  # more fences are no text; their number is not told


class TruncOpenFenceSettings(RuleSettings):
    """What is looked for, and whether a whole last line may be closed."""

    close_fence: bool = Field(
        default=False,
        description="true closes a fence at the end of a text whose last line is whole, "
        "instead of dropping",
    )
    check_math: bool = Field(
        default=True, description="true also drops on an open $$ or \\begin{...} in prose"
    )


class TruncOpenFence(Rule[TruncOpenFenceSettings]):
    """Looks at assistant turns only."""

    id = "trunc.open_fence"
    summary = "Responses with an unclosed code fence, $$ or LaTeX environment are dropped"
    settings_type = TruncOpenFenceSettings

    def check(self, view: View) -> Iterable[Action]:
        for index in view.assistant_turns:
            text = view.text(index)
            if "```" in text or "~~~" in text:
                yield from self._check_fences(view, index, text)
            if self.settings.check_math and "\\" in text:
                yield from _check_math(view.prose(index), index)

    def _check_fences(self, view: View, index: int, text: str) -> Iterable[Action]:
        blocks = view.code_blocks(index)
        start = next(
            (b.start for b in blocks if not b.closed and not _is_rule(text, b.start)), None
        )
        if start is None:
            if not blocks or text.count("```") > _MAX_FENCES:
                return
            if sum(1 for _ in _FENCE.finditer(text)) % 2 == 0:
                return
            start = blocks[-1].start
        elif self.settings.close_fence and cut_evidence(text).score == 0:
            closed = text.rstrip("\n") + f"\n{text[start : start + 3]}"
            if text[start : start + 3] in ("```", "~~~"):
                edits = text_edits(f"/messages/{index}/content", text, closed)
                yield Fix(edits, f"turn {index}: the last code fence was not closed")
                return
        quote = text[start : start + 80].split("\n")[0]
        yield Drop(
            f"turn {index}: a code fence is opened at {quote!r} and not closed",
            place=Place(index, start, quote),
        )


def _is_rule(text: str, start: int) -> bool:
    """A long line of tildes underlines or separates; nobody opens a block with it."""
    return text[start : start + 40].lstrip().startswith("~~~~~~")


def _check_math(prose: str, index: int) -> Iterable[Action]:
    if prose.count("$$") % 2:
        yield Drop(f"turn {index}: the number of $$ is odd, a formula is not closed")
    depth = prose.count("\\begin{") - prose.count("\\end{")
    if depth > 0:
        yield Drop(f"turn {index}: {depth} LaTeX environments are begun and not ended")
