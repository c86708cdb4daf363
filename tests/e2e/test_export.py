"""`assay export`: data sets from real runs."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from tests.e2e.documents import ROOT, blocks
from tests.integration.commands import Finished
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of

from assay.configs import parse_config
from assay_filter.exporting.mix import Mix

EXPORT_GUIDE = ROOT / "docs/guides/exporting.md"


def export(job: Job, out: Path, *options: object) -> Finished:
    run = manifest_of(job.out)["run"]["id"]
    done = job.server.run(
        ["export", run, "--out", out, "--db", job.database, *options], cwd=job.folder
    )
    assert "Traceback" not in done.err
    return done


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def first_prompt(line: dict[str, Any]) -> str:
    """The first user turn, case and white space aside."""
    text = next(m["content"] for m in line["messages"] if m["role"] == "user")
    return " ".join(text.casefold().split())


def test_accepted_samples_become_a_data_set(undisturbed: Job, tmp_path: Path) -> None:
    out = tmp_path / "set"
    done = export(undisturbed, out, "--split", "validation=0.2", "--seed", 5)
    assert done.code == 0, done.err
    accepted = lines_of(undisturbed.out / "accepted.jsonl")
    train, validation = (lines_of(out / f"{name}.jsonl") for name in ("train", "validation"))
    ids = Counter(line["assay"]["sample_id"] for line in train + validation)
    assert set(ids) == {line["assay"]["sample_id"] for line in accepted}
    assert set(ids.values()) == {1}
    assert validation
    assert not {first_prompt(a) for a in train} & {first_prompt(b) for b in validation}
    for name in ("manifest.json", "README.md", "lineage.json"):
        assert (out / name).stat().st_size > 500
    manifest = manifest_of(out)
    assert manifest["runs"][0]["chain_head"] == manifest_of(undisturbed.out)["chain_head"]
    assert manifest["figures"]["num_tokens"] > 0
    assert "validation" in done.out


def test_mix_of_a_file_and_parquet(undisturbed: Job, tmp_path: Path) -> None:
    mix = tmp_path / "mix.yaml"
    mix.write_text(
        "id: mine\nversion: 1\ngroups:\n  - {name: s0, source: [source-0], rows: 30, "
        "max_repeats: 4}\n  - {name: none, source: [null], rows: 20}\n"
    )
    done = export(undisturbed, tmp_path / "set", "--mix", mix, "--format", "parquet", "--json")
    assert done.code == 0, done.err
    body = orjson.loads(done.out)
    given = {q["group"]: q["given"] for q in body["quotas"]}
    available = {q["group"]: q["available"] for q in body["quotas"]}
    assert given == {"s0": min(30, 4 * available["s0"]), "none": 20}
    assert body["files"]["train.parquet"]["rows"] == sum(given.values())
    assert sum(given.values()) == body["figures"]["num_rows"]


def test_second_export_needs_overwrite(undisturbed: Job, tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert export(undisturbed, out).code == 0
    before = (out / "manifest.json").read_bytes()
    refused = export(undisturbed, out)
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert export(undisturbed, out, "--overwrite").code == 0
    assert (out / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--outcome", "error"), "no training data"),
        (("--outcome", "borderline"), "--unreviewed"),
        (("--split", "train=0.5"), "split"),
        (("--mix", "no-such-mix"), "no-such-mix"),
    ],
)
def test_what_cannot_be_is_refused(
    undisturbed: Job, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    done = export(undisturbed, tmp_path / "set", *options)
    assert done.code == 2
    assert told in done.err
    assert not (tmp_path / "set").exists()


def test_changed_outcome_file_is_refused(small_job: Job, tmp_path: Path) -> None:
    assert small_job.curate().code == 0
    path = small_job.out / "accepted.jsonl"
    path.write_bytes(path.read_bytes().replace(b"the", b"THE", 1))
    done = export(small_job, tmp_path / "set")
    assert done.code == 1
    assert "SHA-256" in done.err
    assert not (tmp_path / "set").exists()


def test_guide_shows_a_mix_that_is_one_and_python_that_runs(
    undisturbed: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (mix,) = blocks(EXPORT_GUIDE, "yaml")
    parsed = parse_config(Mix, yaml.safe_load(mix.text), "the guide's mix")
    assert [group.name for group in parsed.groups] == ["tools", "German", "forum", "no source"]
    (python,) = blocks(EXPORT_GUIDE, "python")
    names: dict[str, Any] = {}
    exec(compile(python.text, str(EXPORT_GUIDE), "exec"), names)
    run = manifest_of(undisturbed.out)["run"]["id"]
    names["publish"](undisturbed.database, run, run, tmp_path / "set")
    assert capsys.readouterr().out == "0\n[] None\n"
    assert manifest_of(tmp_path / "set")["kind"] == "assay.export"
