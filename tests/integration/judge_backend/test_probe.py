"""The start-up probe: what it finds, what it costs to lack something, whom it refuses."""

import asyncio
import socket

import pytest
from tests.fakes.vllm import PLAIN_OPENAI, VLLM, FakeVllm, Fault, Features, Script

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.contract import Capabilities, GenerationKind, ReadingKind
from assay_judge.backend.server import connect
from assay_judge.backend.settings import BackendSettings


def probed(server: FakeVllm, **changes: object) -> Capabilities:
    async def scenario() -> Capabilities:
        settings = {"url": server.url, "backoff_seconds": 0.001, **changes}
        backend = await connect(BackendSettings.model_validate(settings))
        await backend.close()
        return backend.capabilities

    return asyncio.run(scenario())


def found_in(features: Features, script: Script = Script()) -> Capabilities:  # noqa: B008
    with FakeVllm(script, features=features) as server:
        return probed(server)


def refusal(server: FakeVllm, **changes: object) -> JudgeBackendError:
    with pytest.raises(JudgeBackendError) as caught:
        probed(server, **changes)
    return caught.value


def test_all_of_vllm_is_found() -> None:
    found = found_in(Features(has_tokenizer_info=True, has_cached_tokens=True))
    assert found.server == "vllm 0.32.0"
    assert found.model == "tiny"
    assert found.max_model_len == 8192
    assert found.fingerprint == "vllm-0.32.0-2d4f8927"
    assert found.generation is GenerationKind.GRAMMAR
    assert found.reading is ReadingKind.TOKEN_IDS
    assert found.has_batch
    assert found.has_tokenize
    assert found.has_continue
    assert found.reports_cached_tokens
    assert found.special_tokens == VLLM.special_tokens
    assert list(found.labels) == ["1", "2", "3", "4", "5", "yes", "no"]
    assert found.probed_mass == 980
    assert found.problems == ()
    assert found.is_healthy


def test_plain_openai_server_is_used_as_far_as_it_goes() -> None:
    found = found_in(PLAIN_OPENAI)
    assert found.server == "unknown"
    assert found.max_model_len is None
    assert found.generation is GenerationKind.JSON_OBJECT
    assert found.reading is ReadingKind.TOP_LOGPROBS
    assert not (found.has_batch or found.has_tokenize or found.has_continue)
    assert found.special_tokens == ()
    assert found.labels == {}
    assert found.is_healthy
    assert len(found.problems) == 6


@pytest.mark.parametrize(
    ("features", "generation", "words"),
    [
        (Features(has_grammar=False), GenerationKind.JSON_SCHEMA, "does not bound white space"),
        (
            Features(has_grammar=False, has_json_schema=False),
            GenerationKind.JSON_OBJECT,
            "only valid JSON",
        ),
        (
            Features(has_grammar=False, has_json_schema=False, has_json_object=False),
            GenerationKind.TEXT,
            "free text",
        ),
    ],
)
def test_forms_are_degraded_step_by_step(
    features: Features, generation: GenerationKind, words: str
) -> None:
    found = found_in(features)
    assert found.generation is generation
    assert [words in problem for problem in found.problems] == [True]
    assert found.is_healthy


@pytest.mark.parametrize(
    ("features", "reading", "has_continue"),
    [
        (Features(has_logprob_ids=False), ReadingKind.TOP_LOGPROBS, True),
        (Features(has_tokenize=False), ReadingKind.TOP_LOGPROBS, True),
        (Features(has_continue=False), ReadingKind.TOP_LOGPROBS, False),
        (Features(has_logprobs=False), ReadingKind.SAMPLED, False),
    ],
)
def test_reads_are_degraded_step_by_step(
    features: Features, reading: ReadingKind, has_continue: bool
) -> None:
    found = found_in(features)
    assert (found.reading, found.has_continue) == (reading, has_continue)
    assert found.problems
    assert found.is_healthy


def test_labels_that_are_no_single_token_are_not_read_by_id() -> None:
    found = found_in(Features(splits_labels=True))
    assert found.reading is ReadingKind.TOP_LOGPROBS
    assert found.labels == {}
    assert any("one token to each of yes, no" in problem for problem in found.problems)
    assert any("one token to each of 1, 2" in problem for problem in found.problems)


