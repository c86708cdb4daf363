"""Reading chat answers: exact where they are right, `malformed` where they are not."""

import math
from typing import Any

import pytest

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.answers import generation_of, reads_of, usage_of
from assay_judge.backend.contract import ReadingKind
from assay_judge.backend.dialect import Dialect
from assay_judge.backend.transport import Answer

DIGITS = ("1", "2", "3", "4", "5")
BY_ID = Dialect("m", reading=ReadingKind.TOKEN_IDS, labels={d: 10 + int(d) for d in DIGITS})


def position(token: str, others: dict[str, float], *, told: str | None = None) -> dict[str, Any]:
    shown = [{"token": t, "logprob": math.log(p)} for t, p in others.items()]
    written = token if told is None else told
    return {"token": token, "bytes": list(written.encode()), "top_logprobs": shown}


def answer(text: str | None, positions: list[dict[str, Any]] | None = None, **more: Any) -> Answer:
    choice = {"index": 0, "message": {"content": text}, "finish_reason": "stop"}
    logprobs = None if positions is None else {"content": positions}
    return Answer({"choices": [choice | {"logprobs": logprobs}]} | more, 0, 7)


def bytes_of(tokens: Any) -> bytes:
    return b"".join(token.text for token in tokens)


def test_labels_of_a_text_stand_at_their_place() -> None:
    positions = [
        position('{"a":', {"x": 0.9}),
        position("4", {"4": 0.7, "5": 0.2, "9": 0.1}),
        position("}", {"}": 1.0}),
        position("<|end|>", {"<|end|>": 1.0}),
    ]
    found = generation_of(answer('{"a":4}', positions), DIGITS)
    assert [token.text for token in found.tokens] == [b'{"a":', b"4", b"}"]
    assert {k: round(math.exp(v), 3) for k, v in found.tokens[1].logprobs.items()} == {
        "4": 0.7,
        "5": 0.2,
    }


def test_a_character_in_several_tokens_does_not_move_the_labels() -> None:
    positions = [
        position("�", {"x": 1.0}, told=""),
        position("�", {"x": 1.0}, told="中"),
        position(":", {":": 1.0}),
        position("4", {"4": 1.0}),
        position("<|end|>", {"<|end|>": 1.0}),
    ]
    tokens = generation_of(answer("中:4", positions), DIGITS).tokens
    assert [(token.text.decode(), bool(token.logprobs)) for token in tokens] == [
        ("中:", False),
        ("4", True),
    ]


def test_bytes_that_are_not_the_texts_leave_labels_after_them_in_place() -> None:
    positions = [
        position("1", {"1": 0.5}),
        position("?", {"?": 1.0}, told="�wrong"),
        position(":", {":": 1.0}),
        position("4", {"4": 0.25}),
        position("}", {"}": 1.0}),
        position("<|end|>", {"<|end|>": 1.0}),
    ]
    tokens = generation_of(answer("1\x80ab:4}", positions), DIGITS).tokens
    assert bytes_of(tokens) == "1\x80ab:4}".encode()
    offset = len("1\x80ab:".encode())
    starts = [len(bytes_of(tokens[:i])) for i in range(len(tokens))]
    assert tokens[starts.index(offset)].text == b"4"
    assert tokens[starts.index(offset)].logprobs == {"4": math.log(0.25)}


def test_bytes_wrong_twice_so_that_they_add_up_move_no_label() -> None:
    positions = [
        position("a", {}, told="ab"),
        position("4", {"4": 0.5}),
        position("b", {}, told=""),
        position("5", {"5": 0.5}),
    ]
    tokens = generation_of(answer("a4b5", positions), DIGITS).tokens
    assert [(token.text, bool(token.logprobs)) for token in tokens if token.text] == [
        (b"a4b", False),
        (b"5", True),
    ]


def test_a_digit_inside_another_token_is_no_label() -> None:
    positions = [position("15", {"15": 1.0}), position(":", {}), position("5", {"5": 0.5})]
    tokens = generation_of(answer("15:5", positions), DIGITS).tokens
    assert [token.text for token in tokens if token.logprobs] == [b"5"]
    assert tokens[0].text == b"15:"


def test_finish_reason_and_usage_are_kept() -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    made = answer("x", usage=usage)
    made.document["choices"][0]["finish_reason"] = "repetition"
    found = generation_of(made)
    assert found.finish_reason == "repetition"
    cost = found.usage
    assert (cost.num_prompt_tokens, cost.num_completion_tokens, cost.num_cached_tokens) == (9, 3, 4)
    assert (cost.num_calls, cost.milliseconds) == (1, 7)


