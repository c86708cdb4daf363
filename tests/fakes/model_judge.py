"""A model judge on a scripted server: what the model writes and reads, in a line."""

import asyncio
from collections.abc import Callable, Mapping

from tests.fakes.conversations import chat
from tests.fakes.scripted_backend import (
    DIGITS,
    ScriptedBackend,
    evidence_text,
    fives_and_no,
    names_of,
    wants_scores,
)

from assay.domain.judgement import Judgement
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay.rubrics import load_rubric
from assay_judge.backend.contract import Ask, Generate
from assay_judge.engine.llm_judge import ALL_DEFENCES, VETTED, LlmJudge
from assay_judge.engine.settings import EngineSettings
from assay_judge.hostile.defences import Defences

RUBRIC = load_rubric("default")
QUOTE = "It is 2850 km long"  # stands in the default answer
CLAIM = ("hallucination", QUOTE, "no source says so")


def judged(
    sample: Sample,
    backend: ScriptedBackend,
    settings: EngineSettings = VETTED,
    *,
    rubric: Rubric = RUBRIC,
    defences: Defences = ALL_DEFENCES,
) -> tuple[Judgement, ...]:
    """All judgements of a sample."""
    judge = LlmJudge(backend, rubric, settings, nonce_key=b"key", defences=defences)
    return asyncio.run(judge.judge_sample(sample))


def one(
    backend: ScriptedBackend,
    settings: EngineSettings = VETTED,
    *,
    sample: Sample | None = None,
    rubric: Rubric = RUBRIC,
) -> Judgement:
    """The judgement of a sample's only answer."""
    (judgement,) = judged(sample or chat(), backend, settings, rubric=rubric)
    return judgement


def says(
    *defects: tuple[str, str, str],
    claims: tuple[tuple[str, str, str], ...] = (),
    notes: Mapping[str, str] | None = None,
    scores: Mapping[str, int] | int = 5,
) -> Callable[[Generate], str]:
    """A model that writes this evidence, with scores where the form asks for them."""

    def answer(call: Generate) -> str:
        written = scores if wants_scores(call) else None
        return evidence_text(
            names_of(call), claims=claims, defects=defects, notes=notes, scores=written
        )

    return answer


def kind_of(ask: Ask) -> str:
    """What a read asks for: `score`, `confirm`, `injection` or `check`."""
    if ask.labels == DIGITS:
        return "score"
    return ask.prompt.user.rsplit("Your task: ", 1)[1].split(".")[0]


def reads(**yes: float) -> Callable[[Ask], Mapping[str, float]]:
    """A model that gives P(yes) by kind of read, and fives."""

    def read(ask: Ask) -> Mapping[str, float]:
        probability = yes.get(kind_of(ask))
        if probability is None:
            return fives_and_no(ask)
        return {"yes": probability, "no": 1.0 - probability}

    return read
