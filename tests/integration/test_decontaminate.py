"""`assay decontaminate` from end to end, on texts of its own."""

import gzip
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.commands import Finished, wait_until, warm_server

QUESTION = (
    "A baker has 48 rolls and packs them into bags of 6; each bag sells for 3 coins. How many "
    "coins does she earn when all bags but two are sold by noon?"
)
FILES = ("clean", "flagged", "contaminated", "unreadable")
NUM_REPEATED = 600  # rows for three tasks


def chat(question: str, answer: str) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    }


ROWS: list[object] = [
    chat("Name a river.", "The Elbe."),
    {"id": "leak", **chat(f"SOLVE: {QUESTION.upper()}", "18 coins"), "extra": 1},
    chat(
        "Tell a story.",
        "The baker packs them into bags of 6; each bag sells for 3 coins. How nice.",
    ),
    {"documents": [{"id": "d", "text": QUESTION}], **chat("Sum it up.", "A baker sells bags.")},
    {"messages": [{"role": "wizard", "content": QUESTION}]},
    "no object",
    chat("Name a mountain.", "The Brocken."),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = "\n".join(json.dumps(row) for row in ROWS) + "\n{broken\n"
    (tmp_path / "data.jsonl").write_text(lines)
    items = [
        {"benchmark": "sums", "split": "test", "id": "s1", "prompt": QUESTION, "answer": "18"},
        {"benchmark": "sums", "split": "test", "id": "s2", "prompt": "Hm?"},
        {"benchmark": "sums", "split": "test", "id": "s3"},
        {"benchmark": "riddles", "id": "r1", "prompt": "What has keys but can not open any lock?"},
    ]
    body = "\n".join(json.dumps(item) for item in items)
    (tmp_path / "eval.jsonl.gz").write_bytes(gzip.compress(body.encode()))
    return tmp_path


def arguments(folder: Path, out: str = "out") -> list[object]:
    words = ["decontaminate", folder / "data.jsonl", "--eval-set", folder / "eval.jsonl.gz"]
    return [*words, "--out", folder / out, "--workers", 1]


def run(folder: Path, *options: object, out: str = "out") -> Finished:
    return warm_server().run([*arguments(folder, out), *options], cwd=folder)


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_every_row_ends_in_one_file_with_its_hits(folder: Path) -> None:
    done = run(folder)
    assert done.code == 0, done.err
    files = {name: lines_of(folder / "out" / f"{name}.jsonl") for name in FILES}
    assert {name: len(rows) for name, rows in files.items()} == {
        "clean": 2, "flagged": 1, "contaminated": 3, "unreadable": 2,
    }  # fmt: skip
    leak, document, unsound = files["contaminated"]
    assert leak["id"] == "leak"
    assert leak["metadata"] == {"extra": 1}
    (hit,) = leak["assay"]["hits"]
    assert (hit["rule"], hit["benchmark"], hit["split"], hit["id"]) == (
        "decon.exact", "sums", "test", "s1",
    )  # fmt: skip
    span = hit["spans"][0]
    assert leak["messages"][0]["content"][span["start"] : span["end"]] == QUESTION.upper()[:-1]
    assert document["assay"]["hits"][0]["spans"][0]["field"] == "documents/0/text"
    assert unsound["messages"] == ROWS[4]["messages"]  # type: ignore[index]
    assert files["flagged"][0]["assay"]["reasons"] == ["decon.soft"]
    assert files["clean"][0]["assay"]["hits"] == []
    assert files["unreadable"][1]["raw"] == "{broken"
    assert files["unreadable"][1]["assay"]["row"].endswith("data.jsonl:8")


def test_report_counts_and_says_what_it_cannot_see(folder: Path) -> None:
    done = run(folder)
    report = json.loads((folder / "out/report.json").read_bytes())
    assert report["rows"] == {"clean": 2, "flagged": 1, "contaminated": 3, "unreadable": 2}
    by_name = {figures["benchmark"]: figures for figures in report["benchmarks"]}
    sums = by_name["sums"]
    assert (sums["num_items"], sums["num_leaked_items"]) == (1, 1)
    assert (sums["rows_dropped"], sums["rows_flagged"]) == (3, 1)
    assert by_name["riddles"]["rows_dropped"] == 0
    assert report["index"]["unread"].keys() == {
        "expected a question under one of ['prompt', 'question', 'input', 'messages'], found none"
    }
    assert sum(report["rows_by_tier"].values()) == 4
    coverage = " ".join(report["coverage"])
    for told in ("paraphrases", "translations", "images", "too short", "unreadable.jsonl"):
        assert told in coverage
        assert told in done.err
    assert "1 of 2 benchmarks without a find" in done.out
    assert f"no item: {folder / 'eval.jsonl.gz'}:3" in done.err


def test_output_is_the_same_for_any_number_of_workers(folder: Path) -> None:
    many = [json.dumps(row) for _ in range(NUM_REPEATED) for row in ROWS]
    (folder / "data.jsonl").write_text("\n".join(many))
    run(folder, out="one")
    run(folder, "--workers", "2", out="two")
    for name in (*(f"{name}.jsonl" for name in FILES), "report.json"):
        assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes()


def test_results_are_replaced_on_request_alone(folder: Path) -> None:
    run(folder)
    before = (folder / "out/clean.jsonl").stat().st_mtime_ns
    refused = run(folder)
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert (folder / "out/clean.jsonl").stat().st_mtime_ns == before
    assert run(folder, "--overwrite").code == 0


def test_declared_fields_and_settings_are_used(folder: Path) -> None:
    rows = [{"task": {"text": QUESTION}, "name": "deep"}]
    (folder / "eval.jsonl.gz").write_bytes(gzip.compress(json.dumps(rows[0]).encode()))
    (folder / "own.yaml").write_text("soft_tokens: 40\nsoft_coverage: 1.0\n")
    options = ("--field", "question=task.text", "--field", "id=name")
    done = run(folder, *options, "--config", str(folder / "own.yaml"))
    assert done.code == 0, done.err
    assert lines_of(folder / "out/flagged.jsonl") == []
    (hit,) = lines_of(folder / "out/contaminated.jsonl")[0]["assay"]["hits"]
    assert (hit["benchmark"], hit["id"]) == ("eval", "deep")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--field", "question"), "expected --field NAME=KEY"),
        (("--field", "prompt=x"), "expected --field NAME=KEY"),
        (("--field", "question=nowhere"), "expected evaluation items in"),
        (("--config", "missing.yaml"), "missing.yaml"),
    ],
)
def test_wrong_options_name_what_is_wrong(
    folder: Path, options: tuple[str, ...], message: str
) -> None:
    done = run(folder, *options)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert not list((folder / "out").glob("*.jsonl"))


