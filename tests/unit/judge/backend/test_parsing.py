"""Passing over what nobody reads in a chat answer changes nothing of what is read from it."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.answers import generation_of
from assay_judge.backend.contract import Generation
from assay_judge.backend.failures import Failure
from assay_judge.backend.parsing import chat_of, document_of
from assay_judge.backend.transport import Answer

LABELS = ("1", "2", "3", "4", "5")
# marks of the JSON around them, in texts and tokens: none may be taken for structure
HOSTILE = (
    '"top_logprobs":[',
    '{"token":"4",',
    "]},",
    "}]}",
    '"logprobs":{"content":[',
    "\\",
    '\\"',
    "5",
    "4",
    "é",
    "中",
    "\x00",
    "",
)
MORE_FIELDS = (
    b'{"object":"chat","more":[{"deep":[1e300,-0.0,null]}],"choices":[{"stop":null,'
    b'"message":{"content":"ab4"},"finish_reason":"stop","logprobs":{"refusal":null,"content":['
    b'{"token":"a","bytes":null,"top_logprobs":[{"token":"a"}],"more":1},'
    b'{"more":[],"top_logprobs":null,"token":"b"},'
    b'{"top_logprobs":[{"token":"4","id":9,"logprob":-1}],"token":"4"}]}}]}'
)

tokens_of_answers = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=6), max_size=30)
told_bytes = st.none() | st.lists(st.integers(0, 255), max_size=5)


def entry(token: str, others: dict[str, float]) -> dict[str, object]:
    shown = [
        {"token": t, "logprob": logprob, "bytes": list(t.encode())} for t, logprob in others.items()
    ]
    return {"token": token, "logprob": 0.0, "bytes": list(token.encode()), "top_logprobs": shown}


def answer_of(tokens: list[str], *, ends_turn: bool = True) -> dict[str, Any]:
    others = {label: -float(label) for label in LABELS}
    content = [entry(token, {token: 0.0} | others) for token in tokens]
    if ends_turn:
        content.append(entry("<|end_of_text|>", others))
    message = {"role": "assistant", "content": "".join(tokens)}
    choice = {"index": 0, "message": message, "logprobs": {"content": content}}
    return {"id": "x", "choices": [choice | {"finish_reason": "stop"}], "usage": {}}


def read(document: dict[str, Any] | Failure) -> Generation | str:
    """What is read, or the code of why nothing is."""
    if isinstance(document, Failure):
        return document.code
    try:
        return generation_of(Answer(document, 0, 0), LABELS)
    except JudgeBackendError as error:
        return error.code


@settings(deadline=None)  # a busy machine is no failure
@given(tokens_of_answers, st.booleans(), st.booleans())
def test_chat_answer_reads_as_if_it_were_parsed_whole(
    tokens: list[str], ends_turn: bool, is_indented: bool
) -> None:
    given = answer_of(tokens, ends_turn=ends_turn)
    body = orjson.dumps(given, option=orjson.OPT_INDENT_2 if is_indented else None)
    assert read(chat_of(body)) == read(document_of(body)) != "malformed"


@settings(deadline=None)
@given(tokens_of_answers, st.lists(told_bytes, min_size=31, max_size=31))
def test_bytes_that_are_not_the_tokens_read_the_same_too(
    tokens: list[str], told: list[list[int] | None]
) -> None:
    given = answer_of(tokens)
    positions = given["choices"][0]["logprobs"]["content"]
    for position, written in zip(positions, told, strict=False):
        position["bytes"] = written
    body = orjson.dumps(given)
    assert read(chat_of(body)) == read(document_of(body))


def test_only_the_alternatives_of_labels_are_read() -> None:
    given = answer_of(['{"a":', "4", ',"b":', "15", "}"])
    for position in given["choices"][0]["logprobs"]["content"]:
        if position["token"] != "4":
            position["top_logprobs"] = {"of no": "use"}
    found = read(chat_of(orjson.dumps(given)))
    assert isinstance(found, Generation)
    assert [(token.text, list(token.logprobs)) for token in found.tokens] == [
        (b'{"a":', []),
        (b"4", ["4", "1", "2", "3", "5"]),
        (b',"b":15}', []),
    ]


def test_fields_that_are_more_or_fewer_or_in_another_order_are_no_obstacle() -> None:
    found = read(chat_of(MORE_FIELDS))
    assert found == read(document_of(MORE_FIELDS))
    assert isinstance(found, Generation)
    assert [dict(token.logprobs) for token in found.tokens] == [{}, {"4": -1.0}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b'"text"',
        b"{not json",
        b"{} {}",
        b'{"x":NaN,"choices":[]}',
        b'{"x":01}',
        b'{"x":"\xff"}',  # no UTF-8 in what is passed over
        b'{"choices":[{"message":{"content":"\xff"}}]}',
        b'{"x":"\x01"}',
        b'{"choices":[{"message":{"content":"\\ud800"},"finish_reason":"stop"}]}',
        b'{"x":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"usage":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b"[" * 200_000,
    ],
    ids=range(16),
)
def test_what_is_no_json_object_is_malformed_however_it_is_parsed(body: bytes) -> None:
    for failure in (chat_of(body), document_of(body)):
        assert isinstance(failure, Failure)
        assert (failure.code, failure.may_pass) == ("malformed", False)


def changed(**changes: object) -> bytes:
    """An answer of `a` and the label `4` with other fields in its choice."""
    given = answer_of(["a", "4"])
    given["choices"][0] |= changes
    return orjson.dumps(given)


def at_label(**changes: object) -> bytes:
    """The same with other fields at the label's position."""
    given = answer_of(["a", "4"])
    given["choices"][0]["logprobs"]["content"][1] |= changes
    return orjson.dumps(given)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"choices":[]}',
        b'{"choices":"x"}',
        b'{"choices":null}',
        b'{"choices":[{}]}',
        b'{"choices":[5]}',
        changed(message=None),
        changed(message={"content": 5}),
        changed(finish_reason=5),
        changed(logprobs=5),
        changed(logprobs={"content": "x"}),
        changed(logprobs={"content": [{}]}),
        changed(logprobs={"content": [5]}),
        at_label(token=None),
        at_label(bytes="4"),
        at_label(bytes=[None]),
        at_label(top_logprobs=None),
        at_label(top_logprobs="x"),
        at_label(top_logprobs=[5]),
        at_label(top_logprobs=[{"token": "4"}]),
        at_label(top_logprobs=[{"token": "4", "logprob": None}]),
        at_label(top_logprobs=[{"token": "4", "logprob": "0"}]),
        at_label(top_logprobs=[{"token": 4, "logprob": -1.0}]),
    ],
    ids=range(23),
)
def test_a_chat_that_is_not_as_it_should_be_is_malformed(body: bytes) -> None:
    assert read(chat_of(body)) == "malformed"


def test_no_message_repeats_the_answer() -> None:
    secret = "the secret of Jane Roe"
    for body in (
        at_label(token=[secret]),
        at_label(top_logprobs=[{"token": "4", "logprob": secret}]),
        changed(logprobs=secret),
        json.dumps({"choices": {secret: secret}}).encode(),
    ):
        document = chat_of(body)
        if isinstance(document, Failure):
            assert "Jane" not in document.message
            continue
        with pytest.raises(JudgeBackendError) as caught:
            generation_of(Answer(document, 0, 0), LABELS)
        assert "Jane" not in str(caught.value)


def test_a_cut_answer_is_no_json() -> None:
    body = orjson.dumps(answer_of(["a", "4", "b", "5"]))
    for length in range(0, len(body), 7):
        assert isinstance(chat_of(body[:length]), Failure)
