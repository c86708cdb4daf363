"""The grammar: it takes whole answers in the form and nothing else.

The grammar is turned into a regular expression here, with bounds small enough for that.
"""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.judge.reading.answers import RUBRIC, body, compact, generation
from tests.unit.judge.reading.ebnf import as_regex

from assay.domain.judgement import DIMENSIONS
from assay_judge.reading.form import Bounds, EvidenceForm

SMALL = Bounds(num_claims=2, quote_chars=20, num_defects=2, why_chars=16, note_chars=5)
FORM = EvidenceForm(RUBRIC, with_scores=True, bounds=SMALL)
PLAIN = EvidenceForm(RUBRIC, with_scores=False, bounds=SMALL)
WHOLE = as_regex(FORM.shape.grammar)
PLAIN_WHOLE = as_regex(PLAIN.shape.grammar)
CLAIM = body()["claims"][0]
DEFECT = body()["defects"][0]


def scored(**changes: Any) -> dict[str, Any]:
    return body(with_scores=True, **changes)


def is_taken(text: str) -> bool:
    return re.fullmatch(WHOLE, text) is not None


def fits(form: EvidenceForm, answer: object) -> bool:
    return jsonschema_rs.is_valid(dict(form.shape.json_schema), answer)


RIGHT = {
    "ordinary": scored(),
    "nothing found": scored(claims=[], defects=[]),
    "full arrays": scored(claims=[CLAIM] * 2, defects=[DEFECT] * 2),
    "longest texts": scored(
        claims=[CLAIM | {"q": "q" * 20}],
        defects=[DEFECT | {"q": "\u6c49" * 20, "why": "\U0001f600" * 16}],
        notes=dict.fromkeys(DIMENSIONS, "n" * 5),
    ),
    "empty notes": scored(notes=dict.fromkeys(DIMENSIONS, "")),
    "escapes": scored(claims=[CLAIM | {"q": '"\\/\b\f\n\r\t'}]),
    "no source": scored(claims=[CLAIM | {"src": "-"}]),
    "highest source": scored(claims=[CLAIM | {"src": "T99"}]),
    "three letters": scored(lang="deu"),
    "injection": scored(defects=[DEFECT | {"k": "injection"}]),
}
WRONG = {
    "three claims": scored(claims=[CLAIM] * 3),
    "three defects": scored(defects=[DEFECT] * 3),
    "long quote": scored(claims=[CLAIM | {"q": "q" * 21}]),
    "empty quote": scored(claims=[CLAIM | {"q": ""}]),
    "long why": scored(defects=[DEFECT | {"why": "w" * 17}]),
    "empty why": scored(defects=[DEFECT | {"why": ""}]),
    "long note": scored(notes=dict.fromkeys(DIMENSIONS, "n" * 6)),
    "unknown support": scored(claims=[CLAIM | {"s": "yes"}]),
    "unknown kind": scored(defects=[DEFECT | {"k": "no_answer"}]),
    "source zero": scored(claims=[CLAIM | {"src": "D0"}]),
    "source of three digits": scored(claims=[CLAIM | {"src": "D100"}]),
    "unknown source": scored(claims=[CLAIM | {"src": "X1"}]),
    "language in capitals": scored(lang="EN"),
    "digit zero": scored(scores=dict.fromkeys(DIMENSIONS, 0)),
    "digit six": scored(scores=dict.fromkeys(DIMENSIONS, 6)),
    "digit as text": scored(scores=dict.fromkeys(DIMENSIONS, "5")),
    "no scores": body(),
    "extra key": scored(extra=1),
    "missing note": scored(notes={"correctness": "fine"}),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_are_taken_by_grammar_schema_and_reader(name: str) -> None:
    text = compact(RIGHT[name])
    assert is_taken(text)
    assert fits(FORM, RIGHT[name])
    assert FORM.parse(generation(text)).lang == RIGHT[name]["lang"]


@pytest.mark.parametrize("name", WRONG)
def test_wrong_answers_are_refused_by_grammar_and_schema(name: str) -> None:
    assert not is_taken(compact(WRONG[name]))
    assert not fits(FORM, WRONG[name])


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ('"lang":', '"lang": '),
        (",", ",\n"),
        ("{", "{ "),
        ("fine", "fi\nne"),
        ("fine", "fi\x7fne"),
        ("fine", "f\\x4"),
        ("fine", "\\ud800"),
        ("fine", "\\uDFff"),
        ('"correctness":1', '"correctness":11'),
        ('"correctness":1', '"correctness":1.0'),
        ("}}", "}} "),
        ("}}", "}"),
    ],
)
def test_no_room_between_tokens_and_no_control_characters(found: str, instead: str) -> None:
    text = compact(scored())
    assert found in text
    assert is_taken(text)
    assert not is_taken(text.replace(found, instead, 1))


def test_escapes_of_whole_characters_are_taken() -> None:
    text = compact(scored()).replace("fine", "\\u003c\\uD7fF", 1)
    assert is_taken(text)
    assert FORM.parse(generation(text)).notes["correctness"] == "<\ud7ff"


def test_order_of_keys_is_fixed() -> None:
    turned = dict(reversed(scored().items()))
    assert not is_taken(compact(turned))


@settings(max_examples=80, deadline=None)
@given(st.from_regex(PLAIN_WHOLE, fullmatch=True))
def test_whatever_the_grammar_lets_through_is_read(text: str) -> None:
    evidence = PLAIN.parse(generation(text))
    answer = json.loads(text)
    assert [c.quote for c in evidence.claims] == [c["q"] for c in answer["claims"]]
    assert [d.quote for d in evidence.defects] == [d["q"] for d in answer["defects"]]
    assert fits(PLAIN, answer)


def test_schema_has_nothing_that_servers_refuse() -> None:
    text = json.dumps(FORM.shape.json_schema)
    assert "uniqueItems" not in text
    assert text.count('"type": "object"') == text.count('"additionalProperties": false')

    def pairs(node: object) -> bool:  # xgrammar refuses a pattern beside a length
        if isinstance(node, dict):
            return ("pattern" in node and "maxLength" in node) or any(map(pairs, node.values()))
        return isinstance(node, list) and any(map(pairs, node))

    assert not pairs(FORM.shape.json_schema)


def test_grammar_is_no_lark_for_vllm() -> None:
    # vLLM takes a grammar without `::=` in any line for Lark (grammar_is_likely_lark)
    assert all("::=" in line for line in FORM.shape.grammar.splitlines())


def test_default_grammar_has_one_chain_for_all_texts() -> None:
    grammar = EvidenceForm(RUBRIC, with_scores=True).shape.grammar
    assert grammar.count("\nt200 ::= ") == 1
    assert "t201" not in grammar
    assert "quote_text ::= ch t199" in grammar
    assert "why_text ::= ch t159" in grammar
    assert 'note ::= "\\"" t160' in grammar
