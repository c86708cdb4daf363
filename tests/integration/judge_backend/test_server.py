"""`ServerBackend` over HTTP: texts, lengths, costs, and servers that can do less."""

import asyncio
import math

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
from assay.domain.sample import JsonObject
from assay_judge.backend.contract import Ask, Generate, GenerationKind, Prompt, Shape
from assay_judge.backend.server import ServerBackend

GRAMMAR = 'root ::= "{\\"a\\":" [1-5] ",\\"b\\":" [1-5] "}"'
DIGIT: JsonObject = {"type": "integer", "enum": [1, 2, 3, 4, 5]}
SCHEMA: JsonObject = {"type": "object", "properties": {"a": DIGIT}, "required": ["a"]}
SHAPE = Shape(GRAMMAR, SCHEMA, max_tokens=100)


def test_text_is_held_to_the_grammar_and_shows_its_labels() -> None:
    with FakeVllm() as server:
        call = Generate(PROMPT, SHAPE, seed=7, labels=DIGITS)
        found = use(server, lambda backend: backend.generate(call))
        body = server.chats()[0].body
    assert found.text == '{"a":4,"b":4}'
    assert found.finish_reason == "stop"
    assert [token.text for token in found.tokens] == [b'{"a":', b"4", b',"b":', b"4", b"}"]
    assert sum(map(math.exp, found.tokens[1].logprobs.values())) == pytest.approx(1.0)
    assert body["structured_outputs"] == {"grammar": GRAMMAR}
    assert body["messages"] == [
        {"role": "system", "content": "You grade."},
        {"role": "user", "content": "Grade this."},
    ]
    assert (body["seed"], body["temperature"], body["max_tokens"]) == (7, 0.0, 100)
    assert "truncate_prompt_tokens" not in body


def test_empty_system_is_left_out() -> None:
    with FakeVllm() as server:
        use(server, lambda b: b.generate(Generate(Prompt("", "Grade."), SHAPE, seed=0)))
        assert server.chats()[0].body["messages"] == [{"role": "user", "content": "Grade."}]


def test_template_options_go_with_every_conversation() -> None:
    async def work(backend: ServerBackend) -> None:
        await backend.generate(Generate(PROMPT, SHAPE, seed=0))
        await backend.read_labels(asks(SIX))
        await backend.count_tokens(PROMPT)

    with FakeVllm() as server:
        use(server, work, chat_template_kwargs={"enable_thinking": False})
        sent = [seen.body["chat_template_kwargs"] for seen in server.requests]
    assert sent == [{"enable_thinking": False}] * 3


def test_begun_answer_is_continued() -> None:
    with FakeVllm() as server:
        call = Generate(PROMPT._replace(assistant='{"x":'), SHAPE, seed=0)
        use(server, lambda backend: backend.generate(call))
        body = server.chats()[0].body
        assert body["continue_final_message"] is True
        assert body["add_generation_prompt"] is False


def test_begun_answer_is_refused_where_it_cannot_be_continued() -> None:
    with FakeVllm(features=PLAIN_OPENAI) as server:
        call = Generate(PROMPT._replace(assistant='{"x":'), SHAPE, seed=0)
        with pytest.raises(JudgeBackendError) as caught:
            use(server, lambda backend: backend.generate(call))
        assert caught.value.code == "refused"


@pytest.mark.parametrize("reason", ["length", "repetition", "stop"])
def test_how_a_text_ended_is_for_the_caller_to_judge(reason: str) -> None:
    with FakeVllm(Script(finish_reason=reason)) as server:
        call = Generate(PROMPT, SHAPE, seed=0)
        assert use(server, lambda b: b.generate(call)).finish_reason == reason


def test_answer_that_the_server_may_have_cut_short_is_refused() -> None:
    with FakeVllm(features=Features(max_model_len=500)) as server:
        fits = Generate(Prompt("", "x" * 1500), SHAPE, seed=0)  # 382 tokens and 100
        assert use(server, lambda b: b.generate(fits)).usage.num_prompt_tokens == 382
        with pytest.raises(JudgeBackendError) as caught:
            call = Generate(Prompt("", "x" * 1600), SHAPE, seed=0)
            use(server, lambda b: b.generate(call))
        assert caught.value.code == "context_overflow"
        assert "507" in str(caught.value)


def test_prompt_beyond_the_context_overflows() -> None:
    with FakeVllm(features=Features(max_model_len=500)) as server:
        call = Generate(Prompt("", "x" * 4000), SHAPE, seed=0)
        with pytest.raises(JudgeBackendError) as caught:
            use(server, lambda b: b.generate(call))
        assert caught.value.code == "context_overflow"
        assert len(server.chats()) == 1