def test_no_text_is_an_empty_text() -> None:
    assert generation_of(answer(None)).text == ""


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"choices": []},
        {"choices": "x"},
        {"choices": [{}]},
        {"choices": [{"message": None, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": 5}, "finish_reason": "stop"}], "usage": []},
        {"choices": [{"message": {"content": ""}, "finish_reason": "stop"}], "usage": 3},
        {
            "choices": [{"message": {"content": ""}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": -1},
        },
        {
            "choices": [
                {
                    "message": {"content": "4"},
                    "finish_reason": "stop",
                    "logprobs": {"content": [{}]},
                }
            ]
        },
    ],
)
def test_a_text_that_is_not_there_is_malformed(document: dict[str, Any]) -> None:
    with pytest.raises(JudgeBackendError) as caught:
        generation_of(Answer(document, 0, 0), DIGITS)
    assert caught.value.code == "malformed"


def read(made: Answer, kind: ReadingKind, labels: tuple[str, ...] = DIGITS) -> Any:
    return reads_of(made, [labels], kind, BY_ID)[0]


def test_read_by_id_gives_probabilities_and_true_mass() -> None:
    others = {f"token_id:{11 + i}": p for i, p in enumerate((0.1, 0.1, 0.2, 0.2, 0.3))}
    made = answer("x", [position("token_id:99", {"token_id:99": 0.05} | others)])
    found = read(made, ReadingKind.TOKEN_IDS)
    assert [round(p, 6) for p in found.probabilities.values()] == [0.1, 0.1, 0.2, 0.2, 0.3]
    assert list(found.probabilities) == list(DIGITS)
    assert found.mass == pytest.approx(0.9)


def test_read_by_id_without_a_label_is_malformed() -> None:
    made = answer("x", [position("token_id:11", {"token_id:11": 0.5})])
    with pytest.raises(JudgeBackendError) as caught:
        read(made, ReadingKind.TOKEN_IDS)
    assert caught.value.code == "malformed"


def test_read_among_top_logprobs_adds_up_ways_of_writing() -> None:
    others = {"Yes": 0.5, " yes": 0.2, "no": 0.1, "yesterday": 0.1, "5": 0.1}
    made = answer("Yes", [position("Yes", others)])
    found = read(made, ReadingKind.TOP_LOGPROBS, ("yes", "no"))
    assert found.probabilities == pytest.approx({"yes": 0.7, "no": 0.1})
    assert found.mass == pytest.approx(0.8)
    assert not found.is_sampled


def test_labels_missed_among_top_logprobs_have_no_probability() -> None:
    found = read(answer("4", [position("4", {"4": 0.9})]), ReadingKind.TOP_LOGPROBS)
    assert found.probabilities == pytest.approx({"1": 0, "2": 0, "3": 0, "4": 0.9, "5": 0})


@pytest.mark.parametrize("positions", [None, [], [position("4", {})]])
def test_no_top_logprobs_is_malformed(positions: list[dict[str, Any]] | None) -> None:
    with pytest.raises(JudgeBackendError) as caught:
        read(answer("4", positions), ReadingKind.TOP_LOGPROBS)
    assert caught.value.code == "malformed"


@pytest.mark.parametrize(
    ("text", "label"), [("4", "4"), (' "5', "5"), ("**3**.", "3"), ("2/5", "2")]
)
def test_sampled_label_is_taken_as_it_is(text: str, label: str) -> None:
    found = read(answer(text), ReadingKind.SAMPLED)
    assert found.probabilities == {d: float(d == label) for d in DIGITS}
    assert found.is_sampled
    assert found.mass is None


@pytest.mark.parametrize("text", ["", "42", "Sure, 4", "yes4", None])
def test_sampled_text_that_is_no_label_is_malformed(text: str | None) -> None:
    with pytest.raises(JudgeBackendError) as caught:
        read(answer(text), ReadingKind.SAMPLED)
    assert caught.value.code == "malformed"


def test_a_batch_is_read_by_index_and_must_be_whole() -> None:
    choices = [
        {"index": i, "message": {"content": str(i)}, "finish_reason": "stop"} for i in (2, 1)
    ]
    made = Answer({"choices": choices}, 0, 0)
    with pytest.raises(JudgeBackendError):
        reads_of(made, [DIGITS, DIGITS, DIGITS], ReadingKind.SAMPLED, BY_ID)
    choices.append({"index": 0, "message": {"content": "3"}, "finish_reason": "stop"})
    reads = reads_of(made, [DIGITS, DIGITS, DIGITS], ReadingKind.SAMPLED, BY_ID)
    assert [max(read.probabilities, key=lambda k: read.probabilities[k]) for read in reads] == [
        "3",
        "1",
        "2",
    ]


def test_a_server_that_counts_nothing_costs_nothing_known() -> None:
    found = usage_of(Answer({}, 2, 5))
    assert (found.num_retries, found.num_prompt_tokens, found.num_cached_tokens) == (2, 0, None)


def test_a_finish_reason_that_is_no_text_is_malformed() -> None:
    made = answer("x")
    made.document["choices"][0]["finish_reason"] = 5
    with pytest.raises(JudgeBackendError) as caught:
        generation_of(made)
    assert caught.value.code == "malformed"
