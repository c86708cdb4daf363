"""The overlay: load_rubric accepts it, and it means what was found."""

from pathlib import Path

import pytest
from tests.unit.judge.calibration.planted import every_dimension, make_judgement

from assay.domain.rubric import Knot, Rubric
from assay.domain.verdict import effective_scores
from assay.rubrics import load_rubric
from assay_judge.calibration.overlay import (
    calibrated_rubric,
    extends_path,
    render_overlay,
    without_curves,
)

KNOTS = (Knot(raw=3.0, calibrated=1.5), Knot(raw=5.0, calibrated=4.5))


def write(path: Path, rubric: Rubric, extends: str, *, judge: str = "planted") -> Rubric:
    text = render_overlay(
        rubric, extends=extends, judge=judge, has_threshold=True, notes={"curve for x": "why"}
    )
    path.write_text(text, encoding="utf-8")
    return load_rubric(str(path))


def test_written_overlay_loads_as_the_rubric_that_was_calibrated(tmp_path: Path) -> None:
    base = load_rubric("default")
    wanted = calibrated_rubric(
        base, {"correctness": KNOTS}, accept_at=4.321, calibrated_by="a" * 64
    )
    loaded = write(tmp_path / "rubric.yaml", wanted, extends_path("default", tmp_path))
    assert loaded == wanted
    assert loaded.digest != base.digest and loaded.judging_digest == base.judging_digest
    scores = effective_scores(make_judgement(every_dimension(4.0)), loaded)
    assert scores["correctness"].score == 3000  # halfway between the knots
    assert scores["naturalness"].score == 4000


def test_overlay_of_a_rubric_in_a_file_finds_it_from_its_own_folder(tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text("extends: default\naccept_at: 4.5\n")
    for folder in (tmp_path / "deep" / "out", tmp_path):
        folder.mkdir(parents=True, exist_ok=True)
        wanted = calibrated_rubric(
            load_rubric(str(own)), {"correctness": KNOTS}, accept_at=4.4, calibrated_by="b" * 64
        )
        assert write(folder / "rubric.yaml", wanted, extends_path(str(own), folder)) == wanted


def test_curves_of_a_former_calibration_do_not_survive(tmp_path: Path) -> None:
    first = calibrated_rubric(
        load_rubric("default"), {"naturalness": KNOTS}, accept_at=None, calibrated_by="c" * 64
    )
    write(tmp_path / "first.yaml", first, "default")
    base = load_rubric(str(tmp_path / "first.yaml"))
    again = calibrated_rubric(base, {"correctness": KNOTS}, accept_at=4.2, calibrated_by="d" * 64)
    loaded = write(tmp_path / "second.yaml", again, "./first.yaml")
    judgement = make_judgement(every_dimension(4.0))
    assert effective_scores(judgement, loaded)["naturalness"].score == 4000
    assert effective_scores(judgement, without_curves(base))["naturalness"].score == 4000
    assert effective_scores(judgement, base)["naturalness"].score == 3000


def test_a_hostile_model_name_stays_in_its_comment(tmp_path: Path) -> None:
    wanted = calibrated_rubric(load_rubric("default"), {}, accept_at=4.1, calibrated_by="e" * 64)
    hostile = "x\naccept_at: 1.0\r\nreject_below: 1.0\x85reject_below: 1"
    assert write(tmp_path / "rubric.yaml", wanted, "default", judge=hostile) == wanted


@pytest.mark.parametrize("name", ["default", "critical-thinking"])
def test_shipped_rubrics_are_extended_by_name(name: str, tmp_path: Path) -> None:
    assert extends_path(name, tmp_path) == name
