"""`assay calibrate` as a command: what it writes, what it says, how it ends."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.fakes.mending_model import response_of
from tests.fakes.scripted_backend import digits, evidence_text
from tests.fakes.vllm import FakeVllm
from tests.fakes.vllm_model import Messages, Script
from tests.integration.commands import Finished, ForkServer

from assay.rubrics import load_rubric

MAPPING = """
dimensions:
  completeness: {field: labels.complete, scale: [1, 4]}
defects:
  incorrect_computation: {field: labels.defects, contains: incorrect_computation}
expected: {field: labels.verdict, accept: [good], reject: [bad]}
"""


def make_rows(num: int = 120) -> list[dict[str, Any]]:
    """Sums, half of them wrong; people said so."""
    rows = []
    for i in range(num):
        is_right = i % 2 == 0
        answer = f"Adding both, {i} + 17 = {i + 17 + (0 if is_right else 3)}, so that is the sum."
        rows.append(
            {
                "messages": [
                    {"role": "user", "content": f"What is {i} + 17?"},
                    {"role": "assistant", "content": answer},
                ],
                "labels": {
                    "complete": [4, 4 if is_right else 3],
                    "defects": [] if is_right else ["incorrect_computation"],
                    "verdict": "good" if is_right else "bad",
                },
            }
        )
    return rows


def write_jsonl(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(r if isinstance(r, str) else f"{json.dumps(r)}\n" for r in rows))
    return path


def calibrate(server: ForkServer, folder: Path, *arguments: object, **settings: Any) -> Finished:
    return server.run(
        ["calibrate", *arguments, "--bootstrap", 100, "--bias", 8], cwd=folder, **settings
    )


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING)
    return path


def test_a_calibration_writes_figures_report_and_rubric(
    server: ForkServer, tmp_path: Path, mapping: Path
) -> None:
    rows = [*make_rows(), "not json\n", {"messages": make_rows(1)[0]["messages"]}]
    labels = write_jsonl(tmp_path / "labels.jsonl", rows)
    done = calibrate(server, tmp_path, labels, "--map", mapping, "--out", "found")
    assert done.code == 0, done.err
    assert "120 of 120 labelled samples judged, 0 errors, 1 bad lines" in done.err
    assert "incorrect_computation: precision 1.00" in done.err
    body = json.loads((tmp_path / "found/calibration.json").read_bytes())
    assert body["intake"]["num_unlabelled"] == 1
    assert body["defects"][0]["verified"]["num_true_positives"] == 60
    assert "<svg" in (tmp_path / "found/calibration.html").read_text()
    overlay = load_rubric(str(tmp_path / "found/rubric.yaml"))
    assert overlay.accept_at == body["threshold"]["accept_at"]
    assert overlay.calibrated_by == body["rubric"]["calibrated_by"]


def test_a_run_with_the_overlay_records_it(
    server: ForkServer, tmp_path: Path, mapping: Path
) -> None:
    labels = write_jsonl(tmp_path / "labels.jsonl", make_rows())
    assert calibrate(server, tmp_path, labels, "--map", mapping, "--out", "found").code == 0
    rubric = load_rubric(str(tmp_path / "found/rubric.yaml"))
    done = server.run(
        ["curate", labels, "--out", "curated", "--rubric", "found/rubric.yaml", "--workers", 1],
        cwd=tmp_path,
    )
    assert done.code == 0, done.err
    assert rubric.calibrated_by is not None
    assert rubric.calibrated_by in (tmp_path / "curated/report.html").read_text()
    assert rubric.digest in (tmp_path / "curated/manifest.json").read_text()


def test_gzip_and_parquet_give_the_figures_of_plain_lines(
    server: ForkServer, tmp_path: Path, mapping: Path
) -> None:
    rows = make_rows(30)
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    (tmp_path / "a.jsonl").write_text(text)
    with gzip.open(tmp_path / "b.jsonl.gz", "wt") as stream:
        stream.write(text)
    columns = {
        "messages": [row["messages"] for row in rows],
        "labels": [json.dumps(row["labels"]) for row in rows],  # JSON in a string, as is usual
    }
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")
    found = []
    for name in ("a.jsonl", "b.jsonl.gz", "c.parquet"):
        done = calibrate(server, tmp_path, name, "--map", mapping, "--out", f"out-{name}")
        assert done.code == 0, done.err
        body = json.loads((tmp_path / f"out-{name}/calibration.json").read_bytes())
        found.append((body["dimensions"], body["defects"], body["verdicts"]))
    assert found[0] == found[1] == found[2]


def test_the_same_command_gives_the_same_bytes(
    server: ForkServer, tmp_path: Path, mapping: Path
) -> None:
    labels = write_jsonl(tmp_path / "labels.jsonl", make_rows(30))
    for out in ("one", "two"):
        assert calibrate(server, tmp_path, labels, "--map", mapping, "--out", out).code == 0
    for name in ("calibration.json", "calibration.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_overlay_of_a_former_calibration_does_not_stay(
    server: ForkServer, tmp_path: Path, mapping: Path
) -> None:
    labels = write_jsonl(tmp_path / "labels.jsonl", make_rows())
    few = write_jsonl(tmp_path / "few.jsonl", make_rows(10))
    assert calibrate(server, tmp_path, labels, "--map", mapping, "--out", "out").code == 0
    assert (tmp_path / "out/rubric.yaml").is_file()
    done = calibrate(server, tmp_path, few, "--map", mapping, "--out", "out")
    assert done.code == 0 and "no threshold written" in done.err
    assert not (tmp_path / "out/rubric.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["labels.jsonl", "--map", "absent.yaml"], "absent.yaml"),
        (
            ["labels.jsonl", "--map", "wrong.yaml"],
            "dimensions.completeness: Value error, scale must be",
        ),
        (["labels.jsonl", "--map", "other.yaml"], "keys there: 'labels.complete'"),
        (["labels.jsonl", "--map", "unknown.yaml"], "dimension 'charm'"),
        (["unmapped.jsonl"], "say with --map where the labels stand"),
        (["bad.jsonl", "--map", "mapping.yaml"], "found none among 2 rows: 2 bad lines"),
        (["absent.jsonl"], "absent.jsonl"),
        (["labels.jsonl", "--judge", "off", "--map", "mapping.yaml"], "found off"),
        (["labels.jsonl", "--judge-model", "m", "--map", "mapping.yaml"], "--judge-model"),
        (["labels.jsonl", "--budget", "5 usd", "--map", "mapping.yaml"], "--budget"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_2(
    arguments: list[str], message: str, server: ForkServer, tmp_path: Path, mapping: Path
) -> None:
    write_jsonl(tmp_path / "labels.jsonl", make_rows(6))
    unmapped = {"messages": make_rows(1)[0]["messages"], "quality": 3}
    write_jsonl(tmp_path / "unmapped.jsonl", [unmapped])
    write_jsonl(tmp_path / "bad.jsonl", ["{\n", "[]\n"])
    (tmp_path / "wrong.yaml").write_text("dimensions: {completeness: {field: x, scale: [4, 1]}}")
    (tmp_path / "other.yaml").write_text("expected: {field: labels.outcome}")
    (tmp_path / "unknown.yaml").write_text("dimensions: {charm: {field: labels.complete}}")
    done = calibrate(server, tmp_path, *arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "calibration").exists()


# a model judge over HTTP

NUM_BY_MODEL = 40


@pytest.fixture
def model() -> Iterator[FakeVllm]:
    """A model that claims every other sum to be wrong, and confirms what is wrong."""
    with FakeVllm(Script(answer=_write, probabilities=_read), keeps_log=False) as running:
        yield running


def _is_wrong(messages: Messages) -> bool:
    return "so that is the sum" in response_of(messages) and not _is_right(response_of(messages))


def _is_right(text: str) -> bool:
    left, _, right = text.partition("both, ")[2].partition(", so")[0].partition(" = ")
    return sum(map(int, left.split(" + "))) == int(right)


def _write(messages: Messages, kind: str) -> str:
    text = response_of(messages)
    quote = text.partition("both, ")[2].partition(", so")[0]
    is_claimed = _is_wrong(messages) or quote.startswith("2")  # some right ones, too
    claims = [("incorrect_computation", quote, "it does not add up")] if is_claimed else []
    return evidence_text(load_rubric("default").judged_dimensions, defects=claims)


def _read(messages: Messages, labels: Sequence[str]) -> Mapping[str, float]:
    is_wrong = _is_wrong(messages)
    if not str(messages[-1]["content"]).endswith('"answer":"'):
        return digits(2 if is_wrong else 5)
    is_confirming = "Your task: confirm" in str(messages[1]["content"])
    yes = (0.9 if is_wrong else 0.1) if is_confirming else 0.02
    return {"yes": yes, "no": 1.0 - yes}


def test_a_model_is_calibrated_over_http(
    server: ForkServer, tmp_path: Path, mapping: Path, model: FakeVllm
) -> None:
    labels = write_jsonl(tmp_path / "labels.jsonl", make_rows(NUM_BY_MODEL))
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = (labels, "--map", mapping, "--judge", model.url, "--concurrency", 16)
    done = calibrate(server, tmp_path, *command, "--out", "found", env=env)
    assert done.code == 0, done.err
    assert "40 of 40 labelled samples judged, 0 errors" in done.err
    body = json.loads((tmp_path / "found/calibration.json").read_bytes())
    assert body["judge"] == "tiny"
    (defect,) = body["defects"]
    claimed = [f"{i} + 17" for i in range(NUM_BY_MODEL) if i % 2 or str(i).startswith("2")]
    assert defect["verified"]["num_true_positives"] == 20
    assert defect["verified"]["num_false_positives"] == 0
    assert (defect["probability"]["num"], defect["probability_of"]) == (len(claimed), "claims")
    assert defect["probability"]["pr_auc"]["value"] == 1.0
    assert defect["probability"]["ece"]["value"] == pytest.approx(0.1)
    assert body["bias"]["level_order"]["num_judged"] == 8
    assert body["bias"]["level_order"]["num_from_cache"] == 0
    page = (tmp_path / "found/calibration.html").read_text()
    assert f"on the {len(claimed)} of 40 samples with a claim" in page
    assert "Levels from 5 down to 1: no score changed" in page
    assert "Samples in reverse order: not tested, for all 8 answers came from the" in page


def test_a_budget_ends_a_calibration_and_what_is_judged_is_not_paid_again(
    server: ForkServer, tmp_path: Path, mapping: Path, model: FakeVllm
) -> None:
    labels = write_jsonl(tmp_path / "labels.jsonl", make_rows(NUM_BY_MODEL))
    cache = f"sqlite:///{tmp_path / 'answers.sqlite'}"
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = (labels, "--map", mapping, "--judge", model.url, "--cache", cache, "--concurrency", 4)
    stopped = calibrate(server, tmp_path, *command, "--budget", "100k tokens", env=env)
    assert stopped.code == 3
    assert "the budget" in stopped.err
    assert not (tmp_path / "calibration").exists()
    num_paid = model.num_conversations
    done = calibrate(server, tmp_path, *command, "--budget", "20M tokens", env=env)
    assert done.code == 0, done.err
    with_cache = model.num_conversations - num_paid
    uncached = calibrate(server, tmp_path, *command, "--cache", "off", "--out", "again", env=env)
    assert uncached.code == 0, uncached.err
    without_cache = model.num_conversations - num_paid - with_cache
    assert with_cache < without_cache
    page = (tmp_path / "again/calibration.html").read_text()
    assert "Samples in reverse order: no score changed (8 samples)" in page
    priced = calibrate(server, tmp_path, *command, "--budget", "5 usd", env=env)
    assert priced.code == 2
    assert "expected a price for model 'tiny'" in priced.err


def test_help_names_the_options(server: ForkServer, tmp_path: Path) -> None:
    done = server.run(["calibrate", "--help"], cwd=tmp_path)
    assert done.code == 0
    for option in (
        *("--map", "--target-precision", "--bootstrap", "--limit", "--judge-model", "--budget"),
        *("--prices", "--concurrency", "--cache"),
    ):
        assert option in done.out
