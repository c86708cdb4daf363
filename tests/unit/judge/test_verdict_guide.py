"""The guide on verdicts: its numbers are recomputed from its own words."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.domain.judgement import DIMENSIONS, Defect, DefectStatus, DimensionScore, Judgement
from assay.domain.rubric import Rubric
from assay.domain.verdict import Decision, Verdict, decide, effective_scores, weigh, worst
from assay.rubrics import load_rubric
from assay_judge.backend.contract import LabelRead
from assay_judge.reading.distribution import score_of_read

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "verdicts.md").read_text(encoding="utf-8")
EXAMPLE = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)[0])
(RUBRIC_NAME,) = re.findall(r"judged under the rubric `([^`]*)`", GUIDE)
RUBRIC = load_rubric(RUBRIC_NAME)


def rows(header: str) -> list[list[str]]:
    table = re.search(rf"\| {header} \|[^\n]*\n\|[-|]+\|\n((?:\|[^\n]*\n)+)", GUIDE)
    assert table
    return [[c.strip() for c in line[1:-1].split("|")] for line in table[1].splitlines()]


def correctness() -> DimensionScore:
    chances = {str(k): p for k, p in enumerate(EXAMPLE["correctness_distribution"], 1)}
    return score_of_read(LabelRead(chances, None), min_mass=0.5)


def judgement(**scores: float | None) -> Judgement:
    read = {"correctness": correctness()} | {
        name: DimensionScore(score=round(1000 * points), spread=round(1000 * spread))
        for name, (points, spread) in EXAMPLE["scores"].items()
    }
    for name, points in scores.items():
        score = None if points is None else round(1000 * points)
        read[name] = read[name].model_copy(update={"score": score})
    checks = {name: round(1000 * yes) for name, yes in EXAMPLE["checks"].items()}
    return Judgement(judge="model", version="1", turn=1, scores=read, checks=checks)


def rubric(**changes: float) -> Rubric:
    return Rubric.model_validate({**RUBRIC.model_dump(), **changes})


def with_defect(status: DefectStatus) -> Judgement:
    found = Defect(
        kind="hallucination", status=status, quote="q", message=1, detector="judge", reason="r"
    )
    return judgement().model_copy(update={"defects": (found,)})


UNSCORED = judgement(correctness=None, instruction_following=None)
CHANGES: dict[str, Callable[[], Verdict]] = {
    "none": lambda: decide(judgement(), RUBRIC),
    "`num_deviations` 2": lambda: decide(judgement(), rubric(num_deviations=2)),
    "`accept_at` 4.5": lambda: decide(judgement(), rubric(accept_at=4.5)),
    "`accept_at` 4.5, `reject_below` 4.4": lambda: decide(
        judgement(), rubric(accept_at=4.5, reject_below=4.4)
    ),
    "instruction_following 2.90": lambda: decide(judgement(instruction_following=2.9), RUBRIC),
    "a claimed hallucination": lambda: decide(with_defect(DefectStatus.CLAIMED), RUBRIC),
    "an unverified one": lambda: decide(with_defect(DefectStatus.UNVERIFIED), RUBRIC),
    "a verified one": lambda: decide(with_defect(DefectStatus.VERIFIED), RUBRIC),
    "a refuted one": lambda: decide(with_defect(DefectStatus.REFUTED), RUBRIC),
    "the flag `injection_suspected`": lambda: decide(
        judgement().model_copy(update={"flags": ("injection_suspected",)}), RUBRIC
    ),
    "the rule `len.trivial` caps": lambda: decide(judgement(), RUBRIC, caps=["len.trivial"]),
    "the rule `rep.loop` drops": lambda: decide(judgement(), RUBRIC, drops=["rep.loop"]),
    "no score for correctness and instruction_following": lambda: decide(UNSCORED, RUBRIC),
    "the same, with `accept_without_score`": lambda: decide(
        UNSCORED, RUBRIC, accept_without_score=True
    ),
}


def test_the_example_covers_what_the_rubric_asks() -> None:
    assert {"correctness", *EXAMPLE["scores"]} == set(DIMENSIONS)
    assert set(EXAMPLE["checks"]) == set(RUBRIC.checks)


def test_every_step_has_the_value_that_is_told() -> None:
    effective = effective_scores(judgement(), RUBRIC)
    overall = weigh(effective, RUBRIC)
    assert overall.score is not None
    spread = math.sqrt(overall.weighted_variance) / overall.weight_covered
    expected = [
        correctness().score,
        correctness().spread,
        effective["calibration"].score,
        effective["calibration"].spread,
        overall.score,
        round(spread),
        overall.score - round(1000 * RUBRIC.accept_at),
    ]
    assert [round(1000 * float(value)) for _, value in rows("step")] == expected


def test_the_sums_in_the_steps_are_right() -> None:
    """Sums are written with *, ^ and a leading point, which Python reads too."""
    written = {0: 1, 1: 0.5, 2: 1, 4: 1}  # row: power
    for number, power in written.items():
        step, value = rows("step")[number]
        text = step.split(": ", 1)[1].removeprefix("root of ").replace("^", "**")
        assert re.fullmatch(r"[0-9.+*() ]+", text)
        assert eval(text) ** power == pytest.approx(float(value), abs=6e-4)


def test_the_weights_in_the_steps_are_those_of_the_rubric() -> None:
    told = re.findall(r"(\.\d\d) \*", rows("step")[4][0])
    assert [float(w) for w in told] == [RUBRIC.dimensions[n].weight for n in DIMENSIONS]
    assert {check.share for check in RUBRIC.checks.values()} == {0.15}


def test_the_table_of_changes_lists_what_is_tested() -> None:
    assert [row[0] for row in rows("change")] == list(CHANGES)


@pytest.mark.parametrize("row", rows("change"), ids=lambda row: str(row[0]))
def test_changes_have_the_decisions_and_reasons_that_are_told(row: list[str]) -> None:
    verdict = CHANGES[row[0]]()
    assert verdict.decision == row[1]
    assert sorted(verdict.reasons) == re.findall(r"`([^`]*)`", row[2])


def test_a_verdict_without_score_says_so() -> None:
    verdict = decide(UNSCORED, RUBRIC, accept_without_score=True)
    assert (verdict.overall, verdict.basis) == (None, "no_defect_found")
    assert "`no_defect_found`" in GUIDE


def test_the_table_of_statuses_is_that_of_the_verdict() -> None:
    told = {row[0].strip("`"): row[2] for row in rows("status")}
    assert list(told) == [status.value for status in DefectStatus]
    effects: dict[Decision, str] = {
        Decision.ACCEPT: "nothing",
        Decision.BORDERLINE: "borderline",
        Decision.REJECT: "reject",
    }
    for status in DefectStatus:
        assert effects[decide(with_defect(status), RUBRIC).decision] == told[status.value]


def test_the_conversation_is_decided_by_its_worst_turn() -> None:
    default = load_rubric("default")
    verdicts = []
    for turn, overall, decision in rows("turn"):
        scores = {n: DimensionScore(score=round(1000 * float(overall))) for n in DIMENSIONS}
        judged = Judgement(judge="model", version="1", turn=int(turn), scores=scores)
        verdicts.append(decide(judged, default))
        assert verdicts[-1].decision == decision
    whole: Any = re.search(r"is rejected with ([\d.]+); masked, it is (\w+) with ([\d.]+)", GUIDE)
    assert worst(verdicts).overall == round(1000 * float(whole[1]))
    others = worst(v for v in verdicts if v.decision is not Decision.REJECT)
    assert (others.decision, others.overall) == (whole[2], round(1000 * float(whole[3])))
