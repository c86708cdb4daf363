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
    literal = _literal(text)
    if not neutralise:
        return Encoded(literal, 0)
    pattern = _pattern(tuple(special_tokens)) if special_tokens else _KNOWN
    searched = text if text.isascii() else text.encode("utf-8", "replace").decode()
    if pattern.search(searched) is None:
        return Encoded(literal, 0)
    starts = _token_starts(searched, pattern)
    return Encoded("".join(('"', *_pieces(text, starts), '"')), len(starts))


def _literal(text: str) -> str:
    try:
        literal = orjson.dumps(text).decode()
    except orjson.JSONEncodeError:  # lone surrogates, which backslashreplace writes as JSON does
        literal = json.dumps(text, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    if not literal.isascii():
        for line_end, escaped in _LINE_ENDS.items():
            literal = literal.replace(line_end, escaped)
    return literal


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
            yield _literal(text[position:start])[1:-1]
        yield _escaped(text[start])
        position = start + 1
    yield _literal(text[position:])[1:-1]


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 128 else json.dumps(character)[1:-1]
