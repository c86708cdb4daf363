"""The catalogue, the rules' files, their tests, the shipped pipelines and the README agree."""

from pathlib import Path

import pytest
import yaml

from assay.configs import configs_folder, load_config
from assay.rubrics import load_rubric
from assay_filter.pipeline import Pipeline, build_rules
from assay_filter.rules.catalogue import ALL_RULES
from assay_filter.rules.listing import render_table

ROOT = Path(__file__).parents[2]
RULES_FOLDER = ROOT / "services/filter/assay_filter/rules"
PLUMBING = {"__init__", "catalogue", "edits", "listing", "payload", "rule"}


def test_every_rule_file_stands_in_the_catalogue_and_has_a_test() -> None:
    files = {path.stem for path in RULES_FOLDER.glob("*.py")} - PLUMBING
    listed = {rule.id.replace(".", "_") for rule in ALL_RULES}
    tests = {p.stem.removeprefix("test_") for p in (ROOT / "tests/unit/filter/rules").glob("*.py")}
    assert files == listed
    assert listed <= tests


def test_rule_ids_are_unique_and_described() -> None:
    ids = [rule.id for rule in ALL_RULES]
    assert len(ids) == len(set(ids))
    assert all(rule.version >= 1 and rule.summary for rule in ALL_RULES)


@pytest.mark.parametrize("path", sorted(configs_folder().glob("pipelines/*.yaml")))
def test_shipped_pipeline_is_valid_and_names_every_setting(path: Path) -> None:
    pipeline = load_config(Pipeline, "pipelines", str(path))
    rules = build_rules(pipeline)
    assert rules.rules
    for rule in ALL_RULES:
        assert set(pipeline.rules[rule.id]) == set(rule.settings_type.model_fields), rule.id


def test_default_pipeline_states_the_vetted_defaults() -> None:
    pipeline = load_config(Pipeline, "pipelines", "default")
    for rule in ALL_RULES:
        assert rule.settings_type.model_validate(pipeline.rules[rule.id]) == rule.settings_type()


@pytest.mark.parametrize("path", sorted(configs_folder().glob("*/*.yaml")))
def test_every_shipped_setting_has_a_comment(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.parent.name == "rubrics":
        return
    for number, line in enumerate(lines):
        is_value = ":" in line and not line.rstrip().endswith(":") and line.lstrip()[:1] != "#"
        if is_value and line.startswith("    ") and "enabled:" not in line:
            above = lines[number - 1].lstrip().startswith("#")
            assert "#" in line or above, f"{path.name}:{number + 1}: {line.strip()}"


@pytest.mark.parametrize("path", sorted(configs_folder().glob("rubrics/*.yaml")))
def test_shipped_rubric_is_valid(path: Path) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))
    assert load_rubric(str(path)).dimensions


def test_readme_table_is_current() -> None:
    readme = (ROOT / "services/filter/README.md").read_text(encoding="utf-8")
    assert render_table() in readme, "run `make docs`"
