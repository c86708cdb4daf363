"""A folder is there when it is whole, and never takes another's place."""

from pathlib import Path

import pytest

from assay.domain.errors import InputError, OutputError
from assay_filter.exporting.folder import KIND, MANIFEST, whole_folder


def write(path: Path, *, text: str = "new", overwrite: bool = False) -> None:
    with whole_folder(path, overwrite=overwrite) as folder:
        (folder / "data").write_text(text)
        (folder / MANIFEST).write_text(f'{{"kind":"{KIND}"}}')
        assert not (path / "data").exists() or (path / "data").read_text() != text


def test_folder_appears_whole_and_alone(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "out")
    assert (tmp_path / "deep" / "out" / "data").read_text() == "new"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "out") as folder:
        (folder / "data").write_text("half")
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_folder_that_stands_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("precious")
    with pytest.raises(InputError, match="--overwrite"):
        write(tmp_path / "out")
    with pytest.raises(InputError, match="does not touch"):
        write(tmp_path / "out", overwrite=True)
    assert (tmp_path / "out" / "mine").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_former_export_is_replaced_when_told(tmp_path: Path) -> None:
    write(tmp_path / "out", text="old")
    with pytest.raises(InputError):
        write(tmp_path / "out")
    write(tmp_path / "out", overwrite=True)
    assert (tmp_path / "out" / "data").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_failed_replacement_keeps_the_former_export(tmp_path: Path) -> None:
    write(tmp_path / "out", text="old")
    with (
        pytest.raises(ZeroDivisionError),
        whole_folder(tmp_path / "out", overwrite=True) as folder,
    ):
        (folder / "data").write_text("half")
        raise ZeroDivisionError
    assert (tmp_path / "out" / "data").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(tmp_path / "out")
    assert (tmp_path / "out" / "data").exists()


def test_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises((InputError, OutputError)):
        write(tmp_path / "file")
    with pytest.raises(OutputError):
        write(tmp_path / "file" / "out")
