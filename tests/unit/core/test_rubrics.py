"""Rubrics from files: what one takes over from another, and what is refused in clear words."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.domain.errors import ConfigError
from assay.domain.judgement import DIMENSIONS
from assay.rubrics import MAX_DEPTH, load_rubric, shipped_rubrics

DEFAULT = load_rubric("default")
LEVELS = {level: f"Text of level {level}." for level in range(1, 6)}


def write(folder: Path, name: str, body: object) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body if isinstance(body, str) else yaml.safe_dump(body), encoding="utf-8")
    return str(path)


def refusal(name_or_path: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_rubric(name_or_path)
    return str(caught.value)


def mine(**changes: Any) -> dict[str, Any]:
    return {"extends": "default", "id": "mine", "version": 1, **changes}


@pytest.mark.parametrize("name", shipped_rubrics())
def test_every_shipped_rubric_loads(name: str) -> None:
    rubric = load_rubric(name)
    assert set(DIMENSIONS) <= set(rubric.dimensions)
    assert all(rule.description.endswith(".") for rule in rubric.defects.values())


def test_what_is_not_named_is_taken_over(tmp_path: Path) -> None:
    rubric = load_rubric(write(tmp_path, "mine.yaml", mine(accept_at=4.5)))
    assert (rubric.id, rubric.accept_at, rubric.reject_below) == ("mine", 4.5, 3.0)
    assert rubric.dimensions == DEFAULT.dimensions
    assert rubric.judging_digest == DEFAULT.judging_digest
    assert rubric.digest != DEFAULT.digest


def test_mappings_are_merged_key_by_key(tmp_path: Path) -> None:
    changes = {"conciseness": {"weight": 0.05}, "naturalness": {"weight": 0.15, "floor": 2.0}}
    rubric = load_rubric(write(tmp_path, "mine.yaml", mine(dimensions=changes)))
    assert rubric.dimensions["conciseness"].weight == 0.05
    assert rubric.dimensions["naturalness"].floor == 2.0
    assert rubric.dimensions["conciseness"].levels == DEFAULT.dimensions["conciseness"].levels
    assert rubric.dimensions["correctness"] == DEFAULT.dimensions["correctness"]


def test_one_level_text_can_be_replaced(tmp_path: Path) -> None:
    changes = {"correctness": {"levels": {5: "Flawless."}}}
    rubric = load_rubric(write(tmp_path, "mine.yaml", mine(dimensions=changes)))
    levels = rubric.dimensions["correctness"].levels
    assert levels[5] == "Flawless."
    assert levels[4] == DEFAULT.dimensions["correctness"].levels[4]


def test_null_removes_a_defect(tmp_path: Path) -> None:
    rubric = load_rubric(write(tmp_path, "mine.yaml", mine(defects={"false_premise": None})))
    assert "false_premise" not in rubric.defects
    assert "hallucination" in rubric.judged_defects


def test_null_takes_a_floor_away(tmp_path: Path) -> None:
    changes = {"correctness": {"floor": None}}
    rubric = load_rubric(write(tmp_path, "mine.yaml", mine(dimensions=changes)))
    assert rubric.dimensions["correctness"].floor is None


def test_null_for_what_is_not_there_is_named(tmp_path: Path) -> None:
    assert "defects.mistake" in refusal(
        write(tmp_path, "mine.yaml", mine(defects={"mistake": None}))
    )


def test_rubrics_may_extend_in_several_steps(tmp_path: Path) -> None:
    write(tmp_path, "base/house.yaml", mine(id="house", accept_at=4.2, reject_below=2.5))
    write(tmp_path, "base/team.yaml", {"extends": "house.yaml", "id": "team", "accept_at": 4.4})
    body = {"extends": "base/team.yaml", "id": "me", "num_deviations": 2}
    rubric = load_rubric(write(tmp_path, "me.yaml", body))
    thresholds = (rubric.accept_at, rubric.reject_below, rubric.num_deviations)
    assert (rubric.id, rubric.version, thresholds) == ("me", 1, (4.4, 2.5, 2))


def test_shipped_names_are_known_from_any_folder(tmp_path: Path) -> None:
    path = write(tmp_path, "deep/er/mine.yaml", {"extends": "critical-thinking", "id": "mine"})
    assert set(load_rubric(path).checks) == set(load_rubric("critical-thinking").checks)


def test_checks_can_be_dropped_one_by_one(tmp_path: Path) -> None:
    body = {"extends": "critical-thinking", "id": "mine", "checks": {"states_assumptions": None}}
    rubric = load_rubric(write(tmp_path, "mine.yaml", body))
    assert "states_assumptions" not in rubric.checks
    assert "hedges_where_unsure" in rubric.checks


def test_ones_own_dimension_takes_its_weight_from_others(tmp_path: Path) -> None:
    own = {"weight": 0.1, "floor": 2.0, "description": "Tone is warm.", "levels": LEVELS}
    changes = {"correctness": {"weight": 0.2}, "tone": own}
    rubric = load_rubric(write(tmp_path, "mine.yaml", mine(dimensions=changes)))
    assert rubric.judged_dimensions == (*DIMENSIONS, "tone")
    assert rubric.judging_digest != DEFAULT.judging_digest


def test_ones_own_dimension_without_room_is_refused_with_the_sum(tmp_path: Path) -> None:
    own = {"weight": 0.1, "description": "Tone is warm.", "levels": LEVELS}
    assert "weights must add up to 1, found 1.1" in refusal(
        write(tmp_path, "mine.yaml", mine(dimensions={"tone": own}))
    )


def test_ones_own_defect_is_told_to_the_judge(tmp_path: Path) -> None:
    own = {"hard": False, "description": "Names a competitor."}
    rubric = load_rubric(write(tmp_path, "mine.yaml", mine(defects={"competitor": own})))
    assert "competitor" in rubric.judged_defects
    assert "competitor" not in rubric.hard_defects
    assert rubric.judging_digest != DEFAULT.judging_digest


def test_a_defect_that_code_detects_is_not_told_to_the_judge(tmp_path: Path) -> None:
    own = {"detected_by": "code", "description": "Found by a check."}
    rubric = load_rubric(write(tmp_path, "mine.yaml", mine(defects={"found": own})))
    assert "found" in rubric.hard_defects
    assert "found" not in rubric.judged_defects
    assert rubric.judging_digest == DEFAULT.judging_digest


@pytest.mark.parametrize("name", ["Tone", "1st", "_tone", "to ne", "t\u00f6ne", "a" * 41, ""])
@pytest.mark.parametrize("section", ["dimensions", "defects", "checks"])
def test_bad_names_are_refused(tmp_path: Path, section: str, name: str) -> None:
    bodies = {
        "dimensions": {"weight": 0.1, "description": "Own.", "levels": LEVELS},
        "defects": {"description": "Own."},
        "checks": {"question": "Is it?"},
    }
    message = refusal(write(tmp_path, "mine.yaml", mine(**{section: {name: bodies[section]}})))
    assert f"{section}.{name}" in message
    assert "match pattern" in message


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"dimensions": {"correctness": None}}, "weights must add up to 1, found 0.7"),
        ({"dimensions": {"correctness": {"weight": 0}}}, "dimensions.correctness.weight"),
        ({"dimensions": {"correctness": {"floor": 6}}}, "dimensions.correctness.floor"),
        ({"dimensions": {"correctness": {"colour": 1}}}, "dimensions.correctness.colour"),
        ({"dimensions": {"correctness": {"levels": {6: "More."}}}}, "levels must be 1 to 5"),
        ({"dimensions": {"correctness": {"description": ""}}}, "dimensions.correctness.descr"),
        ({"defects": {"hallucination": {"hard": "maybe"}}}, "defects.hallucination.hard"),
        ({"defects": {"hallucination": {"detected_by": "me"}}}, "'judge' or 'code'"),
        ({"checks": {"asks": {"question": "Is it?", "feeds": "tone"}}}, "found 'tone'"),
        ({"checks": {"asks": {"question": "Is it?", "share": 1.0}}}, "checks.asks.share"),
        ({"checks": {"asks": {"question": "Is it?", "good_answer": "maybe"}}}, "'yes' or 'no'"),
        (
            {"checks": {f"c{i}": {"question": "Is it?", "share": 0.5} for i in range(2)}},
            "shares of the checks that feed 'calibration' must stay below 1, found 1.00",
        ),
        ({"curves": {"tone": [{"raw": 1, "calibrated": 1}] * 2}}, "curves must name dimensions"),
        ({"curves": {"correctness": [{"raw": 1, "calibrated": 1}]}}, "two knots or more"),
        (
            {"curves": {"correctness": [{"raw": 1, "calibrated": 3}, {"raw": 2, "calibrated": 2}]}},
            "calibrated never falling",
        ),
        (
            {"curves": {"correctness": [{"raw": 2, "calibrated": 2}, {"raw": 2, "calibrated": 3}]}},
            "raw rising",
        ),
        ({"accept_at": 5.5}, "accept_at"),
        ({"accept_at": 2.9}, "reject_below must not exceed accept_at, found 3.0 > 2.9"),
        ({"min_weight_covered": 0}, "min_weight_covered"),
        ({"num_deviations": -1}, "num_deviations"),
        ({"version": 0}, "version"),
        ({"threshold": 4}, "threshold"),
    ],
    ids=range(22),
)
def test_faults_are_named_with_their_place(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    path = write(tmp_path, "mine.yaml", mine(**changes))
    message = refusal(path)
    assert named in message
    assert path in message


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_cycles_are_refused_with_the_chain(tmp_path: Path, names: list[str]) -> None:
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        write(tmp_path, f"{name}.yaml", {"extends": f"{following}.yaml", "id": name})
    message = refusal(str(tmp_path / "a.yaml"))
    assert "extend one another to end" in message
    assert message.count("a.yaml") == 2


def test_too_many_steps_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "r0.yaml", mine())
    for step in range(1, MAX_DEPTH):
        write(tmp_path, f"r{step}.yaml", {"extends": f"r{step - 1}.yaml"})
    assert load_rubric(str(tmp_path / f"r{MAX_DEPTH - 2}.yaml")).id == "mine"
    assert "to end" in refusal(str(tmp_path / f"r{MAX_DEPTH - 1}.yaml"))


@pytest.mark.parametrize("extends", ["absent", "absent.yaml", "../absent.yaml"])
def test_a_missing_base_is_named_with_the_shipped_ones(tmp_path: Path, extends: str) -> None:
    message = refusal(write(tmp_path, "mine.yaml", mine(extends=extends)))
    assert "absent" in message
    assert "'default'" in message


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("- a\n- b\n", "expected a mapping"),
        ("just words", "expected a mapping"),
        ("", "found NoneType"),
        ({"extends": ["default"]}, "`extends`"),
        ({"extends": 7}, "`extends`"),
        ("extends: default\nid: [", "expected YAML"),
        ("#" * (1 << 20) + "\nid: x", "under 1 MiB"),
        ({"extends": "default", "dimensions": ["correctness"]}, "dimensions"),
        ({"extends": "default", "dimensions": None}, "dimensions"),
    ],
    ids=range(9),
)
def test_files_that_are_no_rubric_are_refused(tmp_path: Path, body: object, named: str) -> None:
    assert named in refusal(write(tmp_path, "mine.yaml", body))


def test_a_missing_file_and_an_unknown_name_are_named(tmp_path: Path) -> None:
    assert "no-such-rubric" in refusal("no-such-rubric")
    assert "critical-thinking" in refusal(str(tmp_path / "absent.yaml"))


def test_a_fault_in_the_base_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", mine(accept_at=9))
    path = write(tmp_path, "mine.yaml", {"extends": "base.yaml", "id": "mine"})
    assert "accept_at" in refusal(path)
