import os
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.rl_rewards.keeping.kept_rewards import make_kept

from assay.domain.errors import InputError, OutputError
from assay.domain.sample import Message, ToolCall
from assay_rl_rewards.keeping.record import from_batch, to_batch
from assay_rl_rewards.keeping.store import RewardStore, read_kept


def test_record_is_read_as_it_was_kept() -> None:
    call = ToolCall("c1", "add", '{"a": 1}')
    kept = make_kept(
        None,
        response="\u0661\u0662 \U0001f600",
        id="r1",
        group="g1",
        language="ar",
        finish_reason="length",
        num_tokens=7,
        params={"answer_form": "numeral", "options": ["a", "b"]},
    )
    asked = (Message("system", "Be brief."), Message("assistant", None, (call,)))
    kept = replace(kept, rollout=replace(kept.rollout, messages=asked))
    records = [kept, make_kept(0.25)]
    assert list(from_batch(to_batch(records))) == records


def test_files_are_read_in_the_order_they_were_written(tmp_path: Path) -> None:
    store = RewardStore(tmp_path / "kept")
    for first in (0, 3):
        store.add([make_kept(id=str(n)) for n in range(first, first + 3)])
        assert store.write() == 3
    assert store.write() == 0
    assert [kept.rollout.id for kept in read_kept(tmp_path / "kept")] == list("012345")
    assert len(list((tmp_path / "kept").glob("*.parquet"))) == 2


def test_file_is_due_when_enough_wait_or_the_first_has_waited(tmp_path: Path) -> None:
    by_number = RewardStore(tmp_path, rows_per_file=2, seconds_per_file=3600)
    by_number.add([make_kept()])
    assert not by_number.is_due()
    by_number.add([make_kept()])
    assert by_number.is_due()
    by_time = RewardStore(tmp_path, rows_per_file=100, seconds_per_file=0)
    assert not by_time.is_due()
    by_time.add([make_kept()])
    assert by_time.is_due()


def test_records_that_the_disk_refuses_wait_in_order_and_stop_the_intake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RewardStore(tmp_path, max_waiting=3)
    store.add([make_kept(id="0"), make_kept(id="1")])

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(OutputError, match="2 records wait in memory"):
            store.write()
    assert not list(tmp_path.iterdir())
    assert store.has_room()
    store.add([make_kept(id="2")])
    assert not store.has_room()
    assert store.write() == 3
    assert [kept.rollout.id for kept in read_kept(tmp_path)] == ["0", "1", "2"]
    assert store.has_room()


def test_what_is_no_kept_reward_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found none"):
        list(read_kept(tmp_path))
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"id": ["a"]}), other)
    with pytest.raises(InputError, match="found no columns"):
        list(read_kept(other))
    other.write_bytes(b"not parquet at all")
    with pytest.raises(InputError, match="expected Parquet in"):
        list(read_kept(other))
