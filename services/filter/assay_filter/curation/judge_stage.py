"""Stage `judge`: the samples of one chunk that are still open are judged and get their verdict.

Exact copies are left to the `decide` stage: they share the judgement of the first open copy. The
part holds one light record a sample (no text), the feature file what deduplication needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from assay.audit.rows import ChunkRecord, RowCells, leaves_of
from assay.datasets.canonical import to_sample
from assay.datasets.json_text import dump_json
from assay.domain.errors import JudgeBackendError, RunStateError
from assay.domain.judgement import Judgement, Usage
from assay.domain.ports import Judge, Judged, Repairer
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample, SampleType
from assay.domain.verdict import Outcome
from assay.verifiers.view import View
from assay_filter.curation.judgement_rows import detail_row, judgement_row, sum_usage
from assay_filter.curation.open_judges import JudgeFactory, OpenJudges
from assay_filter.curation.outage import stop_on_outage
from assay_filter.curation.parts import (
    JUDGE_DTYPE,
    digest_files,
    read_part,
    write_array,
    write_part,
)
from assay_filter.curation.repairing import Patient, Workshop, repair
from assay_filter.curation.rules_stage import event_rows, pack
from assay_filter.curation.verdicts import (
    Policy,
    SampleVerdict,
    decide_sample,
    outcome_of,
    verdict_record,
)
from assay_filter.curation.workspace import whole_file
from assay_filter.dedup.features import FeatureBlock, compute_features
from assay_filter.dedup.keys import dedup_text
from assay_filter.pipeline import Pipeline, build_rules
from assay_filter.rules.trunc_cap_pileup import CapPileup, CapPileupSettings, Pileup
from assay_filter.screening import WORKER_DIED, Hit, died_hit, hit_of

STAGE = "judge"
OUTCOMES = tuple(Outcome)
NOT_JUDGED = 255  # an exact copy: its verdict waits for the judgement that it shares


_open_judges = OpenJudges(2)


@dataclass(frozen=True, slots=True)
class JudgeTask:
    """One chunk after the rules. `to_judge` tells, by position, the open samples to judge."""

    judge: JudgeFactory | None
    judge_version: str
    pipeline: str
    rubric: str
    ordinal: int
    first_sample: int
    rules_part: Path
    to_judge: tuple[bool, ...]
    cap_pileup: CapPileupSettings | None
    pileups: tuple[Pileup, ...]
    part: Path
    array: Path
    features: Path
    poison: frozenset[int] = frozenset()  # positions of samples that ended the process


@dataclass(slots=True)
class _Case:
    """One sample on its way to a verdict."""

    position: int
    record: Mapping[str, Any]
    sample: Sample
    view: View
    hits: list[Hit]
    judged: Judged = ()
    decided: SampleVerdict | None = None
    first_judged: tuple[Judgement, ...] = ()  # before a repair
    repaired: Mapping[str, Any] | None = None  # the payload after a repair
    num_repairs: int = 0  # edits that made it
    spent: Usage = field(default_factory=Usage)

    def rules_with(self, action: str) -> list[str]:
        """Ids of the corpus rules that took `action`."""
        return [hit.rule for hit in self.hits if hit.action == action]

    @property
    def caps(self) -> list[str]:
        """Ids of the rules that hold the verdict at borderline."""
        return [*self.record["caps"], *self.rules_with("flag")]


def run_judge(task: JudgeTask) -> ChunkRecord:
    """Judge a chunk and return its audit record."""
    records = list(read_part(task.rules_part))
    cases = [_case(i, records[i], task) for i in _to_judge(task)]
    _settle(cases, task)
    array = np.zeros(len(records), JUDGE_DTYPE)
    array["overall"] = -1
    light = [_unjudged(record, array, i) for i, record in enumerate(records)]
    for position in sorted(task.poison):
        array["outcome"][position] = OUTCOMES.index(Outcome.ERROR)
        light[position] = {"reasons": [WORKER_DIED], "basis": "error", "defects": []}
    for case in cases:
        light[case.position] = _ending(case, array)
    kept = [c for c in cases if _is_kept(int(array["outcome"][c.position]))]
    with whole_file(task.features) as aside:
        _dedup_features(kept, task).save(aside)
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
        expense=_expense(cases),
    )


def try_sample(task: JudgeTask, position: int) -> None:
    """Take one sample of a chunk through the stage and forget the result.

    To see whether the process survives it; what the judge answers is in its cache afterwards.
    """
    case = _case(position, next(islice(read_part(task.rules_part), position, None)), task)
    _settle([case], task)
    dump_json(_ending(case, np.zeros(position + 1, JUDGE_DTYPE)))
    leaves_of(STAGE, _rows([case], task))
    _dedup_features([case], task)


def _settle(cases: Sequence[_Case], task: JudgeTask) -> None:
    """Judge, decide, and repair where the pipeline wants it."""
    pipeline, rubric = _pipeline(task.pipeline), _rubric(task.rubric)
    _judge(cases, task)
    _decide(cases, rubric, policy_of(pipeline))
    if pipeline.repair.enabled and task.judge is not None:
        _repair(cases, _open_judges.get(task.judge), rubric, pipeline)


def _dedup_features(cases: Sequence[_Case], task: JudgeTask) -> FeatureBlock:
    settings = _pipeline(task.pipeline).dedup
    return compute_features([dedup_text(case.sample) for case in cases], settings)


def _to_judge(task: JudgeTask) -> list[int]:
    return [i for i, wanted in enumerate(task.to_judge) if wanted and i not in task.poison]


def policy_of(pipeline: Pipeline) -> Policy:
    """Return what verdicts of this pipeline are made by, apart from the rubric."""
    return Policy(pipeline.accept_without_score, pipeline.on_bad_turn)


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
    """Ask the judge about the cases that no corpus rule dropped.

    Raises:
        JudgeBackendError: the judge is gone: an outage stops the run, resumable, instead of
            putting every sample left into `error`.
        BudgetError: what was granted is spent; answers got so far are in the judge's cache.
    """
    if task.judge is None:
        return
    judge = _open_judges.get(task.judge)
    if judge.version != task.judge_version:
        raise RunStateError(
            f"expected judge version {task.judge_version!r}, found {judge.version!r}: the model "
            "server changed during the run; bring the same model back and use --resume"
        )
    open_cases = [case for case in cases if not case.rules_with("drop")]
    answers = judge.judge_samples([case.sample for case in open_cases])
    stop_on_outage(answers)
    for case, answer in zip(open_cases, answers, strict=True):
        case.judged = answer
        if isinstance(answer, JudgeBackendError):
            case.hits.append(Hit("judge.error", 1, "error", f"{answer.code}: {answer}"))


def _decide(cases: Sequence[_Case], rubric: Rubric, policy: Policy) -> None:
    for case in cases:
        if not isinstance(case.judged, JudgeBackendError):
            case.decided = decide_sample(
                case.judged, rubric, policy, drops=case.rules_with("drop"), caps=case.caps
            )


def _repair(cases: Sequence[_Case], judge: Judge, rubric: Rubric, pipeline: Pipeline) -> None:
    """Let the judge's model rewrite what the rubric lets it; keep what is better."""
    if not isinstance(judge, Repairer):
        raise RunStateError(
            f"expected a judge that can rewrite (--judge URL) for `repair.enabled: true`, found "
            f"{judge.name!r}; give one, or switch repair off in the pipeline"
        )
    policy = policy_of(pipeline)
    workshop = Workshop(
        judge,
        judge,
        build_rules(pipeline),
        rubric,
        lambda judgements, caps: decide_sample(judgements, rubric, policy, drops=(), caps=caps),
        pipeline.repair.max_tries,
    )
    patients = {
        case.position: Patient(
            case.record["payload"],
            {k: v for k, v in case.record["attributes"].items() if v},
            case.sample,
            case.judged,
            case.decided,
            tuple(case.caps),
            [],
        )
        for case in cases
        if case.decided is not None
        and not isinstance(case.judged, JudgeBackendError)
        and not case.rules_with("drop")
    }
    repair(list(patients.values()), workshop)
    for case in cases:
        patient = patients.get(case.position)
        if patient is None:
            continue
        case.hits += patient.hits
        case.spent = patient.spent
        if patient.is_changed and not isinstance(case.judged, JudgeBackendError):
            case.first_judged, case.judged = case.judged, patient.judgements
            case.decided, case.repaired = patient.decided, patient.payload
            case.num_repairs, case.sample = patient.num_edits, patient.sample


