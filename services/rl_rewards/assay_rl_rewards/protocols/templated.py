"""Reads prompts that a trainer has already put into a chat template back into messages.

A prompt comes from the trainer's data set, not from the policy, so its control tokens are taken at
their word. What the policy wrote is never read here: `final_text` cuts it at the first control
token. A text in no known template is one user turn.
"""

from collections.abc import Iterator
from typing import NamedTuple

from assay.domain.sample import ROLES, Message


class Template(NamedTuple):
    """What stands before a role, between it and its text, and after the text."""

    opening: str
    middle: str
    closing: str


TEMPLATES = (
    Template("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),  # Granite
    Template("<|im_start|>", "\n", "<|im_end|>"),  # ChatML
    Template("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),  # Llama 3
)


def read_prompt(text: str) -> tuple[Message, ...]:
    """Return the messages of a prompt; the empty assistant turn at its end is left out."""
    for template in TEMPLATES:
        if template.opening in text:
            messages = tuple(_turns(text, template))
            return messages or (Message("user", text),)
    return (Message("user", text),)


def _turns(text: str, template: Template) -> Iterator[Message]:
    for piece in text.split(template.opening)[1:]:
        role, middle, rest = piece.partition(template.middle)
        content = rest.partition(template.closing)[0].strip("\n")
        if not middle or not content:
            continue
        role = role.strip()
        # Roles of a template's own, such as Granite's `documents`, are evidence like a system turn.
        yield Message(role if role in ROLES else "system", content)
