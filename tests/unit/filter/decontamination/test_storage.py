import json
import pickle
import random
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.filter.decontamination.conftest import QUESTIONS, MakeIndex, says

from assay.datasets.sources import expand_inputs
from assay.domain.errors import InputError
from assay_filter.decontamination.index import EvalIndex
from assay_filter.decontamination.items import EvalItem
from assay_filter.decontamination.settings import DecontaminationSettings, IndexSettings
from assay_filter.decontamination.storage import (
    build_index,
    index_items,
    load_index,
    open_index,
    save_index,
)

ITEMS = [
    EvalItem("made", "test", name, (text,), "an answer of some words", "", ("one", "two"))
    for name, text in QUESTIONS.items()
]
SETTINGS = DecontaminationSettings()
SAMPLE = says(f"Well, {QUESTIONS['ru']}", "No.")


@pytest.fixture
def saved(five_scripts: EvalIndex, tmp_path: Path) -> Path:
    path = tmp_path / "made.npz"
    save_index(index_items(ITEMS, SETTINGS), path)
    return path


def test_order_of_items_changes_neither_digest_nor_bytes(saved: Path, tmp_path: Path) -> None:
    shuffled = [*ITEMS]
    random.Random(5).shuffle(shuffled)
    other = index_items(shuffled, SETTINGS)
    save_index(other, tmp_path / "other.npz")
    assert other.digest == load_index(saved).digest
    assert (tmp_path / "other.npz").read_bytes() == saved.read_bytes()


@pytest.mark.parametrize(
    "items",
    [
        ITEMS[:-1],
        [*ITEMS[:-1], EvalItem("made", "dev", "ko", ITEMS[-1].turns, ITEMS[-1].answer)],
        [*ITEMS[:-1], EvalItem("made", "test", "ko", (QUESTIONS["ko"] + " 12",))],
    ],
)
def test_other_items_have_another_digest(saved: Path, items: list[EvalItem]) -> None:
    assert index_items(items, SETTINGS).digest != load_index(saved).digest


def test_other_index_settings_have_another_digest_and_are_refused(saved: Path) -> None:
    other = DecontaminationSettings(index=IndexSettings(min_tokens=4))
    assert index_items(ITEMS, other).digest != load_index(saved).digest
    with pytest.raises(InputError, match=r"expected an index made with .*min_tokens=4"):
        load_index(saved, other)


def test_search_settings_need_no_other_index(saved: Path) -> None:
    index = load_index(saved, DecontaminationSettings(max_hits=1))
    assert index.settings.max_hits == 1


def test_loaded_index_finds_and_tells_what_the_built_one_did(saved: Path) -> None:
    built, loaded = index_items(ITEMS, SETTINGS), load_index(saved)
    assert loaded.find(SAMPLE) == built.find(SAMPLE) != ()
    assert loaded.notes == built.notes
    assert loaded.notes.benchmarks["made"].num_with_answer == len(ITEMS)


def test_index_travels_as_its_path(saved: Path) -> None:
    index = load_index(saved)
    travelled = pickle.dumps(index)
    assert len(travelled) < 2000
    assert pickle.loads(travelled).find(SAMPLE) == index.find(SAMPLE)


def test_index_without_a_file_does_not_travel(five_scripts: EvalIndex) -> None:
    with pytest.raises(TypeError, match="save it first"):
        pickle.dumps(five_scripts)


@pytest.mark.parametrize("at", [0.02, 0.3, 0.6, 0.95])
def test_changed_byte_is_refused(saved: Path, at: float) -> None:
    data = bytearray(saved.read_bytes())
    data[int(len(data) * at)] ^= 0x41
    saved.write_bytes(data)
    with pytest.raises(InputError, match=r"expected an evaluation index.*build it"):
        load_index(saved)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_cut_file_is_refused(saved: Path, share: float) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match="expected an evaluation index"):
        load_index(saved)


def test_missing_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load_index(tmp_path / "none.npz")
    np.savez(tmp_path / "foreign.npz", a=np.arange(3))
    with pytest.raises(InputError, match="expected an evaluation index"):
        load_index(tmp_path / "foreign.npz")


def test_pickled_arrays_are_never_loaded(saved: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.npz"
    np.savez(hostile, header=np.array([{"algorithm": 1}], dtype=object))
    with pytest.raises(InputError, match="allow_pickle"):
        load_index(hostile)


def test_array_that_was_replaced_is_noticed(saved: Path, tmp_path: Path) -> None:
    with np.load(saved) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["text_length"] = arrays["text_length"] + 1
    forged = tmp_path / "forged.npz"
    np.savez(forged, **arrays)
    with pytest.raises(InputError, match="other contents than its digest says"):
        load_index(forged)


def test_other_algorithm_is_refused(saved: Path, tmp_path: Path) -> None:
    with np.load(saved) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].tobytes())
    header["algorithm"] = 0
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(tmp_path / "old.npz", **arrays)
    with pytest.raises(InputError, match="another version of Assay or of Python"):
        load_index(tmp_path / "old.npz")


def test_file_holds_plain_arrays_alone(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        assert all(name.endswith(".npy") for name in archive.namelist())


def write_items(path: Path) -> None:
    rows = [{"prompt": text, "id": name} for name, text in QUESTIONS.items()]
    path.write_text("\n".join(json.dumps(row) for row in rows))


def test_index_is_kept_under_the_digest_of_what_it_is_made_of(tmp_path: Path) -> None:
    write_items(tmp_path / "quiz.jsonl")
    sources = expand_inputs([str(tmp_path / "quiz.jsonl")]).sources
    kept = tmp_path / "kept"
    first = open_index(sources, SETTINGS, kept)
    (path,) = kept.iterdir()
    changed = path.stat().st_mtime_ns
    assert open_index(sources, SETTINGS, kept).digest == first.digest
    assert path.stat().st_mtime_ns == changed
    with (tmp_path / "quiz.jsonl").open("a") as stream:
        stream.write("\n" + json.dumps({"prompt": "What else did the lighthouse keeper count?"}))
    assert open_index(sources, SETTINGS, kept).digest != first.digest
    assert len(list(kept.iterdir())) == 2


def test_parquet_and_lines_give_the_same_items(tmp_path: Path, make_index: MakeIndex) -> None:
    write_items(tmp_path / "quiz.jsonl")
    table = pa.table({"prompt": list(QUESTIONS.values()), "id": list(QUESTIONS)})
    (tmp_path / "other").mkdir()
    pq.write_table(table, tmp_path / "other" / "quiz.parquet")
    lines = build_index(expand_inputs([str(tmp_path / "quiz.jsonl")]).sources, SETTINGS)
    rows = build_index(expand_inputs([str(tmp_path / "other")]).sources, SETTINGS)
    assert lines.digest == rows.digest
