"""One assistant turn to judge, with what code found out before any model is asked.

The idea: what code can decide is decided here, once: facts for the judge, defects that need no
judge, flags for text that speaks to the judge. Invariant: nothing here depends on a model.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from assay.domain.judgement import Defect
from assay.domain.rubric import Rubric
from assay.domain.sample import JsonValue, Message, Sample
from assay.verifiers.view import View
from assay_judge.hostile.defences import Defences
from assay_judge.hostile.injection import find_injections, may_hold_injections
from assay_judge.prompts.facts import code_defects, code_facts

INJECTION_SUSPECTED = "injection_suspected"
INJECTION_IN_EVIDENCE = "injection_in_evidence"

# What only a text can show; a turn that does nothing but call tools has none of it to judge.
TEXT_DIMENSIONS = frozenset(("conciseness", "naturalness", "calibration"))


class Field(NamedTuple):
    """One text of a message and its name, as in `Defect.field`."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A judged turn.

    Attributes:
        fields: the texts of the response in which a quote counts.
        dimensions: those of the rubric that apply to it, in the rubric's order.
        checks: the rubric's checks that feed one of these.
    """

    view: View
    turn: int
    fields: tuple[Field, ...]
    facts: tuple[str, ...]
    defects: tuple[Defect, ...]
    flags: tuple[str, ...]
    dimensions: tuple[str, ...]
    checks: tuple[str, ...]

    @property
    def sample(self) -> Sample:
        return self.view.sample


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a rubric applies to a turn, in the rubric's order."""

    dimensions: tuple[str, ...]
    checks: tuple[str, ...]


class Scopes(NamedTuple):
    """The scopes of a rubric, found once: for turns with a text, and for those without."""

    told: Scope
    called: Scope

    def of(self, message: Message) -> Scope:
        """The scope for a message; one that does nothing but call tools has no text to judge."""
        if message.tool_calls and not (message.content or "").strip():
            return self.called
        return self.told


def scopes_of(rubric: Rubric) -> Scopes:
    """Return what of `rubric` applies to which turns."""
    names = rubric.judged_dimensions
    called = tuple(name for name in names if name not in TEXT_DIMENSIONS)
    return Scopes(_scope(rubric, names), _scope(rubric, called))


def open_subject(view: View, turn: int, scopes: Scopes, defences: Defences) -> Subject:
    """Let code find what it can about message `turn` of `view`."""
    message = view.messages[turn]
    fields = tuple(response_fields(message))
    scope = scopes.of(message)
    return Subject(
        view=view,
        turn=turn,
        fields=fields,
        facts=code_facts(view, turn),
        defects=code_defects(view, turn),
        flags=tuple(_flags(view, turn, fields)) if defences.detect_injection else (),
        dimensions=scope.dimensions,
        checks=scope.checks,
    )


def response_fields(message: Message) -> Iterator[Field]:
    """Yield the texts of a response: its content, then name and arguments of each tool call."""
    if message.content:
        yield Field("content", message.content)
    for at, call in enumerate(message.tool_calls):
        yield Field(f"tool_calls/{at}/name", call.name)
        yield Field(f"tool_calls/{at}/arguments", call.arguments)


def _scope(rubric: Rubric, names: tuple[str, ...]) -> Scope:
    return Scope(names, tuple(n for n, c in sorted(rubric.checks.items()) if c.feeds in names))


def _flags(view: View, turn: int, fields: tuple[Field, ...]) -> Iterator[str]:
    if not view.cached("engine.may_speak", partial(_may_speak, view)):
        return
    if any(find_injections(field.text, is_response=True) for field in fields):
        yield INJECTION_SUSPECTED
    if view.cached("engine.declared", partial(_speaks_in_declared, view.sample)) or any(
        view.cached(("engine.evidence", at), partial(_speaks_in_message, view.messages[at]))
        for at in range(turn)
    ):
        yield INJECTION_IN_EVIDENCE


def _may_speak(view: View) -> bool:
    """Whether any text of the sample can speak to the judge; one look instead of one a text.

    Measured on conversations of 3 KB: 40 % of the time for those that cannot, nine in ten.
    """
    fields = (field.text for message in view.messages for field in response_fields(message))
    return may_hold_injections("\n".join((*_declared(view.sample), *fields)))


def _speaks_in_declared(sample: Sample) -> bool:
    """Whether documents or tools speak to the judge."""
    return any(find_injections(text, is_response=False) for text in _declared(sample))


def _declared(sample: Sample) -> Iterator[str]:
    for document in sample.documents:
        yield f"{document.doc_id}\n{document.title}\n{document.text}"
    for tool in sample.tools:
        yield "\n".join((tool.name, tool.description, *_texts_within(tool.parameters)))


def _texts_within(value: JsonValue) -> list[str]:
    """Return every text of a JSON value, keys included; without recursion, for it may be deep."""
    texts: list[str] = []
    waiting: list[JsonValue] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            texts += part.keys()
            waiting += part.values()
        elif isinstance(part, Sequence):
            waiting += part
    return texts


def _speaks_in_message(message: Message) -> bool:
    return any(find_injections(f.text, is_response=False) for f in response_fields(message))
