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
from assay_judge.hostile.injection import find_injections
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


def open_subject(view: View, turn: int, rubric: Rubric, defences: Defences) -> Subject:
    """Let code find what it can about message `turn` of `view`."""
    message = view.messages[turn]
    fields = tuple(response_fields(message))
    dimensions = _applicable(message, rubric)
    return Subject(
        view=view,
        turn=turn,
        fields=fields,
        facts=code_facts(view, turn),
        defects=code_defects(view, turn),
        flags=tuple(_flags(view, turn, fields)) if defences.detect_injection else (),
        dimensions=dimensions,
        checks=tuple(n for n, c in sorted(rubric.checks.items()) if c.feeds in dimensions),
    )


def response_fields(message: Message) -> Iterator[Field]:
    """Yield the texts of a response: its content, then name and arguments of each tool call."""
    if message.content:
        yield Field("content", message.content)
    for at, call in enumerate(message.tool_calls):
        yield Field(f"tool_calls/{at}/name", call.name)
        yield Field(f"tool_calls/{at}/arguments", call.arguments)


def _applicable(message: Message, rubric: Rubric) -> tuple[str, ...]:
    names = rubric.judged_dimensions
    if message.tool_calls and not (message.content or "").strip():
        return tuple(name for name in names if name not in TEXT_DIMENSIONS)
    return names


def _flags(view: View, turn: int, fields: tuple[Field, ...]) -> Iterator[str]:
    if any(find_injections(field.text, is_response=True) for field in fields):
        yield INJECTION_SUSPECTED
    if view.cached("engine.declared", partial(_speaks_in_declared, view.sample)) or any(
        view.cached(("engine.evidence", at), partial(_speaks_in_message, view.messages[at]))
        for at in range(turn)
    ):
        yield INJECTION_IN_EVIDENCE


def _speaks_in_declared(sample: Sample) -> bool:
    """Whether documents or tools speak to the judge."""
    texts = [f"{d.doc_id}\n{d.title}\n{d.text}" for d in sample.documents]
    texts += [
        "\n".join((tool.name, tool.description, *_texts_within(tool.parameters)))
        for tool in sample.tools
    ]
    return any(find_injections(text, is_response=False) for text in texts)


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
