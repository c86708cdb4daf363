"""Whether a block of Python parses, told apart from what was never meant to.

Transcripts, shell lines, fragments and Python 2 are not decided or are completed first.
`ast.parse` gets bounded, shallow input only. Newer syntax than the running interpreter's and older
than Python 3 are not defects. Nothing is executed.
"""

import ast
import textwrap
import warnings

from assay.verifiers.code_outcome import PARSES, UNDECIDED, Outcome, bracket_depth, fault
from assay.verifiers.patterns import compile_pattern

MAX_CHARS = 50_000
MAX_DEPTH = 50

_NOT_PLAIN = compile_pattern(
    r"(?m)^\s*(?:>>>|In \[\d+\]|Out\[\d+\]|\$ |#!/bin/|@@ |[+-]{3} |pip3? install|conda install)"
    r"|\{%|…|<[a-zA-Z][a-zA-Z _-]*>|^[+][^+]"
)
_MAGIC = compile_pattern(r"(?m)^([ \t]*)(?:[!%?].*|[\w.]+\?{1,2}[ \t]*)$")
_NEWER = compile_pattern(r"(?m)^\s*(?:type\s+\w+.*=|(?:async\s+)?def\s+\w+\[|class\s+\w+\[)")
_PYTHON_2 = compile_pattern(
    r"(?m)^[^#\n]*(?:\bprint\s+[^\s(=.,)\]:]|\bprint\s*$|\bprint\s*>>|\bexcept\s+[\w.]+\s*,\s*\w+\s*:"
    r"|\bexcept\s*\([^)]*\)\s*,\s*\w+\s*:|\braise\s+\w+\s*,|\bexec\s+[\"']|<>|\bur[\"'])"
)
_CLAUSES = ("elif ", "else:", "else ", "except", "finally", "case ")


def check_python(body: str) -> Outcome:
    """Parse `body` as Python 3."""
    if (
        len(body) > MAX_CHARS
        or _NOT_PLAIN.search(body)
        or bracket_depth(body, MAX_DEPTH) > MAX_DEPTH
    ):
        return UNDECIDED
    outcome = _parse(_shaped(body))
    if outcome.line == 0:
        return outcome
    if "..." in body or _PYTHON_2.search(body) or _NEWER.search(body):
        return UNDECIDED
    if any(_parse(fragment).line == 0 for fragment in _completions(body)):
        return PARSES
    return outcome


def _shaped(body: str) -> str:
    """Without common indentation, notebook commands replaced by `pass`; lines keep their number."""
    return dedent(_MAGIC.sub(lambda match: match.group(1) + "pass", body.expandtabs()))


def dedent(text: str) -> str:
    """Do as `textwrap.dedent` does, and do without it where it changes nothing.

    That is where the first line begins at the margin and no line may be blanks alone: most blocks,
    for which it took half of the time of the whole check.
    """
    begins_at_margin = not text[:1].isspace()
    if begins_at_margin and "\t" not in text and " \n" not in text and not text.endswith(" "):
        return text
    return textwrap.dedent(text)


def _completions(body: str) -> list[str]:
    """What the block may be a part of: a body without its head, a head without its body."""
    shaped = _shaped(body).rstrip()
    lines = shaped.split("\n")
    indent = lines[-1][: len(lines[-1]) - len(lines[-1].lstrip())]
    complete = f"{shaped}\n{indent}    pass"
    first, *rest = shaped.lstrip("\n").split("\n")
    fragments = [complete, _under_head(shaped), _under_head(complete)]
    if first.startswith(_CLAUSES):
        fragments += [_under_clause(first, text) for text in (shaped, complete)]
    if rest:  # the first line lost its indentation when it was copied
        fragments.append(f"{first}\n" + textwrap.dedent("\n".join(rest)))
    return fragments


def _under_head(text: str) -> str:
    """For a block that begins inside a body and may leave it."""
    return f"if x:\n{text}"


def _under_clause(first: str, text: str) -> str:
    if first.startswith(("except", "finally")):
        return f"try:\n    pass\n{text}"
    if first.startswith("case "):
        return "match x:\n" + textwrap.indent(text, "    ")
    return f"if x:\n    pass\n{text}"


def _parse(source: str) -> Outcome:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are no defect, and must not be raised
        try:
            ast.parse(source)
        except SyntaxError as error:
            return _judge(error)
        except (ValueError, RecursionError, MemoryError):  # null bytes; too deep for the parser
            return UNDECIDED
    return PARSES


def _judge(error: SyntaxError) -> Outcome:
    if isinstance(error, TabError) or error.msg.startswith(("f-string", "Missing parentheses")):
        return UNDECIDED
    return fault(error.lineno, error.msg)
