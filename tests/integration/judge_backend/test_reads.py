"""Label reads over HTTP: batches, their fallback, and the ways of servers that can do less."""

import pytest
from tests.fakes.vllm import PLAIN_OPENAI, FakeVllm, Fault, Features, Script
from tests.integration.judge_backend.asking import (
    DIGITS,
    PROMPT,
    SIX,
    asks,
    likeliest,
    scores_by_name,
    use,
)

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.contract import Ask, Prompt, Reads
from assay_judge.backend.server import ServerBackend


def test_all_reads_of_a_judgement_are_one_request() -> None:
    with FakeVllm(Script(probabilities=scores_by_name)) as server:
        found = use(server, lambda b: b.read_labels(asks(SIX, with_choice=True)))
        assert [seen.path for seen in server.requests] == ["/v1/chat/completions/batch"]
        body = server.requests[0].body
    assert likeliest(found) == ["1", "2", "3", "4", "5", "1", "yes"]
    assert found.reads[6].probabilities == pytest.approx({"yes": 0.75, "no": 0.2})
    assert found.reads[6].mass == pytest.approx(0.95)
    assert found.usage.num_calls == 1
    assert body["max_tokens"] == 1
    assert [len(conversation) for conversation in body["messages"]] == [3] * 7


def test_reads_go_in_slices_of_the_largest_batch_and_keep_their_order() -> None:
    with FakeVllm(Script(probabilities=scores_by_name)) as server:
        found = use(server, lambda b: b.read_labels(asks(SIX) * 3), max_batch=7)
        sizes = sorted(
            len(seen.body["messages"]) if seen.path.endswith("batch") else 1
            for seen in server.requests
        )
    assert likeliest(found) == ["1", "2", "3", "4", "5", "1"] * 3
    assert sizes == [4, 7, 7]
    assert found.usage.num_calls == 3


def test_no_asks_cost_nothing() -> None:
    with FakeVllm() as server:
        found = use(server, lambda backend: backend.read_labels([]))
        assert (found.reads, found.usage.num_calls, server.requests) == ((), 0, [])


def test_one_ask_is_a_plain_request() -> None:
    with FakeVllm() as server:
        use(server, lambda backend: backend.read_labels(asks(SIX[:1])))
        assert [seen.path for seen in server.requests] == ["/v1/chat/completions"]


def test_without_batch_route_each_read_is_a_request_and_the_order_stays() -> None:
    script = Script(probabilities=scores_by_name)
    with FakeVllm(script, features=Features(has_batch=False)) as server:
        found = use(server, lambda backend: backend.read_labels(asks(SIX)))
        assert [seen.path for seen in server.requests] == ["/v1/chat/completions"] * 6
    assert likeliest(found) == ["1", "2", "3", "4", "5", "1"]
    assert found.usage.num_calls == 6


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=400, param="input_tokens", message="too long"),
        Fault(status=400, message="a bad conversation"),
        Fault(status=404, message="no such route today"),
    ],
)
def test_refused_batch_is_asked_one_by_one(fault: Fault) -> None:
    with FakeVllm(Script(probabilities=scores_by_name)) as server:

        async def work(backend: ServerBackend) -> Reads:
            server.fail(fault)
            return await backend.read_labels(asks(SIX))

        found = use(server, work)
        assert [seen.path.rsplit("/", 1)[1] for seen in server.requests] == [
            "batch",
            *["completions"] * 6,
        ]
    assert likeliest(found) == ["1", "2", "3", "4", "5", "1"]
    assert found.usage.num_calls == 7


def test_one_bad_conversation_fails_with_its_own_error_and_its_neighbours_are_asked() -> None:
    long = Ask(Prompt("", "x" * 40_000, '{"a":'), DIGITS, "")
    with FakeVllm() as server:
        with pytest.raises(JudgeBackendError) as caught:
            use(server, lambda backend: backend.read_labels([*asks(SIX[:2]), long]))
        assert caught.value.code == "context_overflow"
        assert len(server.requests) == 4


def test_batch_too_large_for_the_servers_queue_is_asked_one_by_one() -> None:
    script = Script(probabilities=scores_by_name)
    with FakeVllm(script, features=Features(max_queued=2)) as server:
        changes = {"max_retries": 2, "first_in_flight": 2, "max_in_flight": 2}
        found = use(server, lambda backend: backend.read_labels(asks(SIX)), **changes)
        assert likeliest(found) == ["1", "2", "3", "4", "5", "1"]


def test_failing_server_is_not_asked_again_one_by_one() -> None:
    with FakeVllm() as server:

        async def work(backend: ServerBackend) -> None:
            server.fail(Fault(status=500), times=50)
            with pytest.raises(JudgeBackendError) as caught:
                await backend.read_labels(asks(SIX))
            assert caught.value.code == "server_error"

        use(server, work, max_retries=1)
        assert len(server.requests) == 2


def test_first_error_in_the_order_of_asks_is_raised() -> None:
    def choose(number: int, path: str) -> Fault | None:
        if not path.endswith("completions"):
            return None
        body = server.requests[-1].body
        prefix = body["messages"][-1]["content"]
        if "completeness" in prefix:
            return Fault(status=400, message="second", seconds=0.05)
        return Fault(status=422, message="fifth") if "calibration" in prefix else None

    with FakeVllm(features=Features(has_batch=False)) as server:

        async def work(backend: ServerBackend) -> None:
            server.fault_for(choose)
            with pytest.raises(JudgeBackendError, match="second"):
                await backend.read_labels(asks(SIX))

        use(server, work)


def test_labels_without_a_token_are_looked_for_among_the_top_logprobs() -> None:
    with FakeVllm(Script(probabilities=scores_by_name)) as server:
        prompt = PROMPT._replace(assistant='{"answer":"')
        mixed = [*asks(SIX[:2]), Ask(prompt, ("yes", "perhaps"), "")]
        found = use(server, lambda backend: backend.read_labels(mixed))
        bodies = [seen.body for seen in server.requests]
    assert likeliest(found) == ["1", "2", "yes"]
    assert found.reads[2].probabilities == pytest.approx({"yes": 0.75, "perhaps": 0.0})
    assert [body.get("top_logprobs") for body in bodies] == [None, 20]


def test_question_stands_in_for_a_prefix_that_cannot_be_continued() -> None:
    with FakeVllm(features=PLAIN_OPENAI) as server:
        found = use(server, lambda backend: backend.read_labels(asks(SIX[:1], with_choice=True)))
        conversations = [seen.body["messages"] for seen in server.requests]
    assert likeliest(found) == ["4", "no"]
    assert conversations[0] == [
        {"role": "system", "content": "You grade."},
        {"role": "user", "content": "Grade this.\n\nHow correctness? One digit, 1 to 5."},
    ]


def test_without_logprobs_the_written_label_is_taken() -> None:
    features = Features(has_logprobs=False, has_logprob_ids=False)
    with FakeVllm(features=features) as server:
        found = use(server, lambda backend: backend.read_labels(asks(SIX)))
    assert [read.is_sampled for read in found.reads] == [True] * 6
    assert found.reads[0].probabilities["4"] == 1.0
    assert found.reads[0].mass is None
