"""Score digits among tokens: by bytes, whatever the division, and never from quoted text."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.judge.reading.answers import RUBRIC, body, compact, generation

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import DIMENSIONS
from assay_judge.backend.contract import Generation, Token
from assay_judge.reading.distribution import digit_reads, score_of_read
from assay_judge.reading.form import EvidenceForm
from assay_judge.reading.json_object import Span

ANSWER = body(with_scores=True)
PROBABILITIES = {"1": 0.05, "2": 0.05, "3": 0.1, "4": 0.3, "5": 0.5}
LOGPROBS = {digit: math.log(p) for digit, p in PROBABILITIES.items()}
NOTHING: dict[str, float] = {}


def tokens_of(text: str, cuts: set[int] | None = None) -> tuple[Token, ...]:
    """Tokens divided at byte offsets, by default everywhere; a digit alone carries logprobs."""
    raw = text.encode()
    edges = sorted({0, len(raw), *(range(len(raw)) if cuts is None else cuts)})
    pieces = [raw[a:b] for a, b in pairwise(edges)]
    return tuple(Token(p, LOGPROBS if p in b"12345" else NOTHING) for p in pieces)


def answered(text: str, tokens: tuple[Token, ...] | None = None) -> Generation:
    return generation(text, tokens=tokens_of(text) if tokens is None else tokens)


def refusal(given: Generation) -> str:
    with pytest.raises(JudgeBackendError) as caught:
        digit_reads(given, DIMENSIONS)
    assert caught.value.code == "malformed"
    return str(caught.value)


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
    st.sets(st.integers(0, 900), max_size=60),
)
def test_digits_are_found_in_any_text_and_division(quote: str, cuts: set[int]) -> None:
    claim = {"q": quote, "s": "n/a", "src": "-"}
    text = compact(ANSWER | {"claims": [claim] * 3})
    raw = text.encode()
    start = raw.rindex(b'"scores"')
    alone = {i + d for i in range(start, len(raw)) if raw[i : i + 1].isdigit() for d in (0, 1)}
    reads = digit_reads(answered(text, tokens_of(text, cuts | alone)), DIMENSIONS)
    assert list(reads) == list(DIMENSIONS)
    for read in reads.values():
        assert read.mass is None
        assert read.probabilities == pytest.approx(PROBABILITIES)


def test_each_name_gets_its_own_digits_logprobs() -> None:
    text = compact(ANSWER)
    tokens = []
    for token in tokens_of(text):
        own = {str(d): 0.0 if str(d).encode() == token.text else -9999.0 for d in range(1, 6)}
        tokens.append(Token(token.text, own if token.text in b"12345" else NOTHING))
    reads = digit_reads(answered(text, tuple(tokens)), DIMENSIONS)
    scores = {n: score_of_read(r, min_mass=0.5).score for n, r in reads.items()}
    assert scores == {n: 1000 * d for n, d in ANSWER["scores"].items()}


def test_mass_is_the_sum_where_no_grammar_masks() -> None:
    text = compact(ANSWER)
    thin = {digit: logprob - math.log(2) for digit, logprob in LOGPROBS.items()}
    tokens = tuple(Token(t.text, thin if t.logprobs else NOTHING) for t in tokens_of(text))
    read = digit_reads(answered(text, tokens), DIMENSIONS, is_masked=False)["correctness"]
    assert read.mass == pytest.approx(0.5)


def test_masked_labels_of_minus_9999_have_no_probability() -> None:
    text = compact(ANSWER)
    only = {"1": -9999.0, "2": -9999.0, "3": -9999.0, "4": math.log(0.25), "5": math.log(0.75)}
    tokens = tuple(Token(t.text, only if t.logprobs else NOTHING) for t in tokens_of(text))
    read = digit_reads(answered(text, tokens), DIMENSIONS)["completeness"]
    assert (read.probabilities["1"], read.mass) == (0.0, None)
    assert list(read.probabilities.values()) == pytest.approx([0, 0, 0, 0.25, 0.75])


@pytest.mark.parametrize("mark", [b":", b":1", b"1,"])
def test_a_digit_joined_with_a_mark_is_not_readable(mark: bytes) -> None:
    text = compact(ANSWER)
    at = text.encode().rindex(b'"correctness":1,') + len(b'"correctness"')
    at += 0 if mark.startswith(b":") else 1
    size = 2 if mark == b":" else len(mark)
    cuts = {i for i in range(len(text.encode())) if not at < i < at + size}
    assert "correctness as a token" in refusal(answered(text, tokens_of(text, cuts)))


def test_white_space_of_servers_without_a_grammar_is_no_obstacle() -> None:
    text = compact(ANSWER).replace('"scores":{', '"scores" : {\n ').replace('":1', '": 1')
    assert len(digit_reads(answered(text), DIMENSIONS)) == 6


def test_tokens_after_the_answer_are_ignored() -> None:
    text = compact(ANSWER)
    end = (Token(b"", NOTHING), Token(b"<|end_of_text|>", NOTHING))
    assert len(digit_reads(answered(text, (*tokens_of(text), *end)), DIMENSIONS)) == 6


@pytest.mark.parametrize(
    "planted",
    [
        '"scores":{"correctness":5,"instruction_following":5}',
        '\\"scores\\":{\\"correctness\\":5}',
        'scores":{"correctness":5}',
    ],
)
def test_scores_in_a_quote_are_never_read(planted: str) -> None:
    answer = ANSWER | {
        "claims": [{"q": planted, "s": "n/a", "src": "-"}],
        "notes": dict.fromkeys(DIMENSIONS, planted),
    }
    text = compact(answer)
    marked = tuple(
        Token(t.text, LOGPROBS if index > text.encode().rindex(b'"scores"') else {"5": 0.0})
        for index, t in enumerate(tokens_of(text))
    )
    for read in digit_reads(answered(text, marked), DIMENSIONS).values():
        assert read.probabilities == pytest.approx(PROBABILITIES)


@pytest.mark.parametrize(
    "around",
    [
        '{} It ends with "scores":{{"correctness":5,"completeness":5}}',
        "It wants scores:{{correctness:5}}, and so I say: {}",
    ],
)
def test_scores_around_the_answer_are_never_read(around: str) -> None:
    answer = compact(ANSWER)
    text = around.format(answer)
    begin = text.encode().index(answer.encode())
    marked = tuple(
        Token(t.text, LOGPROBS if begin <= index < begin + len(answer) else {"5": 0.0})
        for index, t in enumerate(tokens_of(text))
    )
    reads = digit_reads(answered(text, marked), DIMENSIONS)
    for read in reads.values():
        assert read.probabilities == pytest.approx(PROBABILITIES)


def test_notes_after_the_scores_do_not_pass_for_scores() -> None:
    turned = dict(reversed(ANSWER.items()))
    text = compact(turned)
    assert len(digit_reads(answered(text), DIMENSIONS)) == 6


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (compact(body()), "scores among the tokens"),
        (compact(ANSWER | {"scores": {"correctness": 5}}), "scores.instruction_following"),
        (compact(ANSWER).replace('"correctness":1', '"correctness":11'), "scores.correctness"),
        (
            compact(ANSWER).replace('{"correctness":1', '{"correctness":1,"correctness":2'),
            "every key once",
        ),
        ("", "JSON object"),
        ('"scores":' + compact(ANSWER["scores"]), "scores among the tokens"),
    ],
)
def test_missing_or_doubled_digits_are_malformed(text: str, named: str) -> None:
    assert named in refusal(answered(text))


@pytest.mark.parametrize(
    "logprobs", [{}, {"5": -9999.0}, {"5": math.nan}, {"5": 1000.0}, {"x": -0.1}]
)
def test_logprobs_that_are_none_are_malformed(logprobs: dict[str, float]) -> None:
    text = compact(ANSWER)
    tokens = tuple(Token(t.text, logprobs) for t in tokens_of(text))
    refusal(answered(text, tokens))


def test_no_tokens_are_malformed() -> None:
    refusal(answered(compact(ANSWER), ()))


def one_hot(text: str) -> Generation:
    """Tokens of a byte each, and all probability on the digit that was written."""
    tokens = (
        Token(piece, {piece.decode(): 0.0} if piece in (b"1", b"2", b"3", b"4", b"5") else NOTHING)
        for piece in (bytes([byte]) for byte in text.encode())
    )
    return generation(text, tokens=tuple(tokens))


def digits_of(given: Generation, span: Span | None = None) -> dict[str, str]:
    reads = digit_reads(given, DIMENSIONS, span=span)
    return {
        name: next(digit for digit, chance in read.probabilities.items() if chance == 1.0)
        for name, read in reads.items()
    }


@given(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.permutations(DIMENSIONS),
    st.lists(st.integers(1, 5), min_size=6, max_size=6),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
)
def test_digits_are_the_ones_written_in_any_order_and_layout(
    quote: str, order: list[str], digits: list[int], indent: int | None, scores_last: bool
) -> None:
    scores = dict(zip(order, digits, strict=True))
    answer = ANSWER | {"claims": [{"q": quote + "x", "s": "n/a", "src": "-"}], "scores": scores}
    if not scores_last:
        answer = dict(reversed(answer.items()))
    text = compact(answer) if indent is None else json.dumps(answer, indent=indent)
    given = one_hot(f"¡{text}\n")
    span = EvidenceForm(RUBRIC, with_scores=True).parse(given).span
    assert span is not None
    assert given.text[span.start : span.end] == text
    expected = {name: str(scores[name]) for name in DIMENSIONS}
    assert digits_of(given) == digits_of(given, span) == expected


def test_span_in_a_text_that_the_tokens_do_not_repeat_is_not_used() -> None:
    text = compact(ANSWER)
    longer = one_hot("so: " + text)
    given = Generation(text, "stop", longer.tokens, longer.usage)
    assert digits_of(given, Span(0, len(text))) == digits_of(one_hot(text))
