"""Takes prompt templates out of responses, flags what is left of scaffolding.

A model that does not stop goes on with the template it was trained on: the next instruction, an
empty response. From the first such marker on nothing belongs to the answer; a template in front of
the answer goes too. Talk about rubrics or reference answers and placeholders is flagged: what was
meant cannot be restored.

Invariant: nothing is removed where the user wrote the marker, and never the whole response.
"""

from collections.abc import Iterable
from itertools import islice

from pydantic import Field

from assay.domain.action import Action, Drop, Fix, Flag, Place
from assay.verifiers.patterns import Match, compile_pattern
from assay.verifiers.view import View
from assay_filter.rules.edits import text_edits
from assay_filter.rules.rule import Rule, RuleSettings

_NAMES = (
    r"(?:Instructions?|Input|Response|Output|Human|User|Assistant|System|Question|Answer|Prompt)"
)
_MARKER = compile_pattern(
    rf"(?m)^[ \t]*(?:#{{2,4}}[ \t]*({_NAMES})[ \t]*:[ \t]*|\[/?(?:INST|SYS)\][ \t]*"
    r"|Below is an instruction that describes a task[^\n]*)"
)
_STRONG = frozenset(
    {"Instruction", "Instructions", "Response", "Human", "User", "Assistant", "System"}
)
_ANSWERING = frozenset({"Response", "Output", "Assistant", "Answer"})
_META = compile_pattern(
    r"\b(?:as per the (?:instructions?|rubric|guidelines)(?: given| provided)?,? (?:the|my"
    r"|this) (?:answer|response|output)"
    r"|(?:matches|according to|based on|compared (?:to|with)|given|as per|and) the"
    r" (?:reference|gold|ground[- ]truth) (?:answer|response|solution)"
    r"|the (?:reference|gold) (?:answer|response|solution) (?:is|says|states)"
    r"|(?:the )?(?:grading|scoring|evaluation) rubric (?:says|states|requires|asks))\b",
    ignore_case=True,
)
_VARIABLE = compile_pattern(r"\{\{[ ]?[a-z_][a-z0-9_.]{0,40}[ ]?\}\}")
_META_WORDS = ("{{", " rubric", " reference ", " gold ", "as per the", "round truth", "round-truth")
_MAX_MARKERS = 50  # further ones lie behind the cut anyway
_HEAD_CHARS = 200  # where a placeholder is looked for
_PLACEHOLDER = compile_pattern(r"<no[ _]?(?:in|out)put>", ignore_case=True)


class LeakRubricMetaSettings(RuleSettings):
    """What is mended and what is looked for."""

    fix_templates: bool = Field(
        default=True,
        description="true cuts prompt templates (### Instruction: ...) off; false flags (caps)",
    )
    placeholders: bool = Field(
        default=True,
        description="true drops responses that are a placeholder (<nooutput>) and flags others",
    )


class LeakRubricMeta(Rule[LeakRubricMetaSettings]):
    """Looks at the prose of assistant turns."""

    id = "leak.rubric_meta"
    summary = "Prompt templates in responses are fixed, other scaffolding is flagged (caps)"
    settings_type = LeakRubricMetaSettings

    def check(self, view: View) -> Iterable[Action]:
        for index in view.assistant_turns:
            text = view.text(index)
            if "##" in text or "INST]" in text or "Below is an in" in text:
                yield from self._check_template(view, index, text)
            if "<no" in text.lower()[:_HEAD_CHARS] and self.settings.placeholders:
                yield from _check_placeholder(text, index)
            if any(word in text for word in _META_WORDS):
                yield from _check_meta(view, index)

    def _check_template(self, view: View, index: int, text: str) -> Iterable[Action]:
        markers = [
            m for m in islice(_MARKER.finditer(view.prose(index)), _MAX_MARKERS) if _is_strong(m)
        ]
        asked = view.user_text_before(index)
        if not markers or any(m.group().strip() in asked for m in markers):
            return
        kept = _without_template(text, markers)
        quote = markers[0].group().strip()
        place = Place(index, markers[0].start(), markers[0].group())
        if not kept.strip():
            yield Drop(f"turn {index}: the response is only a prompt template ({quote!r})")
        elif self.settings.fix_templates:
            edits = text_edits(f"/messages/{index}/content", text, kept)
            yield Fix(edits, f"turn {index}: a prompt template was left in it ({quote!r})")
        else:
            yield Flag(f"turn {index}: it holds a prompt template ({quote!r})", place=place)


def _is_strong(match: Match) -> bool:
    name = match.group(1)
    return not name or name in _STRONG


def _without_template(text: str, markers: list[Match]) -> str:
    """The answer: what stands before the first marker, or behind a response marker in front."""
    first = markers[0]
    before = text[: first.start()].rstrip()
    if before:
        return before
    start = end = None
    for match in markers:
        if start is None and match.group(1) in _ANSWERING:
            start = match.end()
        elif start is not None:
            end = match.start()
            break
    return "" if start is None else text[start:end].strip()


def _check_placeholder(text: str, index: int) -> Iterable[Action]:
    match = _PLACEHOLDER.search(text)
    if match is None:
        return
    quote = match.group()
    if len(text.strip()) == len(quote):
        yield Drop(f"turn {index}: the response is the placeholder {quote!r}")
    else:
        yield Flag(
            f"turn {index}: a placeholder {quote!r} was left in it",
            place=Place(index, match.start(), quote),
        )


def _check_meta(view: View, index: int) -> Iterable[Action]:
    prose = view.prose(index)
    asked = view.user_text_before(index)
    for pattern, what in (
        (_META, "speaks of its grading"),
        (_VARIABLE, "holds a template variable"),
    ):
        match = pattern.search(prose)
        if match is None:
            continue
        quote = match.group()
        if quote.lower() in asked.lower() or (pattern is _VARIABLE and "{{" in asked):
            continue
        if pattern is _META and ("rubric" in asked.lower() or "reference" in asked.lower()):
            continue
        yield Flag(
            f"turn {index}: the response {what}: {quote[:80]!r}",
            caps=pattern is _META,
            place=Place(index, match.start(), quote),
        )
