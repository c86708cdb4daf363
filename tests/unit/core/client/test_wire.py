import dataclasses

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.client.wire import read_refusal, read_result, sample_body
from assay.datasets.adapters import BadLine, adapt
from assay.datasets.canonical import to_sample
from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.sample import Document, Message, Sample, SampleType, Tool, ToolCall

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
CALLS = st.lists(st.builds(ToolCall, st.none() | NAME, NAME, TEXT), min_size=1, max_size=2).map(
    tuple
)
MESSAGES = st.one_of(
    st.builds(Message, st.sampled_from(["system", "user"]), TEXT, name=st.none() | NAME),
    st.builds(Message, st.just("assistant"), TEXT),
    st.builds(Message, st.just("assistant"), st.none() | TEXT, CALLS),
    st.builds(Message, st.just("tool"), TEXT, tool_call_id=st.none() | NAME, name=st.none() | NAME),
)
SAMPLES = st.builds(
    Sample,
    st.lists(MESSAGES, min_size=1, max_size=5).map(tuple),
    tools=st.lists(
        st.builds(Tool, NAME, TEXT, st.none() | st.dictionaries(TEXT, JSON, max_size=3)), max_size=2
    ).map(tuple),
    documents=st.lists(st.builds(Document, NAME, TEXT, TEXT), max_size=2).map(tuple),
    type=st.sampled_from(SampleType),
    language=st.none() | NAME,
    metadata=st.dictionaries(TEXT, JSON, max_size=3),
    source=st.none() | NAME,
    id=st.none() | NAME,
)


def read_back(body: bytes) -> Sample:
    adapted = adapt(body)
    assert not isinstance(adapted, BadLine)
    return to_sample(
        adapted.payload,
        id=adapted.id,
        type=adapted.type,
        language=adapted.language,
        metadata=adapted.metadata,
        source=adapted.source,
    )


@given(SAMPLES)
def test_what_is_sent_reads_back_as_the_same_sample(sample: Sample) -> None:
    assert read_back(sample_body(sample)) == sample


def test_half_a_character_is_an_error_and_is_not_quoted() -> None:
    sample = Sample((Message("user", "secret words \ud800"), Message("assistant", "yes")))
    with pytest.raises(JudgeBackendError) as caught:
        sample_body(sample)
    assert caught.value.code == "refused"
    assert "secret" not in str(caught.value)


ANSWER = {
    "sample_id": "abc",
    "judgements": [
        {"judge": "j", "version": "1", "turn": 1, "scores": {"correctness": {"score": 4200}}}
    ],
    "verdict": {
        "decision": "accept",
        "overall": 4200,
        "weight_covered": 1000,
        "reasons": [],
        "basis": "scored",
        "turns": [{"turn": 1, "decision": "accept", "overall": 4200, "weight": 1}],
    },
    "usage": {"num_calls": 2},
}


def test_an_answer_is_read_in_full() -> None:
    result = read_result(ANSWER, (1,))
    assert result.judgements[0].scores["correctness"].score == 4200
    assert result.verdict.decision == "accept"
    assert result.turns[0].weight == 1
    assert result.usage.num_calls == 2


@pytest.mark.parametrize("key", ["sample_id", "judgements", "verdict", "usage"])
def test_an_answer_without_a_part_is_malformed(key: str) -> None:
    with pytest.raises(JudgeBackendError) as caught:
        read_result({k: v for k, v in ANSWER.items() if k != key}, (1,))
    assert caught.value.code == "malformed"


@pytest.mark.parametrize("answer", [None, [], 7, "text", {"judgements": None}])
def test_anything_else_is_malformed(answer: object) -> None:
    with pytest.raises(JudgeBackendError) as caught:
        read_result(answer, (1,))  # type: ignore[arg-type]
    assert caught.value.code == "malformed"


def test_judgements_of_other_turns_are_not_believed() -> None:
    with pytest.raises(JudgeBackendError, match="turns"):
        read_result(ANSWER, (1, 3))


@pytest.mark.parametrize(
    ("status", "code", "may_pass"),
    [
        (429, "saturated", True),
        (502, "server_error", True),
        (503, "unreachable", True),
        (504, "timeout", True),
        (500, "failed", False),
        (401, "refused", False),
        (422, "refused", False),
        (302, "refused", False),
    ],
)
def test_a_bare_status_has_a_code(status: int, code: str, may_pass: bool) -> None:
    refusal = read_refusal(status, None, "7")
    assert isinstance(refusal.error, JudgeBackendError)
    assert (refusal.error.code, refusal.may_pass) == (code, may_pass)
    assert refusal.retry_after_seconds == 7


def test_a_problem_keeps_the_judges_code_and_says_whether_to_ask_again() -> None:
    problem = {"code": "low_label_mass", "retryable": False, "detail": "x" * 500}
    refusal = read_refusal(502, problem, None)
    assert isinstance(refusal.error, JudgeBackendError)
    assert refusal.error.code == "low_label_mass"
    assert not refusal.may_pass
    assert len(str(refusal.error)) < 150


@given(st.none() | JSON, st.none() | TEXT)
def test_no_problem_text_breaks_the_reader(problem: object, retry_after: str | None) -> None:
    refusal = read_refusal(503, problem, retry_after)
    assert refusal.error.args


def test_a_spent_budget_is_a_budget_error() -> None:
    refusal = read_refusal(402, {"type": "urn:assay:problem:budget-spent"}, None)
    assert isinstance(refusal.error, BudgetError)
    assert not refusal.may_pass


def test_the_body_is_canonical_json() -> None:
    sample = Sample((Message("user", "q"), Message("assistant", "a")), id="7")
    assert orjson.loads(sample_body(sample)) == {
        "type": "single_turn",
        "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
        "id": "7",
    }
    assert dataclasses.is_dataclass(sample)