def _ending(case: _Case, array: "np.ndarray[Any, Any]") -> Mapping[str, Any]:
    array["num_chars"][case.position] = sum(len(m.content or "") for m in case.sample.messages)
    array["language"][case.position] = (case.record["language"] or "").encode()
    judged, decided = case.judged, case.decided
    if isinstance(judged, JudgeBackendError) or decided is None:
        array["outcome"][case.position] = OUTCOMES.index(Outcome.ERROR)
        return {"reasons": ["judge.error"], "basis": "error", "defects": []}
    overall = decided.verdict.overall
    array["outcome"][case.position] = OUTCOMES.index(outcome_of(decided.verdict))
    array["overall"][case.position] = -1 if overall is None else overall
    ending = verdict_record(decided, judged)
    if case.repaired is not None:
        messages = case.repaired["messages"]
        ending["repaired"] = {"messages": messages, "num_edits": case.num_repairs}
    return ending


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
    details: list[RowCells] = []
    events: list[RowCells] = []
    for case in cases:
        ordinal = task.first_sample + case.position
        events += event_rows(STAGE, ordinal, case.hits)
        if isinstance(case.judged, JudgeBackendError):
            continue
        before = {judgement.turn: judgement for judgement in case.first_judged}
        for judgement in case.judged:
            judgements.append(judgement_row(ordinal, judgement))
            detail = detail_row(ordinal, judgement, before.get(judgement.turn))
            if detail is not None:
                details.append(detail)
    for position in task.poison:
        events += event_rows(STAGE, task.first_sample + position, [died_hit()])
    events.sort(key=lambda row: row[1:3])  # by ordinal and sequence, as they are read back
    return {"judgement": judgements, "judgement_detail": details, "event": events}


def _expense(cases: Sequence[_Case]) -> tuple[int, str] | None:
    """Return what the chunk cost, rewrites and what they replaced included."""
    judgements = [j for c in cases if not isinstance(c.judged, JudgeBackendError) for j in c.judged]
    return sum_usage(judgements, [case.spent for case in cases])


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
def _pipeline(body: str) -> Pipeline:
    return Pipeline.model_validate_json(body)


@lru_cache(maxsize=1)
def _rubric(body: str) -> Rubric:
    return Rubric.model_validate_json(body)
