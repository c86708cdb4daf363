"""Rubrics: what a user may write, and what is refused with a clear message."""

from pathlib import Path

import pytest
import yaml

from assay.configs import configs_folder, parse_config
from assay.domain.errors import ConfigError
from assay.domain.rubric import Rubric
from assay.rubrics import load_rubric

DEFAULT = yaml.safe_load((configs_folder() / "rubrics" / "default.yaml").read_text())


def test_weights_must_add_up() -> None:
    body = yaml.safe_load(yaml.safe_dump(DEFAULT))
    body["dimensions"]["correctness"]["weight"] = 0.5
    with pytest.raises(ConfigError, match=r"weights must add up to 1, found 1\.2"):
        parse_config(Rubric, body, "mine.yaml")


def test_every_level_needs_a_text() -> None:
    body = yaml.safe_load(yaml.safe_dump(DEFAULT))
    del body["dimensions"]["correctness"]["levels"][3]
    with pytest.raises(ConfigError, match="levels must be 1 to 5"):
        parse_config(Rubric, body, "mine.yaml")


def test_thresholds_must_not_cross() -> None:
    with pytest.raises(ConfigError, match="reject_below must not exceed accept_at"):
        parse_config(Rubric, {**DEFAULT, "reject_below": 4.5}, "mine.yaml")


def test_missing_dimension_is_named() -> None:
    body = yaml.safe_load(yaml.safe_dump(DEFAULT))
    del body["dimensions"]["calibration"]
    body["dimensions"]["naturalness"]["weight"] = 0.2
    with pytest.raises(ConfigError, match="calibration"):
        parse_config(Rubric, body, "mine.yaml")


def test_unknown_key_is_named() -> None:
    with pytest.raises(ConfigError, match="colour"):
        parse_config(Rubric, {**DEFAULT, "colour": "blue"}, "mine.yaml")


def test_missing_file_lists_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'default'\]"):
        load_rubric(str(tmp_path / "absent.yaml"))


def test_file_that_is_not_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("a: [1,")
    with pytest.raises(ConfigError, match="expected YAML"):
        load_rubric(str(path))