def test_missing_batch_route_is_told() -> None:
    found = found_in(Features(has_batch=False))
    assert not found.has_batch
    assert "no batch route" in found.problems[0]


@pytest.mark.parametrize(("mass", "is_healthy"), [(0.49, False), (0.51, True)])
def test_model_that_does_not_want_to_write_a_digit_is_unhealthy(
    mass: float, is_healthy: bool
) -> None:
    found = found_in(Features(label_mass=mass))
    assert found.is_healthy is is_healthy
    assert found.probed_mass == round(mass * 1000)
    assert any("0.490" in problem for problem in found.problems) is not is_healthy


def test_model_whose_text_holds_no_label_is_unhealthy() -> None:
    script = Script(probabilities=lambda messages, labels: {"Sure": 0.9})
    found = found_in(Features(has_logprobs=False), script)
    assert not found.is_healthy
    assert found.probed_mass is None


def test_context_may_come_from_the_tokenizer() -> None:
    with FakeVllm() as server:
        card = b'{"data":[{"id":"tiny","owned_by":"vllm"}]}'
        server.fault_for(lambda _, path: Fault(body=card) if path == "/v1/models" else None)
        assert probed(server).max_model_len == 8192


def test_named_model_must_be_served() -> None:
    with FakeVllm(features=Features(models=("tiny", "other"))) as server:
        assert probed(server, model="other").model == "other"
        error = refusal(server, model="nope")
        assert error.code == "refused"
        assert "'nope'" in str(error)
        assert "'tiny', 'other'" in str(error)


def test_one_of_many_models_must_be_named() -> None:
    with FakeVllm(features=Features(models=("tiny", "other"))) as server:
        error = refusal(server)
        assert error.code == "refused"
        assert "'tiny', 'other'" in str(error)


def test_server_without_a_list_of_models_needs_a_name() -> None:
    def choose(_: int, path: str) -> Fault | None:
        return Fault(status=404) if path == "/v1/models" else None

    with FakeVllm() as server:
        server.fault_for(choose)
        assert refusal(server).code == "refused"
        found = probed(server, model="tiny")
        assert "does not list its models" in found.problems[0]


def test_wrong_key_is_refused_not_taken_for_a_poor_server() -> None:
    with FakeVllm(features=Features(api_key="sk-right-key")) as server:
        error = refusal(server, api_key="sk-wrong-key", model="tiny")
        assert error.code == "refused"
        assert "sk-" not in str(error)
        assert probed(server, api_key="sk-right-key").generation is GenerationKind.GRAMMAR


def test_busy_server_is_an_error_not_a_poor_server() -> None:
    with FakeVllm() as server:
        server.fault_for(
            lambda number, path: Fault(status=503) if "chat" in path and number > 0 else None
        )
        assert refusal(server, max_retries=1).code == "saturated"


def test_silent_server_is_an_error() -> None:
    with FakeVllm() as server:
        server.fault_for(lambda _, path: Fault(seconds=5) if "chat" in path else None)
        assert refusal(server, timeout_seconds=0.3).code == "timeout"


def test_server_that_answers_500_to_what_it_does_not_know_is_a_poor_server() -> None:
    with FakeVllm() as server:
        server.fault_for(lambda _, path: Fault(status=500) if path.endswith("batch") else None)
        assert not probed(server, max_retries=1).has_batch


def test_absent_server_is_unreachable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(JudgeBackendError) as caught:
            asyncio.run(connect(BackendSettings(url=url, max_retries=0)))
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'{"data":{}}', b'{"data":[1,{"x":2}]}'])
def test_server_of_another_kind_is_an_error(body: bytes) -> None:
    with FakeVllm() as server:
        server.fault_for(lambda _, __: Fault(body=body))
        assert refusal(server).code in ("malformed", "refused")


def test_answer_function_is_not_asked_by_the_probe() -> None:
    def answer(messages: object, kind: str) -> str:
        raise AssertionError("the probe asked the script")

    for features in (VLLM, PLAIN_OPENAI, Features(has_grammar=False)):
        assert found_in(features, Script(answer=answer)).is_healthy
