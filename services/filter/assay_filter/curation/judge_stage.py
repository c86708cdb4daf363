"""Stage `judge`: the samples of one chunk that are still open are judged and get their verdict.

Exact copies are left to the `decide` stage: they share the judgement of the first open copy. The
part holds one light record a sample (no text), the feature file what deduplication needs.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson

from assay.audit.rows import ChunkRecord, RowCells, leaves_of
from assay.datasets.canonical import to_sample
from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Judgement
from assay.domain.ports import Judge, Judged
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample, SampleType
from assay.domain.verdict import Decision, Outcome, Verdict, decide, worst
from assay.verifiers.view import View
from assay_filter.curation.parts import (
    JUDGE_DTYPE,
    digest_files,
    read_part,
    write_array,
    write_part,
)
from assay_filter.curation.rules_stage import event_rows, pack
from assay_filter.curation.workspace import whole_file
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import dedup_text
from assay_filter.dedup.settings import DedupSettings
from assay_filter.rules.trunc_cap_pileup import CapPileup, CapPileupSettings, Pileup
from assay_filter.screening import Hit, hit_of

STAGE = "judge"
OUTCOMES = tuple(Outcome)
NOT_JUDGED = 255  # an exact copy: its verdict waits for the judgement that it shares

_OUTCOME_OF = {
    Decision.ACCEPT: Outcome.ACCEPTED,
    Decision.BORDERLINE: Outcome.BORDERLINE,
    Decision.REJECT: Outcome.REJECTED,
}


class JudgeFactory(Hashable, Protocol):
    """Makes the judge in a worker process; picklable, and equal when it makes the same judge."""

    def __call__(self) -> Judge: ...


@dataclass(frozen=True, slots=True)
class JudgeTask:
    """One chunk after the rules. `to_judge` tells, by position, the open samples to judge."""

    judge: JudgeFactory | None
    dedup: DedupSettings
    rubric: str
    accept_without_score: bool
    ordinal: int
    first_sample: int
    rules_part: Path
    to_judge: tuple[bool, ...]
    cap_pileup: CapPileupSettings | None
    pileups: tuple[Pileup, ...]
    part: Path
    array: Path
    features: Path


@dataclass(slots=True)
class _Case:
    """One sample on its way to a verdict."""

    position: int
    record: Mapping[str, Any]
    sample: Sample
    view: View
    hits: list[Hit]
    judged: Judged = ()

    def rules_with(self, action: str) -> list[str]:
        """Ids of the corpus rules that took `action`."""
        return [hit.rule for hit in self.hits if hit.action == action]


def run_judge(task: JudgeTask) -> ChunkRecord:
    """Judge a chunk and return its audit record."""
    records = list(read_part(task.rules_part))
    cases = [_case(i, records[i], task) for i, wanted in enumerate(task.to_judge) if wanted]
    _judge(cases, task)
    array = np.zeros(len(records), JUDGE_DTYPE)
    array["overall"] = -1
    light = [_unjudged(record, array, i) for i, record in enumerate(records)]
    for case in cases:
        light[case.position] = _decided(case, task, array)
    kept = [c for c in cases if _is_kept(int(array["outcome"][c.position]))]
    with whole_file(task.features) as aside:
        compute_features([dedup_text(c.sample) for c in kept], task.dedup).save(aside)
    write_part(task.part, light)
    write_array(task.array, array)
    rows = _rows(cases, task)
    return ChunkRecord(
        stage=STAGE,
        ordinal=task.ordinal,
        first_sample=task.first_sample,
        num_samples=len(records),
        part_sha256=digest_files((task.part, task.array, task.features)),
        summary=orjson.dumps({"judged": len(cases)}).decode(),
        measures=pack(_features(cases, len(records))),
        rows=rows,
        leaves=leaves_of(STAGE, rows),
    )


def sample_of(record: Mapping[str, Any]) -> Sample:
    """Return the typed sample of a record of the `rules` stage."""
    attributes = record["attributes"]
    return to_sample(
        record["payload"],
        id=attributes["id"],
        type=SampleType(attributes["type"]),
        language=attributes["language"],
        metadata=attributes["metadata"],
        source=attributes["source"],
    )


def outcome_of(verdict: Verdict) -> Outcome:
    """Return where a verdict puts a sample before deduplication."""
    return _OUTCOME_OF[verdict.decision]


def _is_kept(outcome: int) -> bool:
    return OUTCOMES[outcome] in (Outcome.ACCEPTED, Outcome.BORDERLINE)


def _case(position: int, record: Mapping[str, Any], task: JudgeTask) -> _Case:
    sample = sample_of(record)
    view = View(sample)
    return _Case(position, record, sample, view, _corpus_hits(view, task))


def _corpus_hits(view: View, task: JudgeTask) -> list[Hit]:
    """Ask the rule that looks at whole sources about its suspicions against this sample."""
    if task.cap_pileup is None:
        return []
    rule = CapPileup(task.cap_pileup)
    actions = [
        action
        for pileup in task.pileups
        if pileup.source == (view.sample.source or "")
        for action in rule.check_member(view, pileup)
    ]
    return [hit_of(rule.id, rule.version, action) for action in actions]


def _judge(cases: Sequence[_Case], task: JudgeTask) -> None:
    """Ask the judge about the cases that no corpus rule dropped."""
    if task.judge is None:
        return
    open_cases = [case for case in cases if not case.rules_with("drop")]
    answers = _judge_of(task.judge).judge_samples([case.sample for case in open_cases])
    for case, answer in zip(open_cases, answers, strict=True):
        case.judged = answer
        if isinstance(answer, JudgeBackendError):
            case.hits.append(Hit("judge.error", 1, "error", str(answer)))


def _decided(case: _Case, task: JudgeTask, array: "np.ndarray[Any, Any]") -> Mapping[str, Any]:
    rubric = _rubric(task.rubric)
    array["num_chars"][case.position] = sum(len(m.content or "") for m in case.sample.messages)
    array["language"][case.position] = (case.record["language"] or "").encode()
    judged = case.judged
    if isinstance(judged, JudgeBackendError):
        array["outcome"][case.position] = OUTCOMES.index(Outcome.ERROR)
        return {"reasons": ["judge.error"], "basis": "error", "defects": []}
    verdict = verdict_of(
        judged,
        rubric,
        drops=case.rules_with("drop"),
        caps=[*case.record["caps"], *case.rules_with("flag")],
        accept_without_score=task.accept_without_score,
    )
    array["outcome"][case.position] = OUTCOMES.index(outcome_of(verdict))
    array["overall"][case.position] = -1 if verdict.overall is None else verdict.overall
    return verdict_record(verdict, judged)


def verdict_record(verdict: Verdict, judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Return what the outcome files say of a verdict and the judgements behind it."""
    return {
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


def verdict_of(
    judgements: Sequence[Judgement],
    rubric: Rubric,
    *,
    drops: Sequence[str],
    caps: Sequence[str],
    accept_without_score: bool,
) -> Verdict:
    """Return a sample's verdict: the worst of its turns, or that of the rules alone."""
    turns: Sequence[Judgement | None] = judgements or (None,)
    return worst(
        decide(
            judgement,
            rubric,
            drops=drops,
            caps=caps,
            accept_without_score=accept_without_score,
        )
        for judgement in turns
    )


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


def _unjudged(
    record: Mapping[str, Any], array: "np.ndarray[Any, Any]", position: int
) -> Mapping[str, Any]:
    """Settle what the rules alone decide; leave exact copies open."""
    if record["drops"]:
        array["outcome"][position] = OUTCOMES.index(Outcome.REJECTED)
        return {"reasons": sorted(record["drops"]), "basis": "rules", "defects": []}
    if record["errors"]:
        array["outcome"][position] = OUTCOMES.index(Outcome.ERROR)
        return {"reasons": sorted(record["errors"]), "basis": "error", "defects": []}
    array["outcome"][position] = NOT_JUDGED
    return {"caps": record["caps"]}


def _rows(cases: Sequence[_Case], task: JudgeTask) -> dict[str, Sequence[RowCells]]:
    judgements: list[RowCells] = []
    events: list[RowCells] = []
    for case in cases:
        ordinal = task.first_sample + case.position
        events += event_rows(STAGE, ordinal, case.hits)
        if not isinstance(case.judged, JudgeBackendError):
            judgements += [_judgement_row(ordinal, judgement) for judgement in case.judged]
    return {"judgement": judgements, "event": events}


def _judgement_row(ordinal: int, judgement: Judgement) -> RowCells:
    spreads = {n: s.spread for n, s in judgement.scores.items() if s.spread is not None}
    defects = [d.model_dump(mode="json") for d in judgement.defects]
    return (
        ordinal,
        judgement.turn,
        judgement.judge,
        judgement.version,
        judgement.basis,
        orjson.dumps({name: s.score for name, s in judgement.scores.items()}).decode(),
        orjson.dumps(spreads).decode() if spreads else None,
        orjson.dumps(defects).decode() if defects else None,
        None,
        None,
        None,
    )


def _features(cases: Sequence[_Case], num_samples: int) -> list[dict[str, float]]:
    """Return the judge's measurements by position: `turn.dimension.feature` -> value."""
    features: list[dict[str, float]] = [{} for _ in range(num_samples)]
    for case in cases:
        if isinstance(case.judged, JudgeBackendError):
            continue
        features[case.position] = {
            f"{judgement.turn}.{dimension}.{name}": round(value, 4)
            for judgement in case.judged
            for dimension, score in judgement.scores.items()
            for name, value in score.features.items()
        }
    return features


@lru_cache(maxsize=1)
def _judge_of(factory: JudgeFactory) -> Judge:
    return factory()


@lru_cache(maxsize=1)
def _rubric(body: str) -> Rubric:
    return Rubric.model_validate_json(body)
