"""Defect figures by how far a claim is proved, probabilities from checks, and preference pairs."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.judge.calibration.planted import (
    NoProgress,
    PlantedJudge,
    every_dimension,
    make_judgement,
    make_labelled,
    make_notes,
    observe,
)

from assay.domain.judgement import DefectStatus, Judgement
from assay.rubrics import load_rubric
from assay_judge.calibration.defects import measure_defect
from assay_judge.calibration.labels import Labels
from assay_judge.calibration.mapping import DefectLabel, LabelMapping
from assay_judge.calibration.observations import Observation
from assay_judge.calibration.page import render
from assay_judge.calibration.preferences import measure_pairs
from assay_judge.calibration.readings import read_probability
from assay_judge.calibration.results import CalibrationSettings, calibration_json
from assay_judge.calibration.run import calibrate

RUBRIC = load_rubric("default")
THINKING = load_rubric("critical-thinking")
CHECK = next(iter(THINKING.checks))


def with_status(judgement: Judgement, status: DefectStatus) -> Judgement:
    defects = tuple(d.model_copy(update={"status": status}) for d in judgement.defects)
    return judgement.model_copy(update={"defects": defects})


def defect_rows(statuses: list[DefectStatus | None], present: list[bool]) -> list[Observation]:
    rows = []
    for i, (status, marked) in enumerate(zip(statuses, present, strict=True)):
        judgement = make_judgement({}, defects=["hallucination"] if status else [])
        labelled = make_labelled(i, Labels(defects={"hallucination": marked}))
        rows.append(observe(labelled, with_status(judgement, status) if status else judgement))
    return rows


def test_verified_claims_reject_and_refuted_ones_are_no_claims() -> None:
    rows = defect_rows(
        [DefectStatus.VERIFIED, DefectStatus.UNVERIFIED, DefectStatus.REFUTED, None],
        [True, True, True, False],
    )
    label = DefectLabel(field="d", contains="hallucination")
    found = measure_defect(rows, "hallucination", label, RUBRIC, num_resamples=0, seed=0)
    assert found is not None
    assert (found.verified.num_true_positives, found.verified.num_false_negatives) == (1, 2)
    assert (found.claimed.num_true_positives, found.claimed.num_false_negatives) == (2, 1)
    assert found.probability is None and found.ranking is None


def test_a_defect_that_no_row_speaks_of_has_no_figures() -> None:
    label = DefectLabel(field="d", contains="false_premise")
    rows = defect_rows([None], [True])
    assert measure_defect(rows, "false_premise", label, RUBRIC, num_resamples=0, seed=0) is None


def test_probability_comes_from_the_check_and_ranking_from_a_low_score() -> None:
    rng = np.random.default_rng(0)
    samples, answers = [], {}
    for i in range(200):
        yes = int(rng.integers(0, 1001))
        marked = bool(rng.uniform() < yes / 1000)
        samples.append(make_labelled(i, Labels(defects={"false_premise": marked})))
        judgement = make_judgement(every_dimension(5 - 4 * yes / 1000))
        answers[str(i)] = judgement.model_copy(update={"checks": {CHECK: yes}})
    mapping = LabelMapping.model_validate(
        {
            "defects": {
                "false_premise": {
                    "field": "d",
                    "equals": True,
                    "check": CHECK,
                    "ranked_by": "correctness",
                }
            }
        }
    )
    settings = CalibrationSettings(num_resamples=100, num_bias_samples=0)
    judge, notes = PlantedJudge(answers), make_notes(200)
    found = calibrate(judge, samples, notes, mapping, THINKING, settings, NoProgress())
    (defect,) = found.defects
    assert defect.probability is not None and defect.ranking is not None
    assert defect.probability.num == 200
    assert defect.probability_of == "check"
    assert defect.probability.ece.value is not None and defect.probability.ece.value < 0.2
    assert defect.probability.pr_auc.value == pytest.approx(defect.ranking.pr_auc.value, abs=0.01)
    page = render(found)
    assert "reliability of P(defect)" in page
    assert "were not run (--bias 0)" in page


def read_rows(reads: list[int | None], present: list[bool]) -> list[Observation]:
    """Rows with one claim each, read a second time with this P(yes), or without a claim."""
    statuses = [None if yes is None else status_of(yes) for yes in reads]
    rows = []
    for row, yes in zip(defect_rows(statuses, present), reads, strict=True):
        (judgement,) = row.judgements
        defects = tuple(d.model_copy(update={"probability": yes}) for d in judgement.defects)
        rows.append(observe(row.labelled, judgement.model_copy(update={"defects": defects})))
    return rows


def status_of(yes: int) -> DefectStatus:
    return DefectStatus.VERIFIED if yes >= 500 else DefectStatus.REFUTED


def test_claims_that_were_read_again_give_a_probability_and_the_others_none() -> None:
    reads = [950, 50, None, 950, 50, None]
    present = [True, False, True, True, False, False]
    label = DefectLabel(field="d", contains="hallucination")
    rows = read_rows(reads, present)
    found = measure_defect(rows, "hallucination", label, RUBRIC, num_resamples=50, seed=0)
    assert found is not None and found.probability is not None
    assert (found.num_labelled, found.probability.num) == (6, 4)
    assert found.probability_of == "claims"
    assert found.probability.prevalence == 0.5
    assert found.probability.pr_auc.value == 1.0
    assert found.probability.ece.value == pytest.approx(0.05)
    assert found.probability.brier.value == pytest.approx(0.0025)
    assert [(b.num, round(b.predicted, 3), b.observed) for b in found.probability.bins] == [
        (2, 0.05, 0.0),
        (2, 0.95, 1.0),
    ]
    said = read_probability(found)
    assert "4 of 6 samples with a claim" in said
    assert "the others have no probability" in said


def test_the_highest_read_of_all_turns_counts_and_codes_own_find_has_none() -> None:
    (low, high, of_code) = (
        row.judgements[0] for row in read_rows([100, 700, 0], [True, True, True])
    )
    by_code = of_code.model_copy(
        update={"defects": (of_code.defects[0].model_copy(update={"probability": None}),)}
    )
    labelled = make_labelled(0, Labels(defects={"hallucination": True}))
    assert Observation(labelled, (low, high, by_code)).claim_probability("hallucination") == 0.7
    assert Observation(labelled, (by_code,)).claim_probability("hallucination") is None
    assert Observation(labelled, (low,)).claim_probability("false_premise") is None


def test_the_report_says_of_how_many_samples_a_probability_speaks() -> None:
    samples, answers = [], {}
    for i in range(40):
        has_claim, marked = i % 2 == 0, i % 4 == 0
        samples.append(make_labelled(i, Labels(defects={"hallucination": marked})))
        (row,) = read_rows([900 if has_claim else None], [marked])
        answers[str(i)] = row.judgements[0]
    mapping = LabelMapping.model_validate(
        {"defects": {"hallucination": {"field": "d", "contains": "hallucination"}}}
    )
    settings = CalibrationSettings(num_resamples=20, num_bias_samples=0)
    judge, notes = PlantedJudge(answers), make_notes(40)
    found = calibrate(judge, samples, notes, mapping, RUBRIC, settings, NoProgress())
    page = render(found)
    assert "P(defect) on the 20 of 40 samples with a claim" in page
    assert "reliability of P(defect)" in page
    body = json.loads(calibration_json(found))
    assert body["defects"][0]["probability"]["num"] == 20
    assert body["defects"][0]["probability_of"] == "claims"


def pair_rows(scores: list[tuple[dict[str, float], dict[str, float]]]) -> list[Observation]:
    rows = []
    for i, both in enumerate(scores):
        for is_better, points in zip((True, False), both, strict=True):
            labels = Labels(pair=str(i), is_better=is_better)
            labelled = make_labelled(2 * i + is_better, labels, cluster=f"c{i}")
            rows.append(observe(labelled, make_judgement(points)))
    return rows


def test_ties_and_incomparable_pairs_are_neither_right_nor_wrong() -> None:
    high, low = every_dimension(4.5), every_dimension(3.5)
    rows = pair_rows([(high, low), (low, high), (high, high), (high, {"naturalness": 5})])
    single = make_labelled(99, Labels(pair="alone", is_better=True))
    found = measure_pairs([*rows, observe(single, make_judgement(high))], RUBRIC, by="overall")
    assert (found.num_pairs, found.num_compared, found.num_ties, found.num_right) == (4, 3, 1, 1)
    assert found.accuracy.value == 0.5 and found.half_credit == 0.5


def test_pairs_compare_by_what_both_answers_have() -> None:
    better, worse = {"naturalness": 5.0, "conciseness": 2.0}, {"naturalness": 4.0}
    rows = pair_rows([(better, worse)])
    assert measure_pairs(rows, RUBRIC, by="overall").num_compared == 0
    assert measure_pairs(rows, RUBRIC, by="common").num_right == 1
    assert measure_pairs(rows, RUBRIC, by="naturalness").num_right == 1
    assert measure_pairs(rows, RUBRIC, by="conciseness").num_compared == 0


def test_a_label_of_the_whole_conversation_takes_its_worst_turn() -> None:
    labelled = replace(make_labelled(0, Labels(is_good=True)), turn=None)
    turns = (make_judgement(every_dimension(4.8)), make_judgement(every_dimension(2.0), turn=3))
    observation = Observation(labelled, turns)
    assert observation.points("correctness", RUBRIC) == 2.0
    assert observation.overall(RUBRIC) == 2.0
    assert observation.verdict(RUBRIC).decision.value == "reject"
