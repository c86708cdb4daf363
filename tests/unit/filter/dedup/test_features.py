from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assay.domain.errors import DedupError
from assay_filter.dedup.features import FeatureBlock, compute_features
from assay_filter.dedup.keys import DedupText
from assay_filter.dedup.settings import DedupSettings

TEXTS = [
    DedupText("What is the capital of France, and why?", "Paris, since 987 or so, it is.", b"1"),
    DedupText("", "", b"2"),
    DedupText("短い", "そうです", b"3"),
    DedupText("Q\x1eR", "A\x1eB", b"4", setting="You are a helpful assistant.", turns="suaua"),
]


def test_a_saved_block_comes_back_as_it_was(tmp_path: Path) -> None:
    block = compute_features(TEXTS, DedupSettings())
    block.save(tmp_path / "block")
    loaded = FeatureBlock.load(tmp_path / "block")
    assert len(loaded) == len(TEXTS)
    assert loaded.parameters == DedupSettings().parameters
    for field in fields(FeatureBlock):
        before, after = getattr(block, field.name), getattr(loaded, field.name)
        assert before.dtype == after.dtype
        assert np.array_equal(before, after)


def test_saving_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        compute_features(TEXTS, DedupSettings()).save(tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_an_empty_chunk_can_be_saved(tmp_path: Path) -> None:
    compute_features([], DedupSettings()).save(tmp_path / "block")
    assert len(FeatureBlock.load(tmp_path / "block")) == 0


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_features_depend_on_each_text_alone(texts: list[str]) -> None:
    samples = [DedupText(text.replace("\x1f", ""), text[::-1].replace("\x1f", ""), text.encode(
        errors="replace")) for text in texts]  # fmt: skip
    together = compute_features(samples, DedupSettings())
    for i, sample in enumerate(samples):
        alone = compute_features([sample], DedupSettings())
        for name in ("exact", "near_exact", "prompt", "guard", "num_elements", "shorts", "slots"):
            assert np.array_equal(getattr(together, name)[i], getattr(alone, name)[0]), name
        assert np.array_equal(together.bands[:, i], alone.bands[:, 0])


@pytest.mark.parametrize("content", [b"", b"not a block", b"\x93NUMPY\x01\x00v\x00{'descr'"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "block").write_bytes(content)
    with pytest.raises(DedupError, match="expected a feature block"):
        FeatureBlock.load(tmp_path / "block")


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "block"
    compute_features(TEXTS, DedupSettings()).save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DedupError, match="cut off"):
        FeatureBlock.load(path)


def test_another_format_version_is_refused(tmp_path: Path) -> None:
    block = compute_features(TEXTS, DedupSettings())
    header = block.header.copy()
    header[0] = 99
    values = {field.name: getattr(block, field.name) for field in fields(FeatureBlock)}
    FeatureBlock(**{**values, "header": header}).save(tmp_path / "block")
    with pytest.raises(DedupError, match="found 99"):
        FeatureBlock.load(tmp_path / "block")


@pytest.mark.parametrize(
    "piece", ["(", "a", "a,", "<", "- ", "!", "1 ", "1.", "\u0301", "你", "\x1e", "🙂"]
)
def test_hostile_texts_of_a_million_characters(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    block = compute_features([DedupText(text, text[::-1], b"")], DedupSettings())
    assert len(block.text) <= 2 * 2_000_000


@pytest.mark.parametrize(
    "wrong",
    [{"num_bands": 64, "rows": 8}, {"threshold": 0.3}, {"treshold": 0.8}, {"prompt_cap": -1}],
)
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        DedupSettings.model_validate(wrong)