def test_inputs_inside_of_the_results_are_refused(folder: Path) -> None:
    done = run(folder, out=".")
    assert done.code == 2
    assert "outside of --out" in done.err


def test_nothing_but_bad_lines_is_bad_input(folder: Path) -> None:
    (folder / "data.jsonl").write_text("{broken\n[1]\n")
    done = run(folder)
    assert done.code == 2
    assert "nothing but bad lines (2)" in done.err


def test_index_is_kept_where_it_is_asked_for(folder: Path) -> None:
    run(folder, "--index-dir", str(folder / "kept"))
    (kept,) = (folder / "kept").iterdir()
    changed = kept.stat().st_mtime_ns
    run(folder, "--index-dir", str(folder / "kept"), out="again")
    assert kept.stat().st_mtime_ns == changed
    assert not (folder / "out/.evalindex").exists()


def test_interrupted_command_leaves_no_results(folder: Path) -> None:
    rows = "\n".join(json.dumps(row) for _ in range(5_000) for row in ROWS)
    (folder / "data.jsonl").write_text(rows)
    running = warm_server().start(arguments(folder), cwd=folder)
    part = folder / "out/.contaminated.jsonl.part"
    wait_until(lambda: part.exists() and part.stat().st_size > 0, seconds=60)
    os.kill(running.pid, signal.SIGTERM)
    ended = warm_server().wait(running)
    assert ended.code == 130, ended.err
    assert "interrupted; no results were written" in ended.err
    assert not [path for path in (folder / "out").iterdir() if path.is_file()]


def test_help_teaches(tmp_path: Path) -> None:
    shown = warm_server().run(["decontaminate", "--help"], cwd=tmp_path).out
    for told in ("--eval-set", "question=problem", "contaminated.jsonl", "Example: assay"):
        assert told in shown
