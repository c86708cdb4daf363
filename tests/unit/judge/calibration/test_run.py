"""A whole calibration of a planted judge: figures, curve, threshold, overlay, page, JSON."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.unit.filter.report.test_page import EVIL, collect
from tests.unit.judge.calibration.planted import (
    NoProgress,
    PlantedJudge,
    every_dimension,
    make_judgement,
    make_labelled,
    make_notes,
)

from assay.domain.errors import BudgetError, ConfigError, JudgeBackendError
from assay.domain.judgement import Judgement
from assay.domain.ports import Judge, Judged
from assay.domain.sample import Sample
from assay.rubrics import load_rubric
from assay_judge.calibration.labelled_samples import LabelledSample
from assay_judge.calibration.labels import Labels
from assay_judge.calibration.mapping import LabelMapping
from assay_judge.calibration.overlay import render_overlay
from assay_judge.calibration.page import render
from assay_judge.calibration.results import (
    Calibration,
    CalibrationSettings,
    calibration_json,
)
from assay_judge.calibration.run import calibrate, hashed_share

NUM = 600
MAPPING = LabelMapping.model_validate(
    {
        "dimensions": {"correctness": {"field": "c"}, "naturalness": {"field": "n"}},
        "defects": {"hallucination": {"field": "d", "contains": "hallucination"}},
        "expected": {"field": "e"},
        "pairs": {"id": "p", "better": {"field": "b", "equals": True}, "by": "correctness"},
        "generator": "g",
    }
)


def world() -> tuple[list[LabelledSample], dict[str, Judgement]]:
    """A judge that is lenient on correctness, blind for naturalness, and finds 8 of 10 defects."""
    rng = np.random.default_rng(0)
    samples, answers = [], {}
    for i in range(NUM):
        quality = float(rng.uniform(1.5, 5))
        defect = bool(rng.uniform() < 0.2)
        labels = Labels(
            scores={
                "correctness": tuple(
                    float(np.clip(round(quality + rng.normal(0, 0.4)), 1, 5)) for _ in range(3)
                ),
                "naturalness": (float(rng.integers(1, 6)),),
            },
            defects={"hallucination": defect},
            is_good=quality > 3.2 and not defect,
            pair=str(i // 2),
            is_better=i % 2 == 0,
            generator=("granite-4", "llama-3")[i % 2],
        )
        samples.append(make_labelled(i, labels, cluster=f"prompt {i // 3}"))
        scores = every_dimension(min(5.0, 3 + quality * 0.4))
        scores["naturalness"] = float(rng.uniform(3, 5))
        found = ["hallucination"] if defect and rng.uniform() < 0.8 else []
        answers[str(i)] = make_judgement(scores, defects=found)
    return samples, answers


def run(
    judge: Judge, samples: list[LabelledSample], settings: CalibrationSettings | None = None
) -> Calibration:
    settings = settings or CalibrationSettings(num_resamples=200, target_precision=0.9)
    rubric = load_rubric("default")
    notes = make_notes(len(samples))
    return calibrate(judge, samples, notes, MAPPING, rubric, settings, NoProgress())


@pytest.fixture(scope="module")
def found() -> Calibration:
    samples, answers = world()
    return run(PlantedJudge(answers), samples)


def test_a_whole_calibration_finds_what_was_planted(found: Calibration) -> None:
    correctness, naturalness = found.dimensions
    assert correctness.agreement is not None and correctness.ceiling is not None
    assert (correctness.agreement.spearman.value or 0) > 0.9
    assert (correctness.agreement.bias.value or 0) > 0.8  # lenient
    assert correctness.ceiling.num_annotators == 3
    assert naturalness.agreement is not None and naturalness.ceiling is None
    assert abs(naturalness.agreement.spearman.value or 1) < 0.15
    kept = {curve.dimension: curve.is_kept for curve in found.curves}
    assert kept == {"correctness": True, "naturalness": False}
    (defect,) = found.defects
    assert defect.verified.precision.value == 1.0
    assert defect.verified.recall.low is not None and defect.verified.recall.high is not None
    assert defect.verified.recall.low < 0.8 < defect.verified.recall.high
    assert found.has_threshold and found.threshold is not None
    assert found.threshold.precision.high is not None and found.threshold.precision.high >= 0.9
    assert found.pairs is not None and found.pairs.num_compared == NUM // 2


def test_figures_hold_counts_that_add_up(found: Calibration) -> None:
    assert found.verdicts is not None and found.threshold is not None
    assert sum(map(sum, found.verdicts.confusion)) == found.verdicts.num_labelled == NUM
    assert found.threshold.num_fit + found.threshold.num_held_out == NUM
    for dimension in found.dimensions:
        assert sum(map(sum, dimension.confusion)) == dimension.num_scored == NUM
    assert found.calibrated_verdicts is not None
    assert found.calibrated_verdicts.num_labelled == found.threshold.num_held_out


def test_no_prompt_is_on_both_sides_of_the_split() -> None:
    samples, _ = world()
    sides: dict[str, set[bool]] = {}
    for one in samples:
        sides.setdefault(one.cluster, set()).add(hashed_share(one.cluster, 0) < 0.5)
    assert all(len(side) == 1 for side in sides.values())
    assert 0.4 < np.mean([side == {True} for side in sides.values()]) < 0.6


def test_corrected_accept_rate_of_the_held_out_part_meets_the_truth(found: Calibration) -> None:
    assert found.verdicts is not None
    (policy, *_) = found.verdicts.policies
    assert policy.corrected.low is not None and policy.corrected.high is not None
    assert policy.true_rate.value is not None
    assert policy.corrected.low <= policy.true_rate.value <= policy.corrected.high
    assert policy.accept_rate.value != policy.true_rate.value


def test_overlay_of_the_run_loads_and_is_recorded(found: Calibration, tmp_path: Path) -> None:
    text = render_overlay(
        found.rubric, extends="default", judge="planted", has_threshold=True,
        notes=found.not_written,
    )  # fmt: skip
    path = tmp_path / "rubric.yaml"
    path.write_text(text)
    loaded = load_rubric(str(path))
    assert loaded == found.rubric
    assert loaded.calibrated_by is not None and len(loaded.calibrated_by) == 64
    assert set(loaded.curves) == {"correctness"}
    assert "no curve for naturalness" in text


def test_the_digest_covers_labels_judge_and_seed(found: Calibration) -> None:
    samples, answers = world()
    digests = {found.rubric.calibrated_by}
    for judge, settings in (
        (PlantedJudge(answers, version="2"), CalibrationSettings(num_resamples=0)),
        (PlantedJudge(answers), CalibrationSettings(num_resamples=0, seed=1)),
    ):
        digests.add(run(judge, samples, settings).rubric.calibrated_by)
    assert len(digests) == 3


def test_the_same_calibration_gives_the_same_bytes(found: Calibration) -> None:
    samples, answers = world()
    again = run(PlantedJudge(answers), samples)
    assert calibration_json(again) == calibration_json(found)
    assert render(again) == render(found)
    body = json.loads(calibration_json(found))
    assert body["dimensions"][0]["agreement"]["kappa"].keys() == {"value", "low", "high"}
    assert "An answer." not in calibration_json(found).decode()


def test_failed_judgements_are_counted_and_in_no_figure() -> None:
    samples, answers = world()
    fewer = {key: answer for key, answer in answers.items() if int(key) % 10}
    found = run(PlantedJudge(fewer), samples)
    assert found.intake.judge_errors == {"timeout": NUM // 10}
    assert found.intake.num_judged == found.dimensions[0].num_labelled == NUM * 9 // 10
    assert not found.is_whole
    assert "60 judgements failed" in render(found)


def test_a_judge_that_never_answers_is_an_error_and_no_figure() -> None:
    samples, _ = world()
    with pytest.raises(JudgeBackendError, match="timeout 600"):
        run(PlantedJudge({}), samples)


def test_a_spent_budget_keeps_what_was_judged() -> None:
    class Poor(PlantedJudge):
        def judge_samples(self, samples: Sequence[Sample]) -> list[Judged]:
            if self.num_judged >= 192:
                raise BudgetError("the budget is spent")
            return PlantedJudge.judge_samples(self, samples)

    samples, answers = world()
    found = run(Poor(answers), samples)
    assert (found.intake.num_judged, found.intake.num_unjudged) == (192, NUM - 192)
    assert found.bias.stopped_by == "the budget is spent"
    assert not found.is_whole


def test_a_mapping_that_the_rubric_does_not_know_stops_before_judging() -> None:
    samples, answers = world()
    judge = PlantedJudge(answers)
    mapping = LabelMapping.model_validate({"dimensions": {"charm": {"field": "c"}}})
    rubric, settings = load_rubric("default"), CalibrationSettings()
    with pytest.raises(ConfigError, match="dimension 'charm'"):
        calibrate(judge, samples, make_notes(1), mapping, rubric, settings, NoProgress())
    assert judge.num_judged == 0


def test_page_loads_nothing_and_hostile_names_stay_text(found: Calibration) -> None:
    harmless = collect(render(found))
    assert harmless.loads == []
    assert not {"script", "link", "img", "iframe", "object"} & set(harmless.tags)
    assert harmless.tags.count("svg") >= 7
    samples, answers = world()
    for i, one in enumerate(samples[:40]):
        samples[i] = LabelledSample(
            one.row, one.sample, one.turn, one.cluster,
            Labels(scores=one.labels.scores, generator=EVIL),
        )  # fmt: skip
    hostile = run(PlantedJudge(answers, name=EVIL, version=EVIL), samples)
    shown = collect(render(hostile))
    assert shown.loads == []
    assert set(shown.tags) == set(harmless.tags)


def test_page_says_what_a_reader_must_know(found: Calibration) -> None:
    page = render(found)
    for sentence in (
        "the human-human ceiling is unknown",  # naturalness has one annotator
        "No agreement with people is shown",
        "A curve was written",
        "gave no probability for it",
    ):
        assert sentence in page, sentence
