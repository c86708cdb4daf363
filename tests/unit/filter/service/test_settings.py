"""Settings: what is wrong is said without the value, and the configurations are checked at once."""

from pathlib import Path

import pytest

from assay.domain.errors import ConfigError
from assay_filter.service.configurations import check_default, load_pipelines, load_rubrics
from assay_filter.service.parts import Store, is_id, without_paths
from assay_filter.service.settings import broker_of, database_of, read_settings


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASSAY_FILTER_STORE", "/elsewhere")
    monkeypatch.setenv("ASSAY_FILTER_MAX_FILES", "7")
    monkeypatch.setenv("ASSAY_DATABASE_URL", "postgresql://user:secret@db/assay")
    settings = read_settings(store=tmp_path)
    assert (settings.store, settings.max_files) == (tmp_path, 7)
    assert database_of(settings) == "postgresql://user:secret@db/assay"
    assert database_of(settings, "sqlite:///x.db") == "sqlite:///x.db"
    assert broker_of() is None
    assert broker_of("redis://r") == "redis://r"


def test_without_a_database_one_stands_in_the_store(tmp_path: Path) -> None:
    settings = read_settings(store=tmp_path)
    assert database_of(settings) == f"sqlite:///{tmp_path / 'assay.db'}"


def test_a_wrong_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSAY_FILTER_MAX_FILES", "hunter2")
    with pytest.raises(ConfigError) as raised:
        read_settings(store=tmp_path)
    assert "max_files" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_folder_adds_pipelines_and_hides_none(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("id: mine\nversion: 1\nrules: {}\n")
    assert set(load_pipelines(tmp_path)) == {*load_pipelines(None), "mine"}
    (tmp_path / "default.yml").write_text("id: other\nversion: 1\nrules: {}\n")
    with pytest.raises(ConfigError, match="twice"):
        load_pipelines(tmp_path)
    with pytest.raises(ConfigError, match="a folder of rubrics"):
        load_rubrics(tmp_path / "none")
    with pytest.raises(ConfigError, match="a pipeline of"):
        check_default({"a": 1}, "b", "pipeline")


def test_a_pipeline_that_does_not_build_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("id: bad\nversion: 1\nrules: {math.magic: {}}\n")
    with pytest.raises(ConfigError, match=r"math\.magic"):
        load_pipelines(tmp_path)


@pytest.mark.parametrize("text", ["", "a/b", "..", "a.b", "a b", "a\0", "\u00e9", "x" * 81, "%2e"])
def test_what_could_be_a_path_is_no_id(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(AssertionError):
        Store(Path("/s")).run_dir(text)


def test_a_message_loses_the_stores_folder() -> None:
    store = Store(Path("/data/store"))
    assert without_paths("found '/data/store/files/a' bad", store) == "found 'files/a' bad"
