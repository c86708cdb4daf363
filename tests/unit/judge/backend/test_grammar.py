"""The fake server's grammar reader: its shortest text is one that the grammar allows."""

import pytest
from tests.fakes.grammar import only_sentence, shortest_sentence, smallest_json


@pytest.mark.parametrize(
    ("grammar", "sentence"),
    [
        ('root ::= "abc"', "abc"),
        ('root ::= "a" "b" | "c"', "c"),
        ('root ::= "[" item ("," item){0,3} "]"\nitem ::= [1-5]', "[4]"),
        ('root ::= "{\\"q\\":\\"" ch{2,9} "\\"}"\nch ::= [^"\\\\\\x00-\\x1f]', '{"q":"xx"}'),
        ('root ::= "(" root ")" | "()"', "()"),
        ('root ::= "a"? "b"* ("c" | "dd")+', "c"),
        ("root ::= [\\n]", "\n"),
    ],
)
def test_shortest_sentence(grammar: str, sentence: str) -> None:
    assert shortest_sentence(grammar) == sentence


@pytest.mark.parametrize("grammar", ["root ::= root", 'root := "a"', "", 'root ::= other "a"'])
def test_what_is_no_grammar_is_an_error(grammar: str) -> None:
    with pytest.raises(ValueError, match=r"grammar|EBNF"):
        shortest_sentence(grammar)


def test_only_a_lone_literal_is_the_only_sentence() -> None:
    assert only_sentence('root ::= "zqx-7341"') == "zqx-7341"
    assert only_sentence('root ::= "a" | "b"') is None


def test_smallest_json_keeps_to_the_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "kind": {"enum": ["x", "y"]},
            "lang": {"type": "string", "pattern": "^[a-z]{2,3}$"},
            "items": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 2},
        },
        "required": ["kind", "lang", "items"],
    }
    assert smallest_json(schema) == '{"kind":"x","lang":"en","items":[1,1]}'
