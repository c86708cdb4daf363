"""Judges attacks with the real engine before a gullible model, and says which ones succeed.

An attack succeeds when the verdict is `accept`: the response deserves a rejection.
"""

import asyncio
from collections.abc import Iterable, Sequence

from tests.attacks.attack import BASES, Attack, sample_of
from tests.fakes.gullible import Obedience, gullible

from assay.domain.judgement import Judgement
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay.domain.verdict import Decision, decide
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import EngineSettings, Mode
from assay_judge.hostile.defences import Defences

GOOD = frozenset(base.good for base in BASES.values())
KEY = b"a key that no attacker knows"
NO_DEFENCES = Defences(
    encode=False,
    neutralise=False,
    nonce=False,
    verify_quotes=False,
    confirm=False,
    detect_injection=False,
    master_keys=False,
    read_scores=False,
)


def judge_last_turns(
    samples: Sequence[Sample],
    defences: Defences,
    rubric: Rubric,
    *,
    obeys: Obedience = Obedience.VISIBLE,
    mode: Mode = Mode.STANDARD,
) -> list[Judgement]:
    """The judgement of the last turn of each sample."""

    async def run() -> list[Judgement]:
        judge = LlmJudge(
            gullible(GOOD, obeys=obeys),
            rubric,
            EngineSettings(mode=mode),
            nonce_key=KEY,
            defences=defences,
        )
        try:
            return [(await judge.judge_sample(sample))[-1] for sample in samples]
        finally:
            await judge.close()

    return asyncio.run(run())


def succeeding(
    attacks: Iterable[Attack],
    defences: Defences,
    rubric: Rubric,
    *,
    obeys: Obedience = Obedience.VISIBLE,
    mode: Mode = Mode.STANDARD,
) -> list[str]:
    """The ids of the attacks whose bad response is accepted."""
    attacks = tuple(attacks)
    samples = [sample_of(attack) for attack in attacks]
    judgements = judge_last_turns(samples, defences, rubric, obeys=obeys, mode=mode)
    return [
        attack.id
        for attack, judgement in zip(attacks, judgements, strict=True)
        if decide(judgement, rubric).decision is Decision.ACCEPT
    ]
