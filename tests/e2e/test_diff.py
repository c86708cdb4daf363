"""`assay diff`: two real runs over one database, compared with their files."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.integration.commands import Finished, ForkServer
from tests.integration.conftest import Job
from tests.integration.curated import manifest_of, outcome_bytes, samples_of


def diff(job: Job, before: Path, after: Path, *options: object) -> Finished:
    runs = [manifest_of(out)["run"]["id"] for out in (before, after)]
    done = job.server.run(["diff", *runs, "--db", job.database, *options], cwd=job.folder)
    assert "Traceback" not in done.err
    return done


def by_sample(out: Path) -> dict[str, list[Mapping[str, Any]]]:
    """sample_id -> its lines in order of rows."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for _, line in samples_of(out):
        found.setdefault(line["assay"]["sample_id"], []).append(line["assay"])
    return {name: sorted(lines, key=address) for name, lines in found.items()}


def address(block: Mapping[str, Any]) -> tuple[str, int]:
    file, _, line = block["row"].rpartition(":")
    return file, int(line)


@pytest.fixture(scope="module")
def second(
    server: ForkServer, mixed: Path, pipeline: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Job, Path, Path]:
    """Two runs: the second without loops and URLs looked at, and without the last file."""
    job = Job(server, tmp_path_factory.mktemp("compared"), (mixed,), pipeline)
    assert job.curate().code == 0
    other = job.folder / "other.yaml"
    other.write_text(
        "id: other\nversion: 2\nrows_per_chunk: 40\nrules:\n  safety.refusal: {enabled: false}\n"
        "  trunc.dangling: {enabled: false}\ndedup: {prompt_cap: 1}\n"
    )
    inputs = [path for path in sorted(mixed.iterdir()) if path.name != "d.jsonl"]
    out = job.folder / "second"
    done = job.server.run(
        ["curate", *inputs, "--out", out, "--db", job.database, "--config", other,
         "--workers", 2],
        cwd=job.folder,
    )  # fmt: skip
    assert done.code == 0, done.err
    return job, job.out, out


def test_flips_are_those_of_the_files(second: tuple[Job, Path, Path], tmp_path: Path) -> None:
    job, before, after = second
    file = tmp_path / "flips.jsonl"
    done = diff(job, before, after, "--json", "--out", file)
    assert done.code == 0, done.err
    body = orjson.loads(done.out)
    ones, others = by_sample(before), by_sample(after)
    moves: Counter[tuple[str, str]] = Counter()
    expected = []
    for sample_id in sorted({*ones} & {*others}):
        for one, other in zip(ones[sample_id], others[sample_id], strict=False):
            moves[one["outcome"], other["outcome"]] += 1
            if one["outcome"] != other["outcome"]:
                expected.append((sample_id, one["outcome"], other["outcome"], other["overall"]))
    flips = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    assert [
        (f["sample_id"], f["before"]["outcome"], f["after"]["outcome"], f["after"]["overall"])
        for f in flips
    ] == expected
    assert len(expected) == body["flips"] > 3
    assert {(m["before"], m["after"]): m["samples"] for m in body["moves"]} == moves
    gone = sum(len(lines) - len(others.get(name, ())) for name, lines in ones.items())
    assert sum(body["only_before"].values()) == gone > 0
    assert body["only_after"] == {}
    flip = next(f for f in flips if "trunc.dangling:drop" in f["rules_gone"])
    assert flip["before"]["outcome"] == "rejected"
    assert "trunc.dangling" in flip["before"]["reasons"]
    (line,) = (b for b in ones[flip["sample_id"]] if b["row"] == flip["before"]["row"])
    assert flip["before"]["scores"] == line["scores"]
    named = {(s["part"], s["key"]): (s["before"], s["after"]) for s in body["settings"]}
    assert named["rules", "trunc.dangling.version"] == ("1", None)
    assert named["pipeline", "id"] == ('"small"', '"other"')
    (folder,) = map(str, job.inputs)
    assert named["input", f"{folder}/d.jsonl"][1] is None


def test_command_says_what_changed_and_leaves_the_runs_alone(
    second: tuple[Job, Path, Path],
) -> None:
    job, before, after = second
    files = outcome_bytes(before), outcome_bytes(after)
    done = diff(job, before, after)
    assert done.code == 0, done.err
    assert "trunc.dangling" in done.out
    assert "flip" in done.out
    assert "pipeline id" in done.out
    again = diff(job, before, after)
    assert again.out == done.out
    same = diff(job, before, before)
    assert "0 flip" in same.out
    assert "set alike" in same.out
    assert files == (outcome_bytes(before), outcome_bytes(after))


def test_unknown_run_is_refused(undisturbed: Job) -> None:
    run = manifest_of(undisturbed.out)["run"]["id"]
    done = undisturbed.server.run(
        ["diff", run, "no-such-run", "--db", undisturbed.database], cwd=undisturbed.folder
    )
    assert done.code == 2
    assert "no-such-run" in done.err
