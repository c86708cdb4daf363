"""Repair: a model rewrites a response with repairable defects; it is kept only if better.

A rewrite replaces the content of one assistant turn and nothing else. It must pass the rules
without a drop or a new flag, and is judged under the same rubric with the sample's flags as they
were. It is kept when the turn's decision improves, or stays and its overall score rises, and
nothing else gets worse: no other turn's decision, nor that of the sample. Every attempt leaves an
event; a kept one is a list of reversible edits.
Source: the design's section on repair (at most two tries, never user turns).
"""

from collections import Counter
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
from assay.domain.verdict import Decision, Verdict
from assay_filter.curation.hunks import text_hunks
from assay_filter.curation.outage import stop_on_outage
from assay_filter.curation.verdicts import SampleVerdict
from assay_filter.rules.edits import apply_edits
from assay_filter.screening import Hit, RuleSet, screen

RULE = "repair.rewrite"
VERSION = 1
MAX_TURNS = 4  # of one sample; a conversation with more bad turns is not worth its repair
_RANK = {Decision.REJECT: 0, Decision.BORDERLINE: 1, Decision.ACCEPT: 2}


@dataclass(slots=True)
class Patient:
    """A judged sample that may be repaired, as it stands.

    Attributes:
        caps: the flags that it was judged with; a rewrite lifts none of them.
        tries: rewrites asked for so far, by turn.
    """

    payload: Mapping[str, Any]
    attributes: Mapping[str, Any]
    sample: Sample
    judgements: tuple[Judgement, ...]
    decided: SampleVerdict
    caps: tuple[str, ...]
    hits: list[Hit]
    spent: Usage = field(default_factory=Usage)
    tries: Counter[int] = field(default_factory=Counter)
    num_edits: int = 0

    @property
    def is_changed(self) -> bool:
        return self.num_edits > 0


@dataclass(frozen=True, slots=True)
class Workshop:
    """What repairing needs: who rewrites, who judges, the rules, and how a verdict is made.

    `max_tries` counts for each response.
    """

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
    edits: tuple[Edit, ...]
    payload: Mapping[str, Any]
    sample: Sample


def repair(patients: Sequence[Patient], workshop: Workshop) -> None:
    """Try to mend `patients` in place; each is left better, or as it was with notes.

    Raises:
        JudgeBackendError: the judge is gone; nothing of this may be committed.
        BudgetError: what was granted is spent.
    """
    while requests := [(p, r) for p in patients if (r := _request(p, workshop)) is not None]:
        texts = workshop.repairer.repair_turns([request for _, request in requests])
        stop_on_outage(texts)
        rewrites = []
        for (patient, request), answer in zip(requests, texts, strict=True):
            patient.tries[request.turn] += 1
            rewrite = _prepare(patient, request, answer, workshop)
            if rewrite is not None:
                rewrites.append(rewrite)
        judged = workshop.judge.judge_samples([rewrite.sample for rewrite in rewrites])
        stop_on_outage(judged)
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


def _request(patient: Patient, workshop: Workshop) -> RepairRequest | None:
    """Return the next turn to rewrite: the first that is not accepted and may be tried yet."""
    for judgement, turn in zip(patient.judgements, patient.decided.turns, strict=True):
        defects = repairable_defects(judgement, workshop.rubric)
        num_tries = patient.tries[turn.turn]
        if turn.verdict.decision is Decision.ACCEPT or not defects:
            continue
        if num_tries < (workshop.max_tries if num_tries or len(patient.tries) < MAX_TURNS else 0):
            return RepairRequest(patient.sample, turn.turn, defects, num_tries + 1)
    return None


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
    edits = text_hunks(f"/messages/{request.turn}/content", before, text)
    payload = apply_edits(patient.payload, edits)
    line = {**patient.attributes, **payload}
    screened = screen(RawLine(1, record_bytes(line)), workshop.rules)
    said = [hit for hit in screened.hits if hit.action in ("drop", "error", "fix")]
    new_caps = sorted(set(screened.rules_with("flag")) - set(patient.caps))
    if said or new_caps or screened.sample is None:
        reasons = sorted({hit.rule for hit in said} | set(new_caps))
        _note(patient, f"the rewrite of turn {request.turn} ({kinds}) does not pass {reasons}")
        return None
    return _Rewrite(patient, request.turn, request.defects, edits, payload, screened.sample)


def _settle(rewrite: _Rewrite, answer: Judged, workshop: Workshop) -> None:
    """Keep the rewrite if it was judged better."""
    patient, kinds = rewrite.patient, _kinds(rewrite.defects)
    if isinstance(answer, JudgeBackendError):
        _note(patient, f"the rewrite of turn {rewrite.turn} ({kinds}) was not judged: {answer}")
        return
    decided = workshop.decide(answer, patient.caps)
    before, after = (_verdict_of(rewrite.turn, d) for d in (patient.decided, decided))
    change = f"{_standing(before)} -> {_standing(after)}"
    if _value(after) <= _value(before) or not _harms_nothing(patient.decided, decided):
        patient.spent += _usage(answer)
        _note(patient, f"the rewrite of turn {rewrite.turn} ({kinds}) is not better: {change}")
        return
    patient.hits.append(
        Hit(
            RULE,
            VERSION,
            "fix",
            f"turn {rewrite.turn} was rewritten for {kinds}: {change}",
            edits=rewrite.edits,
            before_sha256=sample_id(patient.payload),
            after_sha256=sample_id(rewrite.payload),
        )
    )
    patient.spent += _usage(patient.judgements)
    patient.payload = rewrite.payload
    patient.num_edits += len(rewrite.edits)
    patient.sample = replace(rewrite.sample, metadata=patient.sample.metadata)
    patient.judgements, patient.decided = answer, decided


def _note(patient: Patient, reason: str) -> None:
    patient.hits.append(Hit(RULE, VERSION, "note", reason))


def _kinds(defects: Sequence[Defect]) -> str:
    return ", ".join(sorted({defect.kind for defect in defects}))


def _verdict_of(turn: int, decided: SampleVerdict) -> Verdict:
    return next(one.verdict for one in decided.turns if one.turn == turn)


def _harms_nothing(before: SampleVerdict, after: SampleVerdict) -> bool:
    """Whether neither the sample nor any of its turns has a worse decision than before."""
    olds, news = ([d.verdict, *(t.verdict for t in d.turns)] for d in (before, after))
    return all(_RANK[n.decision] >= _RANK[o.decision] for o, n in zip(olds, news, strict=True))


def _value(verdict: Verdict) -> tuple[int, int]:
    return (_RANK[verdict.decision], -1 if verdict.overall is None else verdict.overall)


def _standing(verdict: Verdict) -> str:
    shown = "no score" if verdict.overall is None else f"{verdict.overall / 1000:.2f}"
    return f"{verdict.decision.value} ({shown})"


def _usage(judgements: Sequence[Judgement]) -> Usage:
    return sum((j.usage for j in judgements if j.usage is not None), Usage())
