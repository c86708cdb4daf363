"""A model's chat template, rendered without the texts: what it writes around them, and slots.

The idea: texts of a conversation are untrusted, the template is not. Each message is rendered as a
slot, so that what the template wrote and what a message says never mix, and only the former may
become control tokens. The invariant, checked when a template is opened: with the texts put into its
slots a rendering is what the template makes of the texts themselves. A template that changes
texts, looks into them, or asks for the date is refused.

Environment as of transformers (`utils/chat_template_utils.py`): trimmed blocks, loop controls,
`raise_exception`, `generation` blocks, and `tojson` without escapes; sandboxed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from assay.domain.errors import ConfigError, RewardModelError
from assay.domain.sample import ROLES, Message

Piece: TypeAlias = str | int
"""What a template wrote, or the index of the message whose text stands here."""

_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: no template writes them
_PROBES = ("  \n A </think>, 12 ", "B <think>\n", " C\n\n", "D [/INST] ", "E\n")
_PROBED_ROLES = (
    ("user", "assistant"),
    ("system", "user", "assistant"),
    ("user", "assistant", "user", "assistant"),
    ("system", "user", "assistant", "user", "assistant"),
)


class ChatTemplate:
    """Renders conversations of a model.

    Args:
        source: the template's Jinja text.
        special_tokens: `bos_token` and others that the template may write, by name.

    Raises:
        ConfigError: it is no template, or one that changes texts or is not deterministic.
    """

    def __init__(self, source: str, special_tokens: Mapping[str, str] | None = None) -> None:
        self.source = source
        self._special_tokens = dict(special_tokens or {})
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.loopcontrols", _GenerationBlock],
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _raise
        try:
            self._template = environment.from_string(source)
            for roles in _PROBED_ROLES:
                self._check(roles)
        except (TemplateError, TypeError) as exc:
            raise ConfigError(
                f"expected a chat template of plain conversations, found one that fails: {exc!s}; "
                "it may need no date and no settings"
            ) from exc

    def render(self, messages: Sequence[Message]) -> tuple[Piece, ...]:
        """Return what the template writes, and a slot for each message, in order.

        Raises:
            RewardModelError: the template takes no such conversation (code `unreadable`).
        """
        for message in messages:
            if message.tool_calls or message.role not in ROLES:
                raise _unreadable("turns of plain text, found tool calls or an unknown role")
        try:
            text = self._render([message.role for message in messages], _slot)
        except TemplateError as exc:
            raise _unreadable("an order of turns that the chat template knows") from exc
        pieces = _pieces(text)
        if [piece for piece in pieces if isinstance(piece, int)] != list(range(len(messages))):
            raise _unreadable("a chat template that writes each turn once")
        return pieces

    def _render(self, roles: Sequence[str], content: Callable[[int], str]) -> str:
        rows = [{"role": role, "content": content(at)} for at, role in enumerate(roles)]
        return self._template.render(
            messages=rows, add_generation_prompt=False, tools=None, **self._special_tokens
        )

    def _check(self, roles: Sequence[str]) -> None:
        direct = self._render(roles, _PROBES.__getitem__)
        pieces = _pieces(self._render(roles, _slot))
        if "".join([_PROBES[p] if isinstance(p, int) else p for p in pieces]) != direct:
            raise ConfigError(
                "expected a chat template that writes the texts of messages as they are, found one "
                "that changes them; give the reward model the template it was trained with"
            )


class _GenerationBlock(Extension):
    """`{% generation %}` marks what a trainer learns from; here it only gives its content."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return list(parser.parse_statements(("name:endgeneration",), drop_needle=True))


def _slot(at: int) -> str:
    return f"{_OPEN}{at}{_CLOSE}"


def _pieces(text: str) -> tuple[Piece, ...]:
    first, *others = text.split(_OPEN)
    pieces: list[Piece] = [first] if first else []
    for other in others:
        at, _, written = other.partition(_CLOSE)
        pieces.append(int(at))
        if written:
            pieces.append(written)
    return tuple(pieces)


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)


def _unreadable(expected: str) -> RewardModelError:
    return RewardModelError(f"expected {expected}; this conversation is not scored", "unreadable")
