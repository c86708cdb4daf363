"""Cutting logprobs out of an answer changes nothing of what is read from it."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay_judge.backend.answers import generation_of
from assay_judge.backend.thinning import thinned
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
)


MORE_FIELDS = (
    b'{"choices":[{"logprobs":{"content":['
    b'{"token":"a","top_logprobs":[{"token":"a"}],"more":1},'
    b'{"token":"b","top_logprobs":[],"more":[]},{"token":"4","top_logprobs":[]}]}}]}'
)


def entry(token: str, others: dict[str, float]) -> dict[str, object]:
    shown = [
        {"token": t, "logprob": logprob, "bytes": list(t.encode())} for t, logprob in others.items()
    ]
    return {"token": token, "logprob": 0.0, "bytes": list(token.encode()), "top_logprobs": shown}


def answer_of(tokens: list[str], *, ends_turn: bool = True) -> dict[str, object]:
    others = {label: -float(label) for label in LABELS}
    content = [entry(token, {token: 0.0} | others) for token in tokens]
    if ends_turn:
        content.append(entry("<|end_of_text|>", others))
    message = {"role": "assistant", "content": "".join(tokens)}
    choice = {"index": 0, "message": message, "logprobs": {"content": content}}
    return {"id": "x", "choices": [choice | {"finish_reason": "stop"}], "usage": {}}


def read(body: bytes) -> object:
    return generation_of(Answer(orjson.loads(body), 0, 0), LABELS)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=6), max_size=30), st.booleans())
def test_thinned_answer_reads_the_same(tokens: list[str], ends_turn: bool) -> None:
    body = orjson.dumps(answer_of(tokens, ends_turn=ends_turn))
    assert read(thinned(body, LABELS)) == read(body)


def test_only_positions_of_labels_keep_their_alternatives() -> None:
    body = orjson.dumps(answer_of(['{"a":', "4", ',"b":', "5", "}"]))
    thin = orjson.loads(thinned(body, LABELS))
    content = thin["choices"][0]["logprobs"]["content"]
    kept = [len(position["top_logprobs"]) for position in content[:-1]]
    assert kept == [0, 5, 0, 5, 0]
    assert len(thinned(body, LABELS)) < len(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"choices":[{"logprobs":null}]}',
        b'{"choices":[{"logprobs":{"content":[]}}]}',
        orjson.dumps(answer_of(["a", "4", "b"]), option=orjson.OPT_INDENT_2),
        MORE_FIELDS,
        b'{"x":"\\"logprobs\\":{\\"content\\":["}',
    ],
)
def test_what_is_not_as_expected_stays_as_it_is(body: bytes) -> None:
    assert thinned(body, LABELS) == body


def test_a_cut_answer_stays_no_json() -> None:
    body = orjson.dumps(answer_of(["a", "4", "b", "5"]))
    for length in range(0, len(body), 7):
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(thinned(body[:length], LABELS))
