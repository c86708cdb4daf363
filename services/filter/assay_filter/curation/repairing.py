"""Repair: a model rewrites a response with repairable defects; it is kept only if better.

A rewrite replaces the content of one assistant turn and nothing else. It must pass the rules
without a drop or a new flag, and is judged under the same rubric; it is kept when the decision
improves, or stays and the overall score rises. Every attempt leaves an event; a kept one is a
reversible edit.
Source: the design's section on repair (at most two tries, never user turns).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assay.datasets.canonical import record_bytes, sample_id
from assay.datasets.lines import RawLine
from assay.domain.action import Edit
from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Defect, DefectStatus, Judgement, Usage
from assay.domain.ports import Judge, Judged, Repairer, RepairRequest, Rewritten
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay.domain.verdict import Decision
from assay_filter.curation.verdicts import SampleVerdict
from assay_filter.rules.edits import apply_edits
from assay_filter.screening import Hit, RuleSet, screen

RULE = "repair.rewrite"
VERSION = 1
_RANK = {Decision.REJECT: 0, Decision.BORDERLINE: 1, Decision.ACCEPT: 2}


@dataclass(slots=True)
class Patient:
    """A judged sample that may be repaired, as it stands."""

    payload: Mapping[str, Any]
    attributes: Mapping[str, Any]
    sample: Sample
    judgements: tuple[Judgement, ...]
    decided: SampleVerdict
    caps: tuple[str, ...]
    hits: list[Hit]
    spent: Usage = field(default_factory=Usage)
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Workshop:
    """What repairing needs: who rewrites, who judges, the rules, and how a verdict is made."""

    repairer: Repairer
    judge: Judge
    rules: RuleSet
    rubric: Rubric
    decide: Callable[[Sequence[Judgement], Sequence[str]], SampleVerdict]
    max_tries: int


@dataclass(frozen=True, slots=True)
class _Rewrite:
    """One attempt on its way: the turn, its new text, and the sample that holds it."""

    patient: Patient
    turn: int
    defects: tuple[Defect, ...]
    edit: Edit
    payload: Mapping[str, Any]
    sample: Sample
    caps: tuple[str, ...]


def repair(patients: Sequence[Patient], workshop: Workshop) -> None:
    """Try to mend `patients` in place; each is left better, or as it was with notes."""
    for attempt in range(1, workshop.max_tries + 1):
        requests = [(p, r) for p in patients for r in _requests(p, workshop.rubric, attempt)]
        if not requests:
            return
        texts = workshop.repairer.repair_turns([request for _, request in requests])
        rewrites = []
        for (patient, request), answer in zip(requests, texts, strict=True):
            rewrite = _prepare(patient, request, answer, workshop)
            if rewrite is not None:
                rewrites.append(rewrite)
        judged = workshop.judge.judge_samples([rewrite.sample for rewrite in rewrites])
        for rewrite, judgements in zip(rewrites, judged, strict=True):
            _settle(rewrite, judgements, workshop)


def repairable_defects(judgement: Judgement, rubric: Rubric) -> tuple[Defect, ...]:
    """Return the defects of a turn that the rubric lets a model mend, all in the text itself."""
    return tuple(
        defect
        for defect in judgement.defects
        if defect.kind in rubric.defects
        and rubric.defects[defect.kind].repairable
        and defect.status is not DefectStatus.REFUTED
        and defect.field == "content"
    )


def _requests(patient: Patient, rubric: Rubric, attempt: int) -> Sequence[RepairRequest]:
    """Return the next turn to rewrite: the first that is not accepted and can be mended."""
    for judgement, turn in zip(patient.judgements, patient.decided.turns, strict=True):
        defects = repairable_defects(judgement, rubric)
        if turn.verdict.decision is not Decision.ACCEPT and defects:
            return (RepairRequest(patient.sample, judgement.turn, defects, attempt),)
    return ()


def _prepare(
    patient: Patient,
    request: RepairRequest,
    answer: Rewritten | JudgeBackendError,
    workshop: Workshop,
) -> _Rewrite | None:
    """Put the new text in place and send it through the rules; None when it cannot be used."""
    kinds = _kinds(request.defects)
    if isinstance(answer, JudgeBackendError):
        _note(patient, f"no rewrite of turn {request.turn} ({kinds}): {answer}")
        return None
    patient.spent += answer.usage
    text = answer.text
    before = patient.sample.messages[request.turn].content
    if before is None or not text.strip() or text == before:
        _note(patient, f"the rewrite of turn {request.turn} ({kinds}) changed nothing")
        return None
    edit = Edit(f"/messages/{request.turn}/content", 0, before, text)
    payload = apply_edits(patient.payload, (edit,))
    line = {**patient.attributes, **payload}
    screened = screen(RawLine(1, record_bytes(line)), workshop.rules)
    said = [hit for hit in screened.hits if hit.action in ("drop", "error", "fix")]
    caps = tuple(screened.rules_with("flag"))
    new_caps = sorted(set(caps) - set(patient.caps))
    if said or new_caps or screened.sample is None:
        reasons = sorted({hit.rule for hit in said} | set(new_caps))
        _note(patient, f"the rewrite of turn {request.turn} ({kinds}) does not pass {reasons}")
        return None
    return _Rewrite(patient, request.turn, request.defects, edit, payload, screened.sample, caps)


def _settle(rewrite: _Rewrite, answer: Judged, workshop: Workshop) -> None:
    """Keep the rewrite if it was judged better."""
    patient, kinds = rewrite.patient, _kinds(rewrite.defects)
    if isinstance(answer, JudgeBackendError):
        _note(patient, f"the rewrite of turn {rewrite.turn} ({kinds}) was not judged: {answer}")
        return
    decided = workshop.decide(answer, rewrite.caps)
    change = f"{_standing(patient.decided)} -> {_standing(decided)}"
    if _value(decided) <= _value(patient.decided):
        patient.spent += _usage(answer)
        _note(patient, f"the rewrite of turn {rewrite.turn} ({kinds}) is not better: {change}")
        return
    patient.hits.append(
        Hit(
            RULE,
            VERSION,
            "fix",
            f"turn {rewrite.turn} was rewritten for {kinds}: {change}",
            edits=(rewrite.edit,),
            before_sha256=sample_id(patient.payload),
            after_sha256=sample_id(rewrite.payload),
        )
    )
    patient.spent += _usage(patient.judgements)
    patient.payload, patient.is_changed = rewrite.payload, True
    patient.sample = replace(rewrite.sample, metadata=patient.sample.metadata)
    patient.judgements, patient.decided, patient.caps = answer, decided, rewrite.caps


def _note(patient: Patient, reason: str) -> None:
    patient.hits.append(Hit(RULE, VERSION, "note", reason))


def _kinds(defects: Sequence[Defect]) -> str:
    return ", ".join(sorted({defect.kind for defect in defects}))


def _value(decided: SampleVerdict) -> tuple[int, int]:
    overall = decided.verdict.overall
    return (_RANK[decided.verdict.decision], -1 if overall is None else overall)


def _standing(decided: SampleVerdict) -> str:
    overall = decided.verdict.overall
    shown = "no score" if overall is None else f"{overall / 1000:.2f}"
    return f"{decided.verdict.decision.value} ({shown})"


def _usage(judgements: Sequence[Judgement]) -> Usage:
    return sum((j.usage for j in judgements if j.usage is not None), Usage())
