"""Checks of a sample that carries instruction ids, with or without their parameters.

The ids stand in the metadata, at its top or under `labels`, `meta` or `extra`, with a list of
parameters beside them; without parameters the prompt must state them, or the check abstains.
Published verdicts that may stand there as well are never read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from assay.domain.sample import JsonObject, JsonValue
from assay.verifiers.requested_format.instruction import Instruction, Outcome
from assay.verifiers.requested_format.table import INSTRUCTIONS

_ID_KEYS = ("instruction_id_list", "instruction_ids")
_PARAMETER_KEYS = ("kwargs", "instruction_kwargs")
_HOLDERS = ("labels", "meta", "metadata", "extra")
_LANGUAGE_PREFIX = 2


class Identified(NamedTuple):
    """An instruction's id as written, and its parameters (empty when not given)."""

    id: str
    parameters: Mapping[str, JsonValue]


def find_instructions(metadata: JsonObject) -> tuple[Identified, ...]:
    """The instructions that `metadata` names; empty when it names none."""
    if not metadata:
        return ()
    holders = [metadata, *map(metadata.get, _HOLDERS)]
    for holder in holders:
        if not isinstance(holder, dict):
            continue
        for key in _ID_KEYS:
            ids = holder.get(key)
            if ids is not None and isinstance(ids, list | tuple):
                return tuple(_identified(ids, holder))
    return ()


def check_instruction(answer: str, prompt: str, one: Identified) -> Outcome | None:
    """The outcome for one instruction; None when it is unknown or cannot be decided."""
    check = INSTRUCTIONS.get(_bare_id(one.id))
    if check is None:
        return None
    outcome = check(answer, Instruction(prompt, one.parameters))
    if outcome is not None and not answer.strip():
        return Outcome("expected an answer that meets the instruction, found an empty one")
    return outcome


def _identified(ids: Sequence[JsonValue], holder: JsonObject) -> Iterator[Identified]:
    parameters: JsonValue = next((holder[key] for key in _PARAMETER_KEYS if key in holder), None)
    is_listed = isinstance(parameters, Sequence) and not isinstance(parameters, str)
    listed = parameters if is_listed and isinstance(parameters, Sequence) else ()
    for place, name in enumerate(ids):
        if not isinstance(name, str):
            continue
        own = listed[place] if place < len(listed) else None
        values = own if isinstance(own, Mapping) else {}
        yield Identified(name, {key: value for key, value in values.items() if value is not None})


def _bare_id(name: str) -> str:
    parts = name.split(":")
    return ":".join(parts[1:]) if len(parts[0]) == _LANGUAGE_PREFIX else name
