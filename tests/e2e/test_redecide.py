"""`assay redecide`: another rubric over stored judgements, with the run left as it is."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.integration.commands import Finished
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of, outcome_bytes, samples_of


def redecide(job: Job, rubric: object, *options: object) -> Finished:
    run = manifest_of(job.out)["run"]["id"]
    done = job.server.run(
        ["redecide", run, "--rubric", rubric, "--db", job.database, *options], cwd=job.folder
    )
    assert "Traceback" not in done.err
    return done


def sums(done: Finished) -> dict[str, Any]:
    assert done.code == 0, done.err
    body: dict[str, Any] = orjson.loads(done.out)
    return body


@pytest.fixture
def rubric_file(tmp_path: Path) -> Path:
    path = tmp_path / "strict.yaml"
    path.write_text("extends: default\nid: strict\naccept_at: 5\nreject_below: 4.7\n")
    return path


def test_same_rubric_flips_nothing(undisturbed: Job) -> None:
    found = sums(redecide(undisturbed, "default", "--json"))
    outcomes = manifest_of(undisturbed.out)["outcomes"]
    assert found["flips"] == 0
    assert found["samples"] == sum(outcomes.values())
    assert found["duplicates"] == outcomes["duplicate"]
    same = {move["before"]: move["samples"] for move in found["moves"]}
    assert same["accept"] == outcomes["accepted"]
    assert same.get("borderline", 0) == outcomes["borderline"]


def test_stricter_rubric_flips_what_it_says(
    undisturbed: Job, rubric_file: Path, tmp_path: Path
) -> None:
    before = outcome_bytes(undisturbed.out)
    out = tmp_path / "flips.jsonl"
    found = sums(redecide(undisturbed, rubric_file, "--json", "--out", out))
    flips = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert len(flips) == found["flips"] > 0
    overall = {
        line["assay"]["sample_id"]: line["assay"]["overall"]
        for _, line in samples_of(undisturbed.out)
    }
    for flip in flips:
        assert flip["before"]["overall"] == overall[flip["sample_id"]] == flip["after"]["overall"]
        expected = "reject" if flip["after"]["overall"] < 4.7 else "borderline"
        assert flip["after"]["decision"] == expected
    assert outcome_bytes(undisturbed.out) == before


def test_new_dimension_and_check_are_named_as_unknown(undisturbed: Job, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    levels = "{1: a, 2: b, 3: c, 4: d, 5: e}"
    path.write_text(
        "extends: default\nid: own\ndimensions:\n  correctness: {weight: 0.2}\n"
        f"  empathy: {{weight: 0.1, description: Warm., levels: {levels}}}\n"
        "checks:\n  kind: {question: 'Is it kind?'}\n"
    )
    notes = " ".join(sums(redecide(undisturbed, path, "--json"))["notes"])
    assert "empathy" in notes
    assert "kind" in notes


def test_unknown_run_and_bad_rubric_are_refused(undisturbed: Job, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("extends: default\naccept_at: 9\n")
    assert redecide(undisturbed, bad).code == 2
    done = undisturbed.server.run(
        ["redecide", "no-such-run", "--rubric", "default", "--db", undisturbed.database],
        cwd=undisturbed.folder,
    )
    assert done.code == 2
    assert "no-such-run" in done.err
