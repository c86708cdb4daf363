import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.filter.decontamination.conftest import QUESTIONS

from assay.datasets.lines import Oversize, RawLine
from assay_filter.decontamination.items import EvalItem
from assay_filter.decontamination.report import coverage
from assay_filter.decontamination.screening_task import (
    Ending,
    Screened,
    ScreeningTask,
    Tally,
    run_screening,
)
from assay_filter.decontamination.settings import DecontaminationSettings
from assay_filter.decontamination.storage import index_items, load_index, save_index

SETTINGS = DecontaminationSettings()


@pytest.fixture
def index(tmp_path: Path) -> Path:
    items = [
        EvalItem(benchmark, "test", name, (text,))
        for name, text in QUESTIONS.items()
        for benchmark in ("one", "two")
    ]
    save_index(index_items(items, SETTINGS), tmp_path / "made.npz")
    return tmp_path / "made.npz"


def run(index: Path, *lines: Any) -> Screened:
    raw = [
        line if isinstance(line, RawLine) else RawLine(at, json.dumps(line).encode())
        for at, line in enumerate(lines, 1)
    ]
    return run_screening(ScreeningTask(index, SETTINGS, "data.jsonl", raw))


def chat(*turns: tuple[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def rows_of(screened: Screened, ending: Ending) -> list[dict[str, Any]]:
    return [json.loads(line) for line in screened.lines[ending].splitlines()]


def test_rows_and_items_are_counted_by_benchmark_tier_and_role(index: Path) -> None:
    passage = " ".join(QUESTIONS["en"].split()[3:20])
    screened = run(
        index,
        chat(("user", "Hello."), ("assistant", QUESTIONS["ru"])),
        chat(("user", QUESTIONS["ru"]), ("assistant", "No.")),
        chat(("user", passage), ("assistant", "No.")),
        chat(("user", "Name a river."), ("assistant", "The Elbe.")),
    )
    tally = screened.tally
    assert tally.endings == {Ending.CONTAMINATED: 2, Ending.FLAGGED: 1, Ending.CLEAN: 1}
    assert tally.rows_by_tier == {"exact": 2, "soft": 1}
    assert tally.rows_by_role == {"assistant": 1, "user": 2}
    one = tally.benchmarks["one"]
    assert (one.num_dropped, one.num_flagged) == (2, 1)
    assert (one.dropped_items, one.flagged_items) == ({("test", "ru")}, {("test", "en")})
    assert rows_of(screened, Ending.FLAGGED)[0]["assay"]["row"] == "data.jsonl:3"


def test_tallies_of_chunks_add_up(index: Path) -> None:
    lines = [chat(("user", text), ("assistant", "No.")) for text in QUESTIONS.values()]
    together = run(index, *lines, "bad").tally
    added = Tally()
    for line in (*lines, "bad"):
        added.add(run(index, line).tally)
    assert added == together


def test_structure_that_is_unsound_is_searched_all_the_same(index: Path) -> None:
    parts = [{"type": "text", "text": QUESTIONS["zh"]}, {"type": "image"}, 5]
    screened = run(index, chat(("user", parts)), chat(("oracle", {"text": QUESTIONS["ar"]})))
    assert screened.tally.num_unsound == 2
    assert [row["assay"]["hits"][0]["id"] for row in rows_of(screened, Ending.CONTAMINATED)] == [
        "zh",
        "ar",
    ]
    told = " ".join(coverage(load_index(index), screened.tally))
    assert "2 rows have an unsound structure" in told


def test_lines_without_a_sample_are_kept_with_their_reason(index: Path) -> None:
    screened = run(
        index,
        RawLine(1, b"\xff\xfe"),
        RawLine(2, None, Oversize("ab", 99, b"head")),
        RawLine(3, None, damage="cut off"),
    )
    assert screened.tally.endings == {Ending.UNREADABLE: 3}
    first, second, third = rows_of(screened, Ending.UNREADABLE)
    assert first["raw_base64"] == "//4="
    assert second["raw"] == "head"
    assert "cut off" in third["assay"]["reason"]
