r"""The evidence form as EBNF, for vLLM's `structured_outputs.grammar`.

No rule leaves room for white space between tokens, every string and array has an upper bound, and
keys stand in one order. Strings take any character but controls, quote and backslash, and JSON's
escapes except halves of surrogate pairs. The dialect is what xgrammar reads as GBNF and what
llguidance's converter makes Lark of.

A bounded string is a chain of rules, "the closing quote, or a character and the rest", and not
`ch{0,200}`. Measured with xgrammar 0.2.8 and a vocabulary of 131k: a repetition compiles in .01 s
and then takes .8 to 2 s for the mask of every token within the string; a chain takes .03 ms a token
and 4.6 s (two slow cores, 8.5 s of one) to compile, once in a server's life, for it caches. Two
details keep it fast: the closing quote belongs to the chain, and `ch` refers to no other rule.
"""

from collections.abc import Iterable, Iterator

from assay_judge.reading.outline import SUPPORTS, Outline

_HEX = "[0-9a-fA-F]"
_CHARACTER = (
    r'ch ::= [^"\\\x00-\x1f\x7f] | "\\" ["\\/bfnrt]'
    rf' | "\\u" [0-9a-cefA-CEF] {_HEX} {_HEX} {_HEX} | "\\u" [dD] [0-7] {_HEX} {_HEX}'
)


def evidence_grammar(outline: Outline) -> str:
    """Return the grammar of one form; its rule `root` is the whole answer."""
    bounds = outline.bounds
    rules = [
        f"root ::= {_root(outline)}",
        'lang ::= "\\"" [a-z]{2,3} "\\""',
        _array("claims", "claim", bounds.num_claims),
        'claim ::= "{\\"q\\":" quote ",\\"s\\":" support ",\\"src\\":" source "}"',
        f"support ::= {_choice(SUPPORTS)}",
        'source ::= "\\"" [DTU] [1-9] [0-9]{0,1} "\\"" | "\\"-\\""',
        _array("defects", "defect", bounds.num_defects),
        'defect ::= "{\\"k\\":" kind ",\\"q\\":" quote ",\\"why\\":" why "}"',
        f"kind ::= {_choice(outline.kinds)}",
        'quote ::= "\\"" quote_text',
        f"quote_text ::= ch t{bounds.quote_chars - 1}",
        'why ::= "\\"" why_text',
        f"why_text ::= ch t{bounds.why_chars - 1}",
        f'note ::= "\\"" t{bounds.note_chars}',
        f"notes ::= {_object(outline.names, 'note')}",
    ]
    if outline.with_scores:
        rules += [f"scores ::= {_object(outline.names, 'digit')}", "digit ::= [1-5]"]
    longest = max(bounds.quote_chars, bounds.why_chars, bounds.note_chars)
    return "\n".join((*rules, *_tails(longest), _CHARACTER)) + "\n"


def _root(outline: Outline) -> str:
    parts = ["lang", "claims", "defects", "notes"] + ["scores"] * outline.with_scores
    return _object(parts, None)


def _object(keys: Iterable[str], value: str | None) -> str:
    """An object of these keys; each value is the rule `value`, or the rule of the key's name."""
    members = [(_literal(f'"{key}":'), value or key) for key in keys]
    body = ' "," '.join(f"{key} {rule}" for key, rule in members)
    return f'"{{" {body} "}}"'


def _array(name: str, element: str, most: int) -> str:
    rest = f' ("," {element}){{0,{most - 1}}}' if most > 1 else ""
    return f'{name} ::= "[" "]" | "[" {element}{rest} "]"'


def _tails(longest: int) -> Iterator[str]:
    """The rest of a string of at most n characters with its closing quote, for each n."""
    yield 't0 ::= "\\""'
    for n in range(1, longest + 1):
        yield f't{n} ::= "\\"" | ch t{n - 1}'


def _choice(words: Iterable[str]) -> str:
    return " | ".join(_literal(f'"{word}"') for word in words)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