@pytest.mark.parametrize(
    ("features", "kind", "field"),
    [
        (Features(has_grammar=False), GenerationKind.JSON_SCHEMA, "json_schema"),
        (
            Features(has_grammar=False, has_json_schema=False),
            GenerationKind.JSON_OBJECT,
            "json_object",
        ),
    ],
)
def test_form_is_asked_for_as_well_as_the_server_can(
    features: Features, kind: GenerationKind, field: str
) -> None:
    with FakeVllm(Script(answer=lambda _, kind: f'{{"k":"{kind}"}}'), features=features) as server:
        found = use(server, lambda b: b.generate(Generate(PROMPT, SHAPE, seed=0)))
        body = server.chats()[0].body
    assert found.text == f'{{"k":"{kind.value}"}}'
    assert body["response_format"]["type"] == field
    assert body["repetition_detection"]["min_count"] == 32
    assert "structured_outputs" not in body


def test_tokens_are_counted_as_the_server_will_see_them() -> None:
    async def work(backend: ServerBackend) -> list[int | None]:
        prompt = PROMPT._replace(assistant='{"correctness":')
        ask = Ask(prompt, DIGITS, "")
        read = await backend.read_labels([ask])
        call = Generate(PROMPT, SHAPE, seed=0)
        return [
            await backend.count_tokens(prompt),
            read.usage.num_prompt_tokens,
            await backend.count_tokens(PROMPT),
            (await backend.generate(call)).usage.num_prompt_tokens,
        ]

    with FakeVllm() as server:
        counts = use(server, work)
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]


def test_tokens_are_not_guessed() -> None:
    with FakeVllm(features=PLAIN_OPENAI) as server:
        assert use(server, lambda backend: backend.count_tokens(PROMPT)) is None


@pytest.mark.parametrize("body", [b'{"count":"7"}', b"[]", b"no"])
def test_count_that_is_none_is_malformed(body: bytes) -> None:
    with FakeVllm() as server:

        async def work(backend: ServerBackend) -> None:
            server.fault_for(lambda _, path: Fault(body=body) if path == "/tokenize" else None)
            with pytest.raises(JudgeBackendError) as caught:
                await backend.count_tokens(PROMPT)
            assert caught.value.code == "malformed"

        use(server, work)


def test_retries_are_part_of_what_a_call_cost() -> None:
    with FakeVllm() as server:

        async def work(backend: ServerBackend) -> tuple[int, int]:
            server.fail(Fault(status=503), times=2)
            text = await backend.generate(Generate(PROMPT, SHAPE, seed=0))
            server.fail(Fault(status=500), times=1)
            reads = await backend.read_labels(asks(SIX))
            return text.usage.num_retries, reads.usage.num_retries

        assert use(server, work) == (2, 1)


def test_cached_tokens_are_told_where_the_server_tells_them() -> None:
    call = Generate(PROMPT, SHAPE, seed=0)
    with FakeVllm(features=Features(has_cached_tokens=True)) as server:
        assert use(server, lambda b: b.generate(call)).usage.num_cached_tokens == 0
        assert use(server, lambda b: b.read_labels(asks(SIX))).usage.num_cached_tokens is None


def test_no_error_repeats_the_prompt() -> None:
    secret = Prompt("", "the patient is called Jane Roe and lives in Ulm")
    with FakeVllm() as server:

        async def work(backend: ServerBackend) -> None:
            for status in (400, 401, 404, 422, 500, 503):
                message = f"bad input {secret.user}"
                server.fail(Fault(status=status, message=message), times=2)
                with pytest.raises(JudgeBackendError) as caught:
                    await backend.generate(Generate(secret, SHAPE, seed=0))
                assert "Jane" not in str(caught.value)
                assert "patient" not in repr(caught.value)
                server._faults.clear()

        use(server, work, max_retries=1)


def test_sixty_four_judgements_at_once() -> None:
    with FakeVllm(Script(probabilities=scores_by_name)) as server:

        async def judge(backend: ServerBackend) -> list[str]:
            await backend.generate(Generate(PROMPT, SHAPE, seed=0, labels=DIGITS))
            return likeliest(await backend.read_labels(asks(SIX)))

        async def work(backend: ServerBackend) -> list[list[str]]:
            server.fault_for(lambda _, __: Fault(seconds=0.005))
            return await asyncio.gather(*(judge(backend) for _ in range(64)))

        found = use(server, work, first_in_flight=64)
    assert found == [["1", "2", "3", "4", "5", "1"]] * 64
    assert 32 < server.max_open <= 64
