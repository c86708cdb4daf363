"""Prompt files: front matter, fields, one digest over names and contents."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import ConfigError
from assay_judge.hostile.encoding import encode_text
from assay_judge.prompts.files import FOLDER, PromptFile, read_prompts


def copied(folder: Path) -> Path:
    folder.mkdir()
    for path in FOLDER.glob("*.md"):
        shutil.copy(path, folder / path.name)
    return folder


def written(folder: Path, body: str) -> Path:
    (folder / "task.md").write_text(body, encoding="utf-8")
    return folder


def test_a_copy_has_the_same_digest(tmp_path: Path) -> None:
    assert read_prompts(copied(tmp_path / "copy")).digest == read_prompts().digest


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_the_digest_changes_with_any_file(path: Path, tmp_path: Path) -> None:
    folder = copied(tmp_path / "copy")
    (folder / path.name).write_text(path.read_text(encoding="utf-8") + "More.\n", encoding="utf-8")
    assert read_prompts(folder).digest != read_prompts().digest


def test_the_digest_changes_when_a_file_is_renamed(tmp_path: Path) -> None:
    folder = copied(tmp_path / "copy")
    (folder / "role.md").rename(folder / "roles.md")
    assert read_prompts(folder).digest != read_prompts().digest


def test_the_digest_ignores_line_ends(tmp_path: Path) -> None:
    folder = copied(tmp_path / "copy")
    for path in folder.glob("*.md"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_prompts(folder).digest == read_prompts().digest


def test_texts_stay_as_first_read(tmp_path: Path) -> None:
    folder = written(tmp_path, "---\nversion: 3\n---\n\nFirst.\n")
    before = read_prompts(folder)
    written(tmp_path, "---\nversion: 4\n---\n\nSecond.\n")
    assert read_prompts(folder) is before
    assert before.file("task") == PromptFile("task", 3, "First.")


@pytest.mark.parametrize(
    "body",
    [
        "No front matter.\n",
        "---\nversion: 0\n---\n\nText.\n",
        "---\nversion: one\n---\n\nText.\n",
        "---\nversion: 1\n---\n\n",
        "---\nversion: 1\nText.\n",
    ],
)
def test_a_file_without_version_or_text_is_refused(body: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="version"):
        read_prompts(written(tmp_path, body))


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "task.md").write_bytes(b"---\nversion: 1\n---\n\n\xff\n")
    with pytest.raises(ConfigError, match="expected to read"):
        read_prompts(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found none"):
        read_prompts(tmp_path)


def test_a_value_is_not_read_for_fields() -> None:
    file = PromptFile("task", 1, "{{first}} then {{second}}, {{first}} again")
    filled = file.fill({"first": "{{second}}", "second": "{0} {first} %s \\1 $x"})
    assert filled == "{{second}} then {0} {first} %s \\1 $x, {{second}} again"


@pytest.mark.parametrize("fields", [{}, {"a": "1"}, {"a": "1", "b": "2", "c": "3"}])
def test_fields_must_be_named_exactly(fields: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="expected the fields"):
        PromptFile("task", 1, "{{a}} {{b}}").fill(fields)


def test_a_phrase_is_one_line_by_its_key() -> None:
    file = PromptFile("phrases", 1, "one: First: {{x}}.\ntwo: Second.")
    assert file.phrase("one").fill({"x": "1"}) == "First: 1."
    assert file.phrase("two").fill({}) == "Second."
    with pytest.raises(ConfigError, match="three"):
        file.phrase("three")


def test_no_prompt_holds_a_control_token() -> None:
    for name, file in read_prompts().files.items():
        assert encode_text(file.text).num_neutralised == 0, name


@given(
    st.lists(st.sampled_from(["{{a}}", "{{b}}", "{{", "}}", "{a}", "x", "{{A}}"]), max_size=8).map(
        "".join
    ),
    st.sampled_from(["", "{{b}}", "\\\\1", "y"]),
)
def test_fields_are_filled_as_a_substitution_would(text: str, value: str) -> None:
    file = PromptFile("task", 1, text)
    values = {name: f"{value}{name}" for name in file.fields}
    assert file.fill(values) == re.sub(r"\{\{([a-z_]+)\}\}", lambda m: values[m.group(1)], text)


def test_of_two_phrases_with_one_key_the_first_counts() -> None:
    assert PromptFile("phrases", 1, "one: First.\none: Second.").phrase("one").text == "First."
