"""From the judgements of a sample's turns to its verdict, and to what its line says.

Each assistant turn is decided alone. `reject`: the worst turn decides for the sample. `mask`: turns
that are rejected get weight 0 and the worst of the others decides; a sample without another turn is
rejected. What the rules say holds for the whole sample.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assay.domain.judgement import Judgement
from assay.domain.rubric import Rubric
from assay.domain.verdict import Decision, Outcome, Verdict, decide, worst

_OUTCOME_OF = {
    Decision.ACCEPT: Outcome.ACCEPTED,
    Decision.BORDERLINE: Outcome.BORDERLINE,
    Decision.REJECT: Outcome.REJECTED,
}


class OnBadTurn(StrEnum):
    """What a rejected turn means for its conversation."""

    REJECT = "reject"
    MASK = "mask"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run decides by, apart from the rubric."""

    accept_without_score: bool
    on_bad_turn: OnBadTurn = OnBadTurn.REJECT


@dataclass(frozen=True, slots=True)
class TurnVerdict:
    """One assistant turn: its verdict, and whether a trainer shall learn from it (1) or not (0)."""

    turn: int
    verdict: Verdict
    weight: int


@dataclass(frozen=True, slots=True)
class SampleVerdict:
    """A sample's verdict and those of its turns (none where no judge looked)."""

    verdict: Verdict
    turns: tuple[TurnVerdict, ...]


def decide_sample(
    judgements: Sequence[Judgement],
    rubric: Rubric,
    policy: Policy,
    *,
    drops: Sequence[str],
    caps: Sequence[str],
) -> SampleVerdict:
    """Return a sample's verdict: that of its turns, or that of the rules alone."""

    def decide_turn(judgement: Judgement | None) -> Verdict:
        return decide(
            judgement,
            rubric,
            drops=drops,
            caps=caps,
            accept_without_score=policy.accept_without_score,
        )

    if not judgements:
        return SampleVerdict(decide_turn(None), ())
    verdicts = [decide_turn(judgement) for judgement in judgements]
    counting = verdicts
    if policy.on_bad_turn is OnBadTurn.MASK and not drops:
        counting = [v for v in verdicts if v.decision is not Decision.REJECT] or verdicts
    turns = tuple(
        TurnVerdict(judgement.turn, verdict, int(verdict.decision is not Decision.REJECT))
        for judgement, verdict in zip(judgements, verdicts, strict=True)
    )
    return SampleVerdict(worst(counting), turns)


def outcome_of(verdict: Verdict) -> Outcome:
    """Return where a verdict puts a sample before deduplication."""
    return _OUTCOME_OF[verdict.decision]


def verdict_record(decided: SampleVerdict, judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Return what the outcome files say of a verdict and the judgements behind it."""
    verdict = decided.verdict
    record: dict[str, Any] = {
        "reasons": verdict.reasons,
        "basis": verdict.basis,
        "overall": verdict.overall,
        "weight_covered": verdict.weight_covered,
        "scores": worst_scores(judgements),
        "defects": [
            {"kind": d.kind, "status": d.status, "quote": d.quote, "detector": d.detector}
            for judgement in judgements
            for d in judgement.defects
        ],
    }
    if len(decided.turns) > 1:
        record["turns"] = [
            {"turn": t.turn, "decision": t.verdict.decision.value, "weight": t.weight}
            for t in decided.turns
        ]
    return record


def worst_scores(judgements: Sequence[Judgement]) -> dict[str, int | None]:
    """Return each dimension's lowest score over the turns; None where no turn has one."""
    lowest: dict[str, int | None] = {}
    for judgement in judgements:
        for name, score in judgement.scores.items():
            known = lowest.get(name)
            if score.score is None:
                lowest.setdefault(name, None)
            elif known is None or score.score < known:
                lowest[name] = score.score
    return lowest


def weights_of(record: Mapping[str, Any]) -> Mapping[int, int]:
    """Return message index -> weight for a verdict record in which some turn is masked."""
    turns = record.get("turns", ())
    if all(turn["weight"] for turn in turns):
        return {}
    return {turn["turn"]: turn["weight"] for turn in turns}
