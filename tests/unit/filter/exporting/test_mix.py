"""The mix file: what it may say, and the shipped example."""

from pathlib import Path

import pytest

from assay.configs import configs_folder
from assay.domain.errors import ConfigError
from assay_filter.exporting.mix import load_mix

HEAD = "id: m\nversion: 1\n"


@pytest.mark.parametrize("path", sorted((configs_folder() / "mixes").glob("*.yaml")))
def test_shipped_mix_is_valid_and_found_by_name(path: Path) -> None:
    mix = load_mix(path.stem)
    assert mix.groups
    assert load_mix(str(path)).sha256 == mix.sha256


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("groups: []", "groups"),
        ("groups: [{name: a}]", "either weight or rows"),
        ("groups: [{name: a, weight: 1, rows: 2}]", "either weight or rows"),
        ("groups: [{name: a, weight: 0}]", "weight"),
        ("groups: [{name: a, weight: .inf}]", "weight"),
        ("groups: [{name: a, rows: -1}]", "rows"),
        ("groups: [{name: a, rows: 1, max_repeats: 0}]", "max_repeats"),
        ("groups: [{name: a, rows: 1, repeats: 2}]", "repeats"),
        ("groups: [{name: a, rows: 1}, {name: a, rows: 2}]", "names of their own"),
        ("groups: [{name: a, rows: 1}]\nrest: maybe", "rest"),
    ],
)
def test_wrong_mix_is_refused_with_the_field(tmp_path: Path, body: str, told: str) -> None:
    path = tmp_path / "mix.yaml"
    path.write_text(HEAD + body + "\n")
    with pytest.raises(ConfigError, match=told):
        load_mix(str(path))


def test_group_takes_what_it_lists(tmp_path: Path) -> None:
    path = tmp_path / "mix.yaml"
    path.write_text(HEAD + "groups: [{name: a, source: [x, null], language: [en], rows: 1}]\n")
    (group,) = load_mix(str(path)).groups
    assert group.takes("x", "math", "en")
    assert group.takes(None, None, "en")
    assert not group.takes("y", "math", "en")
    assert not group.takes("x", "math", None)
