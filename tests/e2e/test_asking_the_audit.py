"""`assay explain` and `assay audit`: every sample's story, and whether it can be believed."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.integration.commands import Finished
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of, samples_of


def ask(job: Job, *arguments: object) -> Finished:
    done = job.server.run([*arguments, "--db", job.database], cwd=job.folder)
    assert "Traceback" not in done.err
    return done


def sample_with(job: Job, outcome: str) -> dict[str, Any]:
    return dict(
        next(line for name, line in samples_of(job.out) if name == outcome and "id" in line)
    )


@pytest.mark.parametrize("outcome", ["accepted", "borderline", "rejected", "duplicate"])
def test_sample_is_explained_by_each_of_its_names(outcome: str, undisturbed: Job) -> None:
    line = sample_with(undisturbed, outcome)
    block = line["assay"]
    for name in (block["sample_id"], block["sample_id"][:10], line["id"], block["row"]):
        told = ask(undisturbed, "explain", name)
        assert told.code == 0, told.err
        assert block["sample_id"] in told.out
        assert f"{outcome}: " in told.out
        for reason in block["reasons"]:
            assert reason in told.out


def test_bad_line_is_explained_by_its_row(undisturbed: Job) -> None:
    line = next(line for _, line in samples_of(undisturbed.out) if "raw_base64" in line)
    told = ask(undisturbed, "explain", line["assay"]["row"])
    assert told.code == 0
    assert "input.not_utf8" in told.out


def test_fixed_sample_is_explained_with_its_edits(undisturbed: Job) -> None:
    line = next(line for _, line in samples_of(undisturbed.out) if line["assay"]["edits"] > 1)
    told = ask(undisturbed, "explain", line["assay"]["row"])
    assert told.out.count("        - ") == line["assay"]["edits"]


def test_copies_name_each_other(undisturbed: Job) -> None:
    copy = next(
        line
        for outcome, line in samples_of(undisturbed.out)
        if outcome == "duplicate" and line["assay"]["reasons"] == ["dedup.exact"]
    )
    kept = copy["assay"]["duplicate_of"]
    assert kept["row"] in ask(undisturbed, "explain", copy["assay"]["row"]).out
    assert copy["assay"]["row"] in ask(undisturbed, "explain", kept["row"]).out
    every = ask(undisturbed, "explain", copy["assay"]["sample_id"], "--all").out
    assert every.count("sample  ") >= 2


def test_story_as_json_holds_what_the_file_says(undisturbed: Job) -> None:
    line = sample_with(undisturbed, "rejected")
    told = ask(undisturbed, "explain", line["assay"]["row"], "--json")
    story = orjson.loads(told.out)
    assert story["sample"]["sample_id"] == line["assay"]["sample_id"]
    assert orjson.loads(story["decision"]["reasons"]) == line["assay"]["reasons"]
    assert story["run"]["chain_head"] == manifest_of(undisturbed.out)["chain_head"]
    assert {event["rule"] for event in story["events"]} >= set(line["assay"]["reasons"])


def test_sample_of_standard_input_is_explained_by_its_row(small_stdin: Job) -> None:
    told = ask(small_stdin, "explain", "-:2")
    assert told.code == 0, told.err
    assert "-:2" in told.out


@pytest.fixture
def small_stdin(make_job: Any, few: Path) -> Job:
    job: Job = make_job("stdin", ("-",))
    assert job.curate(stdin=few).code == 0
    return job


@pytest.mark.parametrize("name", ["nobody", "00000000000", "a.jsonl:99999999999999999999", "%", ""])
def test_unknown_name_is_told_apart_from_a_breach(name: str, undisturbed: Job) -> None:
    told = ask(undisturbed, "explain", name)
    assert told.code in (1, 2)
    assert "no sample called" in told.err


def test_sound_audit_is_verified_with_the_manifest(undisturbed: Job) -> None:
    manifest = undisturbed.out / "manifest.json"
    checked = ask(undisturbed, "audit", "verify", "--manifest", manifest)
    assert checked.code == 0
    assert manifest_of(undisturbed.out)["chain_head"] in checked.out
    assert "BREACH" not in checked.out


@pytest.fixture(scope="module")
def curated_once(server: Any, few: Path, pipeline: Path, tmp_path_factory: Any) -> Job:
    job = Job(server, tmp_path_factory.mktemp("once"), (few,), pipeline)
    assert job.curate().code == 0
    return job


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE decision SET outcome = 'changed' WHERE ordinal = 3"], "decision ordinal=3"),
        (["UPDATE event SET reason = 'none' WHERE rowid = 1"], "event stage=rules ordinal="),
        (["DELETE FROM sample WHERE ordinal = 4"], "sample ordinal=5"),
        (["DELETE FROM decision WHERE ordinal = 9"], "after decision ordinal=8"),
        (
            [
                "INSERT INTO event (run_id, stage, ordinal, seq, rule, version, action, reason) "
                "SELECT id, 'rules', 2, 99, 'x', 1, 'note', 'added later' FROM run"
            ],
            "event",
        ),
        (["UPDATE sample SET line = line + 1"], "sample ordinal=0"),
        (["UPDATE chunk SET summary = '{}' WHERE stage = 'rules'"], "ledger entry 0"),
        (["DELETE FROM ledger WHERE seq = 2"], "ledger"),
        (["UPDATE run SET chain_head = 'f'"], "chain_head"),
        (["UPDATE run SET seed = 7"], "ledger entry 0"),
        (["DELETE FROM run_chain"], "run_chain"),
        (["UPDATE export SET num_rows = 1 WHERE name = 'accepted.jsonl'"], "export"),
    ],
)
def test_tampering_is_found_and_the_row_named(
    statements: Sequence[str], named: str, curated_once: Job, tmp_path: Path
) -> None:
    source = sqlite3.connect(curated_once.folder / "audit.db")
    changed = sqlite3.connect(tmp_path / "audit.db")
    with source, changed:
        source.backup(changed)
        triggers = changed.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (trigger,) in triggers.fetchall():
            changed.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            assert changed.execute(statement).rowcount
    source.close()
    changed.close()
    database = f"sqlite:///{tmp_path / 'audit.db'}"
    checked = curated_once.server.run(["audit", "verify", "--db", database], cwd=tmp_path)
    assert checked.code == 1, checked.out
    assert "BREACH" in checked.out
    assert named in checked.out


def test_untouched_tables_refuse_changes_and_deletes(curated_once: Job) -> None:
    with sqlite3.connect(curated_once.folder / "audit.db") as connection:
        for statement in ("UPDATE decision SET outcome = 'accepted'", "DELETE FROM event"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                connection.execute(statement)


def test_manifest_of_another_run_is_a_breach(curated_once: Job, tmp_path: Path) -> None:
    manifest = manifest_of(curated_once.out)
    manifest["chain_head"] = "0" * 64
    (tmp_path / "manifest.json").write_bytes(orjson.dumps(manifest))
    checked = ask(curated_once, "audit", "verify", "--manifest", tmp_path / "manifest.json")
    assert checked.code == 1
    assert "the manifest says" in checked.out


def test_unknown_run_or_manifest_is_refused(curated_once: Job, tmp_path: Path) -> None:
    assert "found none" in ask(curated_once, "audit", "verify", "no-such-run").err
    (tmp_path / "bad.json").write_text("{")
    for path in (tmp_path / "missing.json", tmp_path / "bad.json"):
        checked = ask(curated_once, "audit", "verify", "--manifest", path)
        assert checked.code in (1, 2)
        assert path.name in checked.err


def test_export_holds_every_row(curated_once: Job, tmp_path: Path) -> None:
    whole = ask(curated_once, "audit", "export")
    assert whole.code == 0
    written = ask(curated_once, "audit", "export", "--out", tmp_path / "rows.jsonl")
    assert written.code == 0
    assert (tmp_path / "rows.jsonl").read_text() == whole.out
    rows = [orjson.loads(line) for line in whole.out.splitlines()]
    manifest = manifest_of(curated_once.out)
    assert sum(row["table"] == "decision" for row in rows) == manifest["input"]
    assert sum(row["table"] == "run" for row in rows) == 1
    refused = ask(curated_once, "audit", "export", "--out", "/dev/null/rows")
    assert refused.code == 1
    assert "expected to write" in refused.err
