"""Reading a request: its clauses, and the words it quotes.

The idea: a clause ends at a sentence mark outside quotes or at "but"; what a clause demands or
forbids concerns the words that the same clause names.
"""

from typing import NamedTuple

from assay.verifiers.patterns import compile_pattern

_QUOTED = compile_pattern(
    r"[\"“”„]([^\"“”„\n]+)[\"“”]|«[ ]?([^»\n]+?)[ ]?»|「([^」\n]+)」"
    r"|『([^』\n]+)』"
    r"|‘([^’\n]+)’|(?:^|[\s(\[,:])'([^'\n]+(?:[\pL]'[\pL][^'\n]*){0,3})'"
)
_CLAUSE_END = compile_pattern(
    r"[.!?](?:\s|$)|[。！？；;\n]|,? (?:but|however|aber|mais|pero|mas|maar) "
)
_BARE_LIST = compile_pattern(
    r"(?i)(?:keywords?|words?|termes?|mots?|palabras?|wörter"
    r"|following)[^:.\n]{0,30}: ?([^.\n\"']{2,200})"
)
_BARE_WORD = compile_pattern(
    r"(?i)(?:the words?|the keyword|the name|das wort|la palabra|le mot|le terme|a palavra"
    r"|la parola"
    r"|het woord|slovo) ([\pL][\pL\pN'-]{0,30})"
)
_STOP_WORDS = "in of at to that is for should must with less more and or count limit"
_STOP = frozenset(_STOP_WORDS.split())


class Clause(NamedTuple):
    """A clause and its offset in the request."""

    text: str
    start: int


def split_clauses(text: str) -> list[Clause]:
    """Split `text` at sentence ends that stand outside quotes."""
    masked = _QUOTED.sub(lambda match: "\x00" * len(match.group()), text)
    clauses: list[Clause] = []
    position = 0
    for match in _CLAUSE_END.finditer(masked):
        clauses.append(Clause(text[position : match.end()], position))
        position = match.end()
    clauses.append(Clause(text[position:], position))
    return [clause for clause in clauses if clause.text.strip()]


def quoted_words(text: str) -> list[str]:
    """What `text` puts in quotes, in order."""
    found: list[str] = []
    for match in _QUOTED.finditer(text):
        value = next((group for group in match.groups() if group), "").strip()
        if value:
            found.append(value)
    return found


def without_quotes(text: str) -> str:
    """`text` without what it puts in quotes."""
    return _QUOTED.sub(" ", text)


def named_words(text: str) -> list[str]:
    """Words that a clause names: quoted, listed after a colon, or after `the word`."""
    quoted = quoted_words(text)
    if quoted:
        return quoted
    listed = _BARE_LIST.search(text)
    if listed is not None:
        items = [item.strip(" .[]()") for item in listed.group(1).replace(" and ", ",").split(",")]
        return [item for item in items if item and len(item.split()) <= 3]
    bare = [match.group(1) for match in _BARE_WORD.finditer(text)]
    return [word for word in bare if word.lower() not in _STOP]
