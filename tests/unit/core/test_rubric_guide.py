"""The guide on rubrics: its examples load, its tables name every field and cost rightly."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from assay.domain.rubric import Check, DefectRule, Dimension, Knot, Rubric
from assay.rubrics import MAX_DEPTH, load_rubric, shipped_rubrics

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "rubrics.md").read_text(encoding="utf-8")
EXAMPLES = {
    body.split(":", 1)[0].removeprefix("# "): body
    for body in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
}
BASE = load_rubric("critical-thinking")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, body in EXAMPLES.items():
        (tmp_path / name).write_text(body, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_load_under_their_own_name(folder: Path, name: str) -> None:
    assert load_rubric(str(folder / name)).id == name.removesuffix(".yaml")


def test_examples_do_what_the_text_says(folder: Path) -> None:
    default = load_rubric("default")
    stricter = load_rubric(str(folder / "stricter.yaml"))
    assert "false_premise" not in stricter.defects
    assert stricter.dimensions["completeness"].floor == 3.0
    assert stricter.dimensions["completeness"].levels == default.dimensions["completeness"].levels
    following = stricter.dimensions["instruction_following"].levels
    was = default.dimensions["instruction_following"].levels
    assert {level for level in following if following[level] != was[level]} == {3}
    assert load_rubric(str(folder / "tone.yaml")).judged_dimensions[-1] == "tone"
    bank = load_rubric(str(folder / "bank.yaml"))
    assert "promised_return" in bank.hard_defects
    assert {"promised_return", "competitor"} <= set(bank.judged_defects)
    careful = load_rubric(str(folder / "careful.yaml"))
    assert len(careful.checks) == 3
    assert careful.checks["names_red_flags"].feeds == "completeness"


def test_shipped_rubrics_and_depth_are_named() -> None:
    assert shipped_rubrics() == ("critical-thinking", "default")
    assert all(f"`{name}`" in GUIDE for name in shipped_rubrics())
    assert MAX_DEPTH == 8
    assert "eight files in all" in " ".join(GUIDE.split())


def rows(header: str) -> list[list[str]]:
    """Cells of all tables that begin with `header`."""
    tables = re.findall(rf"\| {header} \|[^\n]*\n\|[-|]+\|\n((?:\|[^\n]*\n)+)", GUIDE)
    lines = [line for table in tables for line in table.splitlines()]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_tables_name_every_field_with_its_default() -> None:
    told = {name: row[1] for row in rows("field") for name in re.findall(r"`(\w+)`", row[0])}
    models: tuple[type[BaseModel], ...] = (Rubric, Dimension, DefectRule, Check, Knot)
    fields = {name: field for model in models for name, field in model.model_fields.items()}
    assert told.pop("extends") == "none"
    assert set(told) == set(fields)
    for name, field in fields.items():
        default = field.get_default(call_default_factory=True)
        shown = str(default).lower() if default not in (None, "", {}) else "none"
        assert told[name] == ("required" if field.is_required() else shown), name


Change = Callable[[dict[str, Any]], object]
LEVELS = dict.fromkeys(range(1, 6), "Text.")


def set_in(*path: Any, to: object) -> Change:
    def change(body: dict[str, Any]) -> None:
        node: Any = body
        for key in path[:-1]:
            node = node[key]
        assert node.get(path[-1]) != to
        node[path[-1]] = to

    return change


def move_weight(body: dict[str, Any]) -> None:
    body["dimensions"]["correctness"]["weight"] = 0.2
    body["dimensions"]["conciseness"]["weight"] = 0.2


def add_dimension(body: dict[str, Any]) -> None:
    body["dimensions"]["correctness"]["weight"] = 0.2
    body["dimensions"]["own"] = {"weight": 0.1, "description": "Own.", "levels": LEVELS}


HALLUCINATION = ("defects", "hallucination")
ASSUMES = ("checks", "states_assumptions")
KNOTS = [{"raw": 1, "calibrated": 2}, {"raw": 5, "calibrated": 5}]
CHANGES: dict[str, list[Change]] = {
    "`weight`": [move_weight],
    "`floor` (another value)": [set_in("dimensions", "correctness", "floor", to=2.0)],
    "`accept_at`, `reject_below`, `min_weight_covered`, `num_deviations`": [
        set_in("accept_at", to=4.5),
        set_in("reject_below", to=2.0),
        set_in("min_weight_covered", to=0.9),
        set_in("num_deviations", to=0),
    ],
    "`share`, `feeds`, `good_answer`": [
        set_in(*ASSUMES, "share", to=0.3),
        set_in(*ASSUMES, "feeds", to="completeness"),
        set_in(*ASSUMES, "good_answer", to="no"),
    ],
    "`curves`, `calibrated_by`": [
        set_in("curves", to={"correctness": KNOTS}),
        set_in("calibrated_by", to="x"),
    ],
    "`repairable`": [set_in(*HALLUCINATION, "repairable", to=False)],
    "`id`, `version`": [set_in("id", to="x"), set_in("version", to=99)],
    "`description` or `levels` of a dimension": [
        set_in("dimensions", "correctness", "description", to="x"),
        set_in("dimensions", "correctness", "levels", 3, to="x"),
    ],
    "`description`, `example`, `counterexample` of a defect": [
        set_in(*HALLUCINATION, "description", to="x"),
        set_in(*HALLUCINATION, "example", to="x"),
        set_in(*HALLUCINATION, "counterexample", to="x"),
    ],
    "`detected_by`": [set_in(*HALLUCINATION, "detected_by", to="code")],
    "`question`": [set_in(*ASSUMES, "question", to="x")],
    "a dimension, defect or check more": [
        add_dimension,
        set_in("defects", "own", to={"description": "Own."}),
        set_in("checks", "own", to={"question": "Own?"}),
    ],
}


def test_the_table_of_costs_lists_what_is_tested() -> None:
    assert [row[0] for row in rows("change")] == list(CHANGES)


@pytest.mark.parametrize("row", rows("change"), ids=lambda row: str(row[0]))
def test_costs_are_those_of_the_digests(row: list[str]) -> None:
    for change in CHANGES[row[0]]:
        body = BASE.model_dump()
        change(body)
        other = Rubric.model_validate(body)
        assert other.digest != BASE.digest
        assert (other.judging_digest != BASE.judging_digest) is (row[1] == "yes")


def test_the_error_in_the_text_is_the_one_that_is_given() -> None:
    body = BASE.model_dump()
    body["dimensions"]["own"] = {"weight": 0.1, "description": "Own.", "levels": LEVELS}
    (told,) = re.findall(r"`(weights must [^`]*)`", GUIDE)
    with pytest.raises(ValueError, match=re.escape(told)):
        Rubric.model_validate(body)
