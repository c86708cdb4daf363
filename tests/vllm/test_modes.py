"""Every mode on a real vLLM: what is asked, what is kept, and what the prefix cache saves."""

import pytest
from tests.vllm.conversations import made_samples
from tests.vllm.judging import RUBRIC, judge_all, question, with_backend
from tests.vllm.running import Server

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import DIMENSIONS
from assay.domain.sample import Document, Message, Sample
from assay.domain.verdict import decide
from assay_judge.backend.contract import Ask, Prompt, Reads
from assay_judge.backend.server import ServerBackend
from assay_judge.engine.settings import Mode

pytestmark = pytest.mark.vllm


@pytest.mark.parametrize("mode", list(Mode))
def test_mode_scores_every_turn_of_every_type(mode: Mode, server: Server) -> None:
    samples = made_samples(7, seed=5)
    answers = judge_all(server.url, samples, mode=mode)
    for sample, answer in zip(samples, answers, strict=True):
        assert not isinstance(answer, JudgeBackendError), answer
        assert [judgement.turn for judgement in answer] == list(sample.assistant_turns)
        for judgement in answer:
            assert set(judgement.scores) == set(DIMENSIONS)
            for score in judgement.scores.values():
                assert score.score is not None
                assert score.distribution is not None
                assert 990 <= sum(score.distribution) <= 1010
            assert decide(judgement, RUBRIC).overall is not None
            assert judgement.raw
            assert judgement.rubric == RUBRIC.judging_digest


def test_standard_mode_is_one_call_and_one_batch(server: Server) -> None:
    (answer,) = judge_all(server.url, [question("Name a colour.", "Blue is a colour.")])
    assert not isinstance(answer, JudgeBackendError), answer
    (judgement,) = answer
    assert judgement.usage is not None
    assert judgement.usage.num_calls == 2
    assert judgement.usage.num_retries == 0
    for score in judgement.scores.values():
        assert score.mass is not None
        assert score.mass > 900
        assert score.spread is not None
        assert score.entropy is not None


def test_same_sample_is_judged_the_same_twice(server: Server) -> None:
    sample = question("Name two rivers.", "The Elbe and the Rhine are rivers.")
    first, second = (judge_all(server.url, [sample])[0] for _ in range(2))
    assert not isinstance(first, JudgeBackendError)
    assert not isinstance(second, JudgeBackendError)
    assert [j.model_copy(update={"usage": None}) for j in first] == [
        j.model_copy(update={"usage": None}) for j in second
    ]


def test_reads_agree_between_batch_and_single_calls(server: Server) -> None:
    prompt = Prompt("Grade.", "RESPONSE: blue\n\nYour task: score.", '{"scores":{"correctness":')
    asks = [Ask(prompt, ("1", "2", "3", "4", "5"), "Answer with one digit.")] * 6

    async def read(backend: ServerBackend) -> Reads:
        return await backend.read_labels(asks)

    batch = with_backend(server.url, read)
    single = with_backend(server.url, read, max_batch=1)
    for one, other in zip(batch.reads, single.reads, strict=True):
        assert one.mass == pytest.approx(other.mass, abs=1e-3)
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-3)


def test_response_beyond_the_context_is_an_overflow_and_never_cut(server: Server) -> None:
    huge = question("Tell me all.", "river stone market " * 6000)
    fine = question("Name a colour.", "Blue is a colour.")
    answers = judge_all(server.url, [huge, fine])
    assert isinstance(answers[0], JudgeBackendError)
    assert answers[0].code == "context_overflow"
    assert not isinstance(answers[1], JudgeBackendError)


def test_old_turns_and_documents_are_reduced_and_recorded(server: Server) -> None:
    filler = "river stone market winter answer table light garden number small " * 12
    turns = [Message(r, filler) for _ in range(40) for r in ("user", "assistant")]
    last = (Message("user", "And the colour?"), Message("assistant", "It is blue."))
    long_talk = Sample((*turns, *last))
    documents = tuple(Document(f"d{i}", "", filler) for i in range(80))
    long_rag = Sample(last, documents=documents)
    judged = judge_all(server.url, [Sample(last), long_rag, long_talk])
    short, rag, talk = judged
    assert not isinstance(short, JudgeBackendError)
    assert short[0].reduction is None
    assert not isinstance(rag, JudgeBackendError), rag
    assert rag[0].reduction is not None
    assert rag[0].reduction.num_document_groups > 1
    assert not isinstance(talk, JudgeBackendError), talk
    assert talk[-1].reduction is not None
    assert talk[-1].reduction.num_turns_omitted > 0


def test_static_prompt_comes_from_the_prefix_cache(server: Server) -> None:
    samples = [question(f"Name colour {i}.", f"Blue, number {i}.") for i in range(24)]
    judge_all(server.url, samples[:1])  # warms the static part
    queries = server.metric("vllm:prefix_cache_queries_total")
    hits = server.metric("vllm:prefix_cache_hits_total")
    judge_all(server.url, samples)
    asked = server.metric("vllm:prefix_cache_queries_total") - queries
    found = server.metric("vllm:prefix_cache_hits_total") - hits
    assert found / asked > 0.8
