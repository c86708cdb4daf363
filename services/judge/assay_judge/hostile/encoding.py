r"""Writes untrusted text as a JSON string literal in which no chat-control token stands.

The idea: a tokenizer turns `<|im_end|>` inside a user's text into the real control token (measured
on vLLM), so quoting alone protects nobody. JSON lets any character be written as `\uXXXX`; doing
that to the first character of each control token loses nothing for a reader of JSON and leaves
nothing for a tokenizer to see. Invariants: `json.loads(literal) == text`; linear in the text.

The one exception is a high surrogate followed by a low one, two code points that no UTF-8 text can
hold: JSON has a single spelling for them and for the character that they stand for, and reading it
gives that character.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson

from assay.verifiers.patterns import Pattern, compile_pattern, escape
from assay_judge.hostile.control_tokens import CONTROL_TOKEN

_KNOWN = compile_pattern(CONTROL_TOKEN)
_MASK = "\0"  # no control token holds it; a literal never does
_LINE_ENDS = {"\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A JSON string literal with its quotes, and how many control tokens were escaped in it."""

    literal: str
    num_neutralised: int


def encode_text(
    text: str, special_tokens: Sequence[str] = (), *, neutralise: bool = True
) -> Encoded:
    """Return `text` as a literal that `json.loads` reads back and that holds no control token.

    Args:
        text: anything, also NUL, line separators and lone surrogates.
        special_tokens: the server's own, beside the families known here; blank ones are ignored.
        neutralise: escape control tokens; off only in the attack suite.
    """
    if not neutralise or not may_hold_tokens(text, special_tokens):
        return Encoded(literal_of(text), 0)
    searched = _searchable(text)
    starts = _token_starts(searched, _pattern(tuple(special_tokens)))
    return Encoded("".join(('"', *_pieces(text, starts), '"')), len(starts))


def may_hold_tokens(text: str, special_tokens: Sequence[str] = ()) -> bool:
    """Return False only where no part of `text` holds a control token.

    So the fields of a page, put together, need one look and not one each.
    """
    pattern = _pattern(tuple(special_tokens)) if special_tokens else _KNOWN
    return pattern.search(_searchable(text)) is not None


def literal_of(text: str) -> str:
    """Return `text` as a JSON string literal, its control tokens as they are."""
    try:
        literal = orjson.dumps(text).decode()
    except orjson.JSONEncodeError:  # lone surrogates, which backslashreplace writes as JSON does
        literal = json.dumps(text, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    if not literal.isascii():
        for line_end, escaped in _LINE_ENDS.items():
            literal = literal.replace(line_end, escaped)
    return literal


def _searchable(text: str) -> str:
    """The text with a mark for each lone surrogate, which has no UTF-8 form."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=32)
def _pattern(special_tokens: tuple[str, ...]) -> Pattern:
    """The known families and those tokens that they do not cover, longest first."""
    named = {token for token in special_tokens if token.strip() and _MASK not in token}
    own = {token for token in named if _KNOWN.fullmatch(token) is None}
    ordered = sorted(own, key=lambda token: (-len(token), token))
    return compile_pattern("|".join((*map(escape, ordered), CONTROL_TOKEN)))


def _token_starts(text: str, pattern: Pattern) -> list[int]:
    """Where to break every token, also those that begin inside of another one.

    Each round breaks the tokens it finds; what is left of overlapping ones is found in the next.
    Any run of overlapping tokens loses a character per token's length in each round, so there are
    no more rounds than the longest token has characters.
    """
    starts: list[int] = []
    while found := [match.start() for match in pattern.finditer(text)]:
        starts += found
        characters = list(text)
        for start in found:
            characters[start] = _MASK
        text = "".join(characters)
    return sorted(starts)


def _pieces(text: str, starts: Sequence[int]) -> Iterator[str]:
    position = 0
    for start in starts:
        if start > position:
            yield literal_of(text[position:start])[1:-1]
        yield _escaped(text[start])
        position = start + 1
    yield literal_of(text[position:])[1:-1]


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 128 else json.dumps(character)[1:-1]
