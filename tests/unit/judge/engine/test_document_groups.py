"""Documents that are read in parts: what the parts say together."""

from collections.abc import Callable, Mapping

import pytest
from tests.fakes.conversations import rag
from tests.fakes.model_judge import CLAIM, kind_of, one, reads, says
from tests.fakes.scripted_backend import (
    CAPABILITIES,
    DIGITS,
    Answer,
    ScriptedBackend,
    digits,
    fives_and_no,
)

from assay.domain.judgement import DefectStatus, Judgement, Reduction
from assay_judge.backend.contract import Ask, Generate
from assay_judge.engine.settings import EngineSettings, Mode

STANDARD = EngineSettings()
FAST = EngineSettings(mode=Mode.FAST)


def grouped(
    answer: Callable[[Generate], Answer],
    read: Callable[[Ask], Mapping[str, float]],
    settings: EngineSettings = STANDARD,
) -> tuple[Judgement, ScriptedBackend]:
    documents = ["alpha " * 1500, "beta " * 1500, "gamma " * 1500]
    small = CAPABILITIES.model_copy(update={"max_model_len": 8192})
    backend = ScriptedBackend(answer, read, capabilities=small)
    return one(backend, settings, sample=rag(*documents)), backend


def test_a_hallucination_counts_only_if_no_part_of_the_documents_knows_of_it() -> None:
    def partly(call: Generate) -> str:
        knows = "gamma gamma" in call.prompt.user
        return says()(call) if knows else says(CLAIM)(call)

    judgement, backend = grouped(partly, reads(confirm=0.99))
    assert judgement.reduction == Reduction(num_document_groups=len(backend.calls))
    assert len(backend.calls) > 1
    assert judgement.defects == ()
    everywhere, _ = grouped(says(CLAIM), reads(confirm=0.99))
    assert [d.status for d in everywhere.defects] == [DefectStatus.VERIFIED]


def test_one_part_that_denies_a_hallucination_refutes_it() -> None:
    def read(ask: Ask) -> Mapping[str, float]:
        if kind_of(ask) == "confirm":
            yes = 0.1 if "gamma gamma" in ask.prompt.user else 0.95
            return {"yes": yes, "no": 1 - yes}
        return fives_and_no(ask)

    judgement, _ = grouped(says(CLAIM), read)
    assert [d.status for d in judgement.defects] == [DefectStatus.REFUTED]


@pytest.mark.parametrize("settings", [STANDARD, FAST])
def test_correctness_is_that_of_the_best_part_and_the_rest_is_averaged(
    settings: EngineSettings,
) -> None:
    def level(text: str) -> int:
        return 5 if "gamma gamma" in text else 3

    judgement, backend = grouped(
        lambda call: says(scores=level(call.prompt.user))(call),
        lambda ask: (
            digits(level(ask.prompt.user), 1.0) if ask.labels == DIGITS else fives_and_no(ask)
        ),
        settings,
    )
    num_parts = len(backend.calls)
    best = 5000 if settings is STANDARD else 4950
    assert judgement.scores["correctness"].score == best
    rest = judgement.scores["completeness"].score
    assert rest is not None
    assert abs(rest - (3000 + 2000 // num_parts)) < 50


def test_thorough_reads_long_documents_in_parts_even_if_they_fit() -> None:
    settings = EngineSettings(mode=Mode.THOROUGH, num_samples=1, max_group_chars=2000)
    backend = ScriptedBackend()
    judgement = one(backend, settings, sample=rag("alpha " * 300, "beta " * 300))
    assert judgement.reduction == Reduction(num_document_groups=2)
    assert len(backend.calls) == 4
