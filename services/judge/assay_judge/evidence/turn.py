"""One assistant turn as the dimensions see it: its text, what was asked, what verifiers found."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from assay.domain.finding import Finding, Report
from assay.domain.sample import Message
from assay.verifiers.echo import width
from assay.verifiers.noise import NoiseMeasure, noise_share
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View

MIN_TELLING_WIDTH = 16  # characters; a Chinese, Japanese or Korean one counts three
MEASURED_CHARS = 8_000  # repetition, wording and topic are measured on so much of a text
_PLACEHOLDERS = frozenset(
    ("n/a", "nooutput", "no output", "noinput", "no response", "empty", "无输入", "无输出")
)
_MAX_PLACEHOLDER = 24  # characters, brackets and dots included
_EDGES = " \t\n.<>[](){}*_`\"'"
_SAYS_SOMETHING = compile_pattern(r"[\pL\pN\pS]")


class Claims(NamedTuple):
    """How many claims of a turn a verifier could decide, and how many of them do not hold."""

    num_checked: int
    num_failed: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Assistant message `index` of `view`; `findings` are those that belong to this turn."""

    view: View
    index: int
    text: str
    prompt: str
    is_last: bool
    findings: tuple[Finding, ...] = ()

    @property
    def message(self) -> Message:
        return self.view.messages[self.index]

    @property
    def calls(self) -> bool:
        """Whether the turn calls tools; its text may then be empty."""
        return bool(self.message.tool_calls)

    @property
    def is_silent(self) -> bool:
        """Whether the turn neither says anything nor calls a tool, as `N/A` does."""
        return not self.calls and (is_placeholder(self.text) or not says_something(self.text))

    def prose(self) -> str:
        """The end of the prose (code blanked), as much of it as is measured."""
        return self.view.prose(self.index)[-MEASURED_CHARS:]

    @property
    def is_slight(self) -> bool:
        """Whether the turn is a word or two."""
        return len(self.text) < MIN_TELLING_WIDTH and width(self.text) < MIN_TELLING_WIDTH

    def noise(self) -> NoiseMeasure:
        """How much of the text is damage and debris."""
        return self.view.cached(("evidence.noise", self.index), lambda: noise_share(self.text))

    def claims(self, check: Callable[[View], Report], kind: str) -> Claims:
        """What `check`, whose findings are of `kind`, decided about this turn alone."""
        report = check(self.view)
        if not report.num_checked:
            return Claims(0, 0)
        failed = sum(finding.kind == kind for finding in self.findings)
        if len(self.view.assistant_turns) > 1:
            report = check(self._alone())
        return Claims(max(report.num_checked, failed), failed)

    def _alone(self) -> View:
        """The turn with the question before it, so that a report counts its claims only."""
        return self.view.cached(("evidence.alone", self.index), self._build_alone)

    def _build_alone(self) -> View:
        question = (Message("user", self.prompt),) if self.prompt else ()
        return View(replace(self.view.sample, messages=(*question, self.message)))


def says_something(text: str) -> bool:
    """Whether `text` holds a letter, a digit or a symbol; marks and blanks alone say nothing."""
    return any(map(str.isalnum, text[:16])) or _SAYS_SOMETHING.search(text) is not None


def is_placeholder(text: str) -> bool:
    """Whether `text` only stands in for an answer: `N/A`, `<nooutput>`."""
    return len(text) <= _MAX_PLACEHOLDER and text.strip(_EDGES).lower() in _PLACEHOLDERS
