"""Every failure is an error with its code; no path gives a score without a read."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.fakes.conversations import chat, rag
from tests.fakes.model_judge import CLAIM, judged, kind_of, one, says
from tests.fakes.scripted_backend import CAPABILITIES, DIGITS, ScriptedBackend, fives_and_no

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Usage
from assay.rubrics import load_rubric
from assay_judge.backend.contract import (
    Ask,
    Generate,
    Generation,
    GenerationKind,
    LabelRead,
    ReadingKind,
)
from assay_judge.engine.settings import EngineSettings, Mode

STANDARD = EngineSettings()
FAST = EngineSettings(mode=Mode.FAST)
CASCADE = EngineSettings(mode=Mode.CASCADE)
SAMPLED = CAPABILITIES.model_copy(update={"reading": ReadingKind.SAMPLED})


@pytest.mark.parametrize(
    "code",
    [
        "context_overflow",
        "malformed",
        "low_label_mass",
        "timeout",
        "unreachable",
        "server_error",
        "saturated",
        "refused",
        "failed",
    ],
)
@pytest.mark.parametrize("mode", list(Mode))
def test_every_failure_is_that_failure(code: str, mode: Mode) -> None:
    def fail(_: object) -> JudgeBackendError:
        return JudgeBackendError("the server failed", code)

    with pytest.raises(JudgeBackendError) as error:
        one(ScriptedBackend(fail), EngineSettings(mode=mode))
    assert error.value.code == code
    if mode not in (Mode.FAST, Mode.CASCADE):
        with pytest.raises(JudgeBackendError) as error:
            one(ScriptedBackend(read=fail), EngineSettings(mode=mode))
        assert error.value.code == code


@pytest.mark.parametrize("kind", ["score", "confirm", "injection", "check"])
def test_low_label_mass_is_refused_wherever_it_is_read(kind: str) -> None:
    def read(ask: Ask) -> LabelRead | Mapping[str, float]:
        answer = fives_and_no(ask)
        return LabelRead(answer, 0.49) if kind_of(ask) == kind else answer

    with pytest.raises(JudgeBackendError) as error:
        one(ScriptedBackend(says(CLAIM), read), rubric=load_rubric("critical-thinking"))
    assert error.value.code == "low_label_mass"


@pytest.mark.parametrize(
    "text",
    ["", "not json", '{"lang":"en"}', "[]", "5", '{"scores":{"correctness":5}}'],
)
@pytest.mark.parametrize("mode", list(Mode))
def test_an_answer_out_of_form_is_asked_for_once_more_and_then_an_error(
    text: str, mode: Mode
) -> None:
    backend = ScriptedBackend(lambda _: text)
    with pytest.raises(JudgeBackendError) as error:
        one(backend, EngineSettings(mode=mode, num_samples=1))
    assert error.value.code == "malformed"
    assert backend.batches == []
    assert len(backend.calls) <= (4 if mode is Mode.THOROUGH else 2)


@pytest.mark.parametrize("finish_reason", ["length", "repetition", "abort"])
def test_a_text_that_did_not_end_is_not_used_even_if_it_parses(finish_reason: str) -> None:
    def cut(call: Generate) -> Generation:
        return Generation(says()(call), finish_reason, (), Usage(num_calls=1))

    backend = ScriptedBackend(cut)
    with pytest.raises(JudgeBackendError) as error:
        one(backend)
    assert error.value.code == "malformed"
    assert len(backend.calls) == 2


def test_the_second_try_has_another_seed_and_smaller_bounds() -> None:
    broken = iter(["broken"])
    backend = ScriptedBackend(lambda call: next(broken, None) or says()(call))
    judgement = one(backend)
    first, second = backend.calls
    assert first.seed != second.seed
    assert second.temperature > 0
    assert second.shape.max_tokens < first.shape.max_tokens
    assert judgement.usage is not None
    assert judgement.usage.num_retries == 1
    assert judgement.usage.num_calls == 3


def test_a_server_that_shows_no_probabilities_gives_digits_without_a_spread() -> None:
    def read(ask: Ask) -> LabelRead:
        label = "4" if ask.labels == DIGITS else "no"
        return LabelRead({label: 1.0}, None, is_sampled=True)

    for settings in (STANDARD, FAST):
        backend = ScriptedBackend(says(scores=4), read, capabilities=SAMPLED)
        score = one(backend, settings).scores["correctness"]
        assert score.score == 4000
        assert score.spread is None
        assert all(call.labels == () for call in backend.calls)


def test_an_unmasked_servers_digits_keep_their_mass() -> None:
    plain = CAPABILITIES.model_copy(update={"generation": GenerationKind.TEXT})
    score = one(ScriptedBackend(says(), capabilities=plain), FAST).scores["correctness"]
    assert score.mass == 1000


def test_a_response_that_does_not_fit_is_never_sent() -> None:
    backend = ScriptedBackend(capabilities=CAPABILITIES.model_copy(update={"max_model_len": 8192}))
    with pytest.raises(JudgeBackendError) as error:
        one(backend, sample=chat("Q", "word " * 20_000))
    assert error.value.code == "context_overflow"
    assert backend.calls == []


def test_a_refusal_of_what_seemed_to_fit_is_met_once() -> None:
    turns = [f"turn {n} " + "word " * 300 for n in range(11)]
    sample = chat(*turns, "The last answer.")
    sample = replace(sample, messages=(*sample.messages[:-2], *chat().messages))
    judged_turn = [len(sample.messages) - 1]
    lying = CAPABILITIES.model_copy(update={"max_model_len": 8_000, "has_tokenize": False})
    backend = ScriptedBackend(limit_tokens=5_000, capabilities=lying)
    last = judged(sample, backend)[-1]
    assert [last.turn] == judged_turn
    assert last.reduction is not None
    assert last.reduction.num_turns_omitted > 0


def test_a_second_refusal_is_the_error() -> None:
    backend = ScriptedBackend(limit_tokens=10)
    with pytest.raises(JudgeBackendError) as error:
        one(backend, sample=rag(*("fact " * 3000 for _ in range(12))))
    assert error.value.code == "context_overflow"
    assert len(backend.calls) <= 33
