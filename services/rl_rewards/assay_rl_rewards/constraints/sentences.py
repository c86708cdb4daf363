"""Sentences: where one ends, in scripts with and without spaces.

The idea: a terminal mark ends a sentence, unless it belongs to an abbreviation, an initial or the
number of a list item, or a small letter follows it ("'Really?' he said"). The invariant: a line
break ends none, so a heading belongs to the sentence after it, as in the tokenizer (Punkt) that the
published verdicts rest on; unlike there, the number of a list item is no sentence of its own.
"""

from collections.abc import Iterator

from assay.verifiers.requested_format.counting import (
    CELL_TERMINALS,
    CLOSERS,
    TERMINALS,
    is_abbreviation,
)

_MARKS = TERMINALS + "।"
_OPENERS = "\"'“‘«([*_¿¡-#>"


def split_sentences(text: str) -> list[str]:
    """The sentences of `text`; what stands after the last mark is one where it has a word."""
    sentences: list[str] = []
    tokens: list[str] = []
    for token, follower in _tokens_with_followers(text):
        for part in _cut_cells(token):
            tokens.append(part)
            if _ends(part, follower, is_first=len(tokens) == 1):
                sentences.append(" ".join(tokens))
                tokens = []
    sentences.append(" ".join(tokens))
    return [sentence for sentence in sentences if any(map(str.isalnum, sentence))]


def _tokens_with_followers(text: str) -> Iterator[tuple[str, str]]:
    tokens = text.split()
    return zip(tokens, [*tokens[1:], ""], strict=False)


def _cut_cells(token: str) -> list[str]:
    """`token` cut after the marks of scripts without spaces, closing marks kept with them."""
    if not any(map(token.__contains__, CELL_TERMINALS)):
        return [token]
    parts: list[str] = []
    start = 0
    for place in range(1, len(token)):
        was_end = token[place - 1] in CELL_TERMINALS or (
            token[place - 1] in CLOSERS and place - 1 > start and token[place - 2] in CELL_TERMINALS
        )
        if was_end and token[place] not in CELL_TERMINALS and token[place] not in CLOSERS:
            parts.append(token[start:place])
            start = place
    return [*parts, token[start:]]


def _ends(token: str, follower: str, *, is_first: bool) -> bool:
    bare = token.rstrip(CLOSERS)
    if bare[-1:] and bare[-1:] in CELL_TERMINALS:
        return True
    if not bare or bare[-1] not in _MARKS:
        return False
    word = bare.rstrip(_MARKS)
    if follower.lstrip(_OPENERS)[:1].islower():
        return False
    if bare[-1] != "." or len(bare) - len(word) > 1:
        return True
    if word.lstrip(_OPENERS).isdigit():
        return not is_first
    return not is_abbreviation(word)
