"""Parses the bodies of answers, and of a chat answer no more than is read.

A server shows the labels' logprobs at every position of a text, though only positions at which a
label was written are read: 9 tenths of an answer's bytes. A typed decoder passes over the rest in C
and makes no object of it (70 us for 24 KB, where parsing all of it takes 480). Invariant: what is
read is the same as if everything were parsed, and what is no JSON is malformed wherever it is not.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypeAlias, TypedDict

import msgspec
import orjson
from msgspec import Raw

from assay_judge.backend.failures import Failure, malformed

Document: TypeAlias = dict[str, Any]


class Alternative(msgspec.Struct, frozen=True, gc=False):
    """A token that might have been written at a position."""

    token: str
    logprob: float


class _Position(TypedDict):
    token: str
    bytes: NotRequired[list[int] | None]
    top_logprobs: NotRequired[Raw]


class _Logprobs(TypedDict, total=False):
    content: list[_Position] | None


class _Choice(TypedDict, total=False):
    message: Any
    finish_reason: str | None
    logprobs: _Logprobs | None


class _Chat(TypedDict, total=False):
    choices: list[_Choice]
    usage: Any


_CHAT = msgspec.json.Decoder(_Chat)
_ALTERNATIVES = msgspec.json.Decoder(list[Alternative])


def document_of(body: bytes) -> Document | Failure:
    """Parse a JSON object whole."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return malformed("something else")
    if not isinstance(document, dict):
        return malformed(f"a JSON {type(document).__name__}")
    return document


def chat_of(body: bytes) -> Document | Failure:
    """Parse of a chat answer its texts, its usage and what was written at each position.

    What else might have been written there stays unparsed, for `alternatives_of`.
    """
    try:
        # text, for the decoder does not look at the encoding of what it passes over
        chat: Any = _CHAT.decode(body.decode())
    except msgspec.ValidationError as error:
        return malformed(f"{error}; is it an OpenAI-compatible server?")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return malformed("something else")
    document: Document = chat
    return document


def alternatives_of(position: Mapping[str, Any]) -> Sequence[Alternative]:
    """Return the tokens that might have been written at a position, with their logprobs.

    Raises:
        KeyError: they are not told.
        ValueError: they are not what a server tells.
    """
    told = position["top_logprobs"]
    try:
        if isinstance(told, Raw):
            return _ALTERNATIVES.decode(told)
        return msgspec.convert(told, list[Alternative])
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
